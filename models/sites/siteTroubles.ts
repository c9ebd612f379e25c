/** What somebody should look at about a site: nobody serves it, nowhere to fall back to, subnets of others in its own. */
import type { Guid } from '../../wire/guid.ts';
import type { Session } from '../cmdb/types.ts';
import type { Placement } from '../packageServers/placement.ts';
import { isUsable } from '../packageServers/withoutSource.ts';
import type { SiteRow } from './listSites.ts';
import { isTelling, overlapsOf } from './nesting.ts';

/** By site: how many of its subnets lie in one of another site, or have one in them that is in another site or in none. */
export async function overlapsBySite({ db }: Session): Promise<Map<Guid, number>> {
  const rows = await db.selectFrom('Subnet').select(['Network', 'PrefixLength', 'SiteGuid']).execute();
  const subnets = rows.map(({ Network, PrefixLength, SiteGuid }) => ({
    text: `${Network}/${PrefixLength}`,
    siteGuid: SiteGuid,
    siteName: SiteGuid,
  }));
  const siteOf = new Map(subnets.map(({ text, siteGuid }) => [text, siteGuid]));
  const counts = new Map<Guid, number>();
  for (const [text, overlap] of overlapsOf(subnets)) {
    if (!isTelling(overlap)) continue;
    for (const site of [siteOf.get(text), siteOf.get(overlap.within)]) {
      if (site !== undefined && site !== null) counts.set(site, (counts.get(site) ?? 0) + 1);
    }
  }
  return counts;
}

/** Package servers that serve the site, usable or not. */
export const countServersOf = ({ bySite }: Pick<Placement, 'bySite'>, site: Guid): number =>
  bySite.get(site)?.length ?? 0;

/** Sentences, the worst first; none: nothing to look at. */
export function siteTroubles({ bySite }: Placement, site: SiteRow, overlaps: number): string[] {
  const servers = bySite.get(site.Guid) ?? [];
  const isServed = servers.some(isUsable);
  const isEmpty = site.Subnets === 0 && site.Computers === 0;
  const troubles: string[] = [];
  if (!isServed && site.Fallback === 'none' && !isEmpty)
    troubles.push('No source: no package server, and no fallback.');
  else if (!isServed && servers.length > 0) troubles.push('None of its package servers can be used.');
  else if (!isServed && site.IsInternet === 1 && !isEmpty) troubles.push('An Internet site needs a package server.');
  else if (!isServed && !isEmpty) troubles.push('No package server.');
  if (overlaps > 0) troubles.push(overlaps === 1 ? '1 subnet overlaps.' : `${overlaps} subnets overlap.`);
  return troubles;
}
