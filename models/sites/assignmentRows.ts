/** Rows of manual assignments, as the index in memory reads them. */
import type { Guid } from '../../wire/guid.ts';
import type { Session } from '../cmdb/types.ts';
import { AD_HOC } from '../targets/targetStore.ts';

/** A target that was given to a site, or to a package server. */
export interface AssignmentLink {
  /** Names the link. */
  id: string;
  target: Guid;
  targetName: string;
  /** "All Computers": it has no rows of members. */
  isForAll: boolean;
  /** The list of computers that were named one by one. */
  isOwn: boolean;
  /** One of the two. */
  site?: { guid: Guid; name: string; isInternet: boolean };
  server?: Guid;
}

/** In an order of their own, the same on every node. */
export async function readLinks({ db }: Session): Promise<AssignmentLink[]> {
  const sites = await db
    .selectFrom('SiteTarget as a')
    .innerJoin('Target as t', 't.Guid', 'a.TargetGuid')
    .innerJoin('Item as i', 'i.Guid', 'a.TargetGuid')
    .innerJoin('Site as s', 's.Guid', 'a.SiteGuid')
    .innerJoin('Item as n', 'n.Guid', 'a.SiteGuid')
    .select(['a.TargetGuid', 'i.Name', 'i.Attributes', 't.Kind', 'a.SiteGuid', 'n.Name as SiteName', 's.IsInternet'])
    .execute();
  const servers = await db
    .selectFrom('PackageServerTarget as a')
    .innerJoin('Target as t', 't.Guid', 'a.TargetGuid')
    .innerJoin('Item as i', 'i.Guid', 'a.TargetGuid')
    .select(['a.TargetGuid', 'i.Name', 'i.Attributes', 't.Kind', 'a.ResourceGuid'])
    .execute();
  const links = [
    ...sites.map((row): AssignmentLink => ({
      ...common(row, row.SiteGuid),
      site: { guid: row.SiteGuid, name: row.SiteName, isInternet: row.IsInternet === 1 },
    })),
    ...servers.map((row): AssignmentLink => ({ ...common(row, row.ResourceGuid), server: row.ResourceGuid })),
  ];
  return links.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : nameOf(a) > nameOf(b) ? 1 : a.id < b.id ? -1 : 1));
}

const nameOf = ({ site }: AssignmentLink): string => site?.name ?? '';

const common = (row: { TargetGuid: Guid; Name: string; Attributes: number; Kind: string }, place: Guid) => ({
  id: `${place} ${row.TargetGuid}`,
  target: row.TargetGuid,
  targetName: row.Name,
  isForAll: row.Kind === 'all',
  isOwn: (row.Attributes & AD_HOC) !== 0,
});

export interface AssignedMember {
  computer: Guid;
  target: Guid;
}

/** Who is in lists that are assigned; of everybody, or of one computer. */
export async function readMembersOf({ db }: Session, computer?: Guid): Promise<AssignedMember[]> {
  let members = db
    .selectFrom('TargetMember as m')
    .select(['m.ResourceGuid', 'm.TargetGuid'])
    // From the lists to their members: other targets have far more of them.
    .where('m.TargetGuid', 'in', (row) =>
      row
        .selectFrom('SiteTarget')
        .select('TargetGuid')
        .union(row.selectFrom('PackageServerTarget').select('TargetGuid')),
    );
  if (computer !== undefined) members = members.where('m.ResourceGuid', '=', computer);
  const rows = await members.execute();
  return rows.map(({ ResourceGuid, TargetGuid }) => ({ computer: ResourceGuid, target: TargetGuid }));
}
