/**
 * Which sites have no place at all to fetch packages from: what a change would do to them is said before it is made
 * (user-pains 10: "warn when saving a setting that leaves zero codebases for somebody").
 */
import type { Guid } from '../../wire/guid.ts';
import type { KnownServer, Placement } from './placement.ts';
import type { SiteRule } from './records.ts';
import type { ServiceSettings } from './serviceSettings.ts';

/** What the Notification Server itself serves; see `Sources` of models/packages/codebases.ts. */
export interface OwnSchemes {
  https: string | undefined;
  http: string | undefined;
}

/** Whether a server could serve somebody, whatever it holds just now. */
export function isUsable({ record: { settings }, bases, unc }: KnownServer): boolean {
  // One that has never reported has no address yet.
  return settings.IsEnabled === 1 && settings.IsDraining === 0 && (bases.length > 0 || unc !== '');
}

export function offersItself({ offerHttps, offerHttp }: ServiceSettings, { https, http }: OwnSchemes): boolean {
  if (offerHttps && https !== undefined) return true;
  return http !== undefined && (offerHttp === 'always' || (offerHttp === 'alone' && https === undefined));
}

function hasSource({ bySite, settings }: Placement, own: OwnSchemes, site: SiteRule): boolean {
  const serves = (guid: Guid): boolean => bySite.get(guid)?.some(isUsable) === true;
  if (serves(site.guid)) return true;
  if (site.fallback === 'server') return offersItself(settings, own);
  return site.fallback === 'site' && site.fallbackSite !== null && serves(site.fallbackSite);
}

/** Names of the sites that have a source before, and none after. */
export function losingSites(before: Placement, after: Placement, own: OwnSchemes): string[] {
  return [...after.sites.values()]
    .filter((site) => {
      const known = before.sites.get(site.guid);
      const had = known === undefined ? offersItself(before.settings, own) : hasSource(before, own, known);
      return had && !hasSource(after, own, site);
    })
    .map(({ name }) => name)
    .sort();
}
