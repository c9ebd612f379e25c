/** Subnets as somebody wants to have them, in the form in which they are laid over those that are there. */
import type { Guid } from '../../wire/guid.ts';
import type { Session } from '../cmdb/types.ts';
import { textOf } from './changeSubnets.ts';
import type { SiteRule } from '../packageServers/records.ts';
import type { ImportPlan } from './importSubnets.ts';
import { siteNames } from './listSites.ts';
import type { SiteChange } from './previewChange.ts';
import type { SiteName, SubnetChanges } from './siteIndex.ts';
import type { SubnetInput } from './siteInput.ts';

type Proposed = Pick<SubnetInput, 'subnet' | 'siteGuid'>;

/** Each subnet in its site. A site that is to be made as well is named in `more`. */
export async function toSites(
  session: Session,
  subnets: readonly Proposed[],
  more: readonly SiteName[] = [],
): Promise<SubnetChanges> {
  const sites = new Map<Guid, string>();
  for (const { Guid, Name } of await siteNames(session)) sites.set(Guid, Name);
  for (const { guid, name } of more) sites.set(guid, name);
  return new Map(
    subnets.map(({ subnet, siteGuid }) => [
      textOf(subnet),
      siteGuid === null ? undefined : { guid: siteGuid, name: sites.get(siteGuid) ?? '' },
    ]),
  );
}

/** What a file of subnets makes and changes, with the sites that come with it. */
export async function proposedBy(session: Session, { create, change, newSites }: ImportPlan): Promise<SiteChange> {
  return {
    rules: newSites.map(newRule),
    subnets: await toSites(session, [...create, ...change], newSites),
  };
}

/** As a site is made when nothing else is said. */
export const newRule = ({ guid, name }: SiteName): SiteRule => ({
  guid,
  name,
  fallback: 'server',
  fallbackSite: null,
  fallbackMinutes: 0,
  isInternet: false,
});

/** Subnets that are there, by `network/prefix`, moved to one site, to none, or gone. */
export async function allTo(
  session: Session,
  subnets: readonly string[],
  siteGuid: Guid | null | 'gone',
): Promise<SubnetChanges> {
  const place = siteGuid === 'gone' ? ('gone' as const) : await siteNamed(session, siteGuid);
  return new Map(subnets.map((text) => [text, place]));
}

async function siteNamed(session: Session, guid: Guid | null): Promise<SiteName | undefined> {
  if (guid === null) return undefined;
  const site = (await siteNames(session)).find(({ Guid }) => Guid === guid);
  return site && { guid, name: site.Name };
}
