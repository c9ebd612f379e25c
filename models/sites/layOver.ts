/** A change of sites and subnets laid over what is known in memory: how things would be, without writing anything. */
import type { Guid } from '../../wire/guid.ts';
import type { PackageServerIndex } from '../packageServers/packageServerIndex.ts';
import { placementOf, placeServer, type Placement } from '../packageServers/placement.ts';
import type { SiteRule } from '../packageServers/records.ts';
import type { Places, SiteIndex, SubnetChanges } from './siteIndex.ts';

export interface SiteChange {
  subnets?: SubnetChanges;
  /** Sites as they are to be. The subnets of one that goes stay, and are in no site: name them in `subnets`. */
  sites?: ReadonlyMap<Guid, SiteRule | 'gone'>;
}

/** What a computer's places and the choice of its sources rest on, before or after a change. */
export interface Situation {
  placement: Placement;
  placesOf(computer: Guid, address: string): Places;
}

/** Both from the same subnets, so that nothing but the change makes the difference. */
export function situations(
  index: SiteIndex,
  servers: Pick<PackageServerIndex, 'placement'>,
  change: SiteChange,
): { before: Situation; after: Situation } {
  return {
    before: situation(index, servers.placement, {}),
    after: situation(index.with(change.subnets ?? new Map()), servers.placement, change),
  };
}

function situation(index: SiteIndex, placement: Placement, { sites = new Map() }: SiteChange): Situation {
  const isGone = (guid: Guid): boolean => sites.get(guid) === 'gone';
  const known = [...placement.servers.values()].map(({ record, isSilent, tokens }) => {
    // Without the sites that it was given, a server serves those of its addresses again.
    const givenSites = record.givenSites.filter((guid) => !isGone(guid));
    return placeServer({ ...record, givenSites }, index, { isSilent, tokens });
  });
  return {
    placement: placementOf(known, rulesAfter(placement.sites, sites), placement.settings),
    placesOf: (computer, address) => {
      const places = index.placesOf(computer, [address]);
      const { site } = places.site;
      if (site === undefined || !isGone(site.guid)) return places;
      // Assigned by hand to a site that goes: the assignments go with it, and the address decides.
      return { ...places, ...index.placesOf(undefined, [address]), servers: places.servers };
    },
  };
}

/** Whoever falls back to a site that goes falls back to this server (changeSites.ts). */
function rulesAfter(
  rules: ReadonlyMap<Guid, SiteRule>,
  sites: ReadonlyMap<Guid, SiteRule | 'gone'>,
): Map<Guid, SiteRule> {
  const after = new Map(rules);
  for (const [guid, rule] of sites) {
    if (rule === 'gone') after.delete(guid);
    else after.set(guid, rule);
  }
  for (const [guid, rule] of after) {
    if (rule.fallbackSite === null || sites.get(rule.fallbackSite) !== 'gone') continue;
    after.set(guid, { ...rule, fallback: 'server', fallbackSite: null });
  }
  return after;
}
