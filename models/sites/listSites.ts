/** Lists of sites as the console and the API show them. */
import { parseGuid, type Guid } from '../../wire/guid.ts';
import type { Bit, Utc } from '../cmdb/schema.ts';
import { contains, page } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';

export const SITE_SORTS = ['Name', 'Description', 'Subnets', 'Computers', 'IsInternet', 'ModifiedAt'] as const;
export type SiteSort = (typeof SITE_SORTS)[number];

interface ListQuery<S> {
  search?: string;
  sort: S;
  descending: boolean;
  offset: number;
  /** At most 1,000. */
  limit: number;
}

/** `search` finds in name and description; a whole GUID finds that site. */
export type SiteQuery = ListQuery<SiteSort>;

export interface SiteRow {
  Guid: Guid;
  Name: string;
  Description: string;
  IsInternet: Bit;
  Fallback: string;
  FallbackSiteGuid: Guid | null;
  FallbackMinutes: number;
  Subnets: number;
  Computers: number;
  /** Targets and lists of computers that are assigned to it by hand. */
  Assigned: number;
  ModifiedAt: Utc;
}

const MOST_ROWS = 1000;

export async function listSites(session: Session, query: SiteQuery): Promise<{ rows: SiteRow[]; total: number }> {
  const { total } = await sites(session, query)
    .select((row) => row.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  const ordered = sitesWithCounts(session, query)
    .orderBy(query.sort, query.descending ? 'desc' : 'asc')
    .orderBy('s.Guid');
  const rows = await page(session, ordered, query.offset, Math.min(query.limit, MOST_ROWS)).execute();
  return { rows: rows.map(numbered), total: Number(total) };
}

export async function getSite(session: Session, guid: Guid): Promise<SiteRow | undefined> {
  const row = await sitesWithCounts(session, {}).where('s.Guid', '=', guid).executeTakeFirst();
  return row && numbered(row);
}

/** Sites that can have subnets: an Internet site takes its computers from targets only. */
export async function siteChoices(session: Session): Promise<{ Guid: Guid; Name: string }[]> {
  return session.db
    .selectFrom('Site as s')
    .innerJoin('Item as i', 'i.Guid', 's.Guid')
    .select(['s.Guid', 'i.Name'])
    .where('s.IsInternet', '=', 0)
    .orderBy('i.Name')
    .execute();
}

/** Every site's name, for pickers. */
export async function siteNames(session: Session): Promise<{ Guid: Guid; Name: string }[]> {
  return session.db
    .selectFrom('Site as s')
    .innerJoin('Item as i', 'i.Guid', 's.Guid')
    .select(['s.Guid', 'i.Name'])
    .orderBy('i.Name')
    .execute();
}

function sites(session: Session, { search }: { search?: string }) {
  let found = session.db.selectFrom('Site as s').innerJoin('Item as i', 'i.Guid', 's.Guid');
  if (search !== undefined && search.trim() !== '') {
    const guid = parseGuid(search);
    const text = search.trim();
    found =
      guid !== undefined
        ? found.where('s.Guid', '=', guid)
        : found.where((row) => row.or([contains(session, 'i.Name', text), contains(session, 'i.Description', text)]));
  }
  return found;
}

function sitesWithCounts(session: Session, query: { search?: string }) {
  return sites(session, query)
    .select([
      's.Guid',
      'i.Name',
      'i.Description',
      's.IsInternet',
      's.Fallback',
      's.FallbackSiteGuid',
      's.FallbackMinutes',
      'i.ModifiedAt',
    ])
    .select((row) => [
      row
        .selectFrom('Subnet as n')
        .select((subnet) => subnet.fn.countAll<number>().as('count'))
        .whereRef('n.SiteGuid', '=', 's.Guid')
        .as('Subnets'),
      row
        .selectFrom('Computer as c')
        .select((computer) => computer.fn.countAll<number>().as('count'))
        .whereRef('c.SiteGuid', '=', 's.Guid')
        .as('Computers'),
      row
        .selectFrom('SiteTarget as a')
        .select((assigned) => assigned.fn.countAll<number>().as('count'))
        .whereRef('a.SiteGuid', '=', 's.Guid')
        .as('Assigned'),
    ]);
}

const numbered = <T extends { Subnets: unknown; Computers: unknown; Assigned: unknown }>(row: T) => ({
  ...row,
  Subnets: Number(row.Subnets),
  Computers: Number(row.Computers),
  Assigned: Number(row.Assigned),
});
