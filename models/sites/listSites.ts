/** Lists of sites and subnets as the console and the API show them. */
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
    ]);
}

const numbered = <T extends { Subnets: unknown; Computers: unknown }>(row: T) => ({
  ...row,
  Subnets: Number(row.Subnets),
  Computers: Number(row.Computers),
});

export const SUBNET_SORTS = ['Network', 'PrefixLength', 'Name', 'SiteName', 'Source', 'ModifiedAt'] as const;
export type SubnetSort = (typeof SUBNET_SORTS)[number];

/** `search` finds in network, name and site. `siteGuid` null: only subnets that belong to no site. */
export type SubnetQuery = ListQuery<SubnetSort> & { siteGuid?: Guid | null };

export interface SubnetRow {
  Guid: Guid;
  Network: string;
  PrefixLength: number;
  Name: string;
  SiteGuid: Guid | null;
  SiteName: string | null;
  /** manual, or discovered from inventory. */
  Source: string;
  ModifiedAt: Utc;
}

export async function listSubnets(session: Session, query: SubnetQuery): Promise<{ rows: SubnetRow[]; total: number }> {
  const { total } = await subnets(session, query)
    .select((row) => row.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  const ordered = subnets(session, query)
    .select([
      'n.Guid',
      'n.Network',
      'n.PrefixLength',
      'n.Name',
      'n.SiteGuid',
      'i.Name as SiteName',
      'n.Source',
      'n.ModifiedAt',
    ])
    .orderBy(query.sort === 'SiteName' ? 'i.Name' : (`n.${query.sort}` as const), query.descending ? 'desc' : 'asc')
    .orderBy('n.Guid');
  return {
    rows: await page(session, ordered, query.offset, Math.min(query.limit, MOST_ROWS)).execute(),
    total: Number(total),
  };
}

function subnets(session: Session, { search, siteGuid }: SubnetQuery) {
  let found = session.db.selectFrom('Subnet as n').leftJoin('Item as i', 'i.Guid', 'n.SiteGuid');
  if (search !== undefined && search.trim() !== '') {
    // `10.1.0.0/16` is shown in one piece and kept in two.
    const [network, prefix] = search.trim().split('/') as [string, string?];
    found = found.where((row) =>
      row.or([
        contains(session, 'n.Network', network),
        contains(session, 'n.Name', search.trim()),
        contains(session, 'i.Name', search.trim()),
      ]),
    );
    if (/^\d{1,3}$/.test(prefix ?? '')) found = found.where('n.PrefixLength', '=', Number(prefix));
  }
  if (siteGuid === null) found = found.where('n.SiteGuid', 'is', null);
  else if (siteGuid !== undefined) found = found.where('n.SiteGuid', '=', siteGuid);
  return found;
}
