/** The list of computers as the console and the API show it: paged, sorted and searched by the database. */
import { parseGuid, type Guid } from '../../wire/guid.ts';
import type { Utc } from '../cmdb/schema.ts';
import { contains, page } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';

/** Columns that the list can be sorted by, each served by an index. */
export const COMPUTER_SORTS = [
  'Name',
  'Domain',
  'OsName',
  'IpAddress',
  'MacAddress',
  'AgentVersion',
  'UserName',
  'LastInventoryAt',
  'LastContactAt',
] as const;
export type ComputerSort = (typeof COMPUTER_SORTS)[number];

export interface ComputerQuery {
  /** Finds in name, domain, FQDN, address, MAC and user; a whole GUID finds that computer. */
  search?: string;
  /** Exact operating system name. */
  osName?: string;
  siteGuid?: Guid;
  /** Only computers that have not been heard of since this instant, or never. */
  silentSince?: Utc;
  sort: ComputerSort;
  descending: boolean;
  offset: number;
  /** At most 1,000. */
  limit: number;
}

export interface ComputerRow {
  Guid: Guid;
  Name: string;
  Domain: string;
  Fqdn: string;
  OsName: string;
  OsVersion: string;
  SystemType: string;
  IpAddress: string;
  MacAddress: string;
  AgentVersion: string;
  UserName: string;
  SiteName: string | null;
  LastInventoryAt: Utc | null;
  LastContactAt: Utc | null;
  LastPolicyAt: Utc | null;
  LastEventAt: Utc | null;
}

const MOST_ROWS = 1000;
const SEARCHED = ['c.Name', 'c.Domain', 'c.Fqdn', 'c.IpAddress', 'c.MacAddress', 'c.UserName'] as const;

export async function listComputers(
  session: Session,
  query: ComputerQuery,
): Promise<{ rows: ComputerRow[]; total: number }> {
  const filtered = filter(session, query);
  const { total } = await filtered.select((row) => row.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
  const sortColumn = query.sort === 'LastContactAt' ? 'k.LastContactAt' : (`c.${query.sort}` as const);
  const ordered = filter(session, query)
    .leftJoin('Item as s', 's.Guid', 'c.SiteGuid')
    .select([
      'c.ResourceGuid as Guid',
      'c.Name',
      'c.Domain',
      'c.Fqdn',
      'c.OsName',
      'c.OsVersion',
      'c.SystemType',
      'c.IpAddress',
      'c.MacAddress',
      'c.AgentVersion',
      'c.UserName',
      's.Name as SiteName',
      'c.LastInventoryAt',
      'k.LastContactAt',
      'k.LastPolicyAt',
      'k.LastEventAt',
    ])
    .orderBy(sortColumn, query.descending ? 'desc' : 'asc')
    // A second key makes pages stable where many rows are equal.
    .orderBy('c.ResourceGuid');
  const rows = await page(session, ordered, query.offset, Math.min(query.limit, MOST_ROWS)).execute();
  return { rows, total: Number(total) };
}

function filter(session: Session, query: ComputerQuery) {
  let found = session.db
    .selectFrom('Computer as c')
    .leftJoin('ComputerContact as k', 'k.ResourceGuid', 'c.ResourceGuid');
  const { search, osName, siteGuid, silentSince } = query;
  if (search !== undefined && search.trim() !== '') {
    const guid = parseGuid(search);
    const text = search.trim();
    found =
      guid !== undefined
        ? found.where('c.ResourceGuid', '=', guid)
        : found.where((row) => row.or(SEARCHED.map((column) => contains(session, column, text))));
  }
  if (osName !== undefined) found = found.where('c.OsName', '=', osName);
  if (siteGuid !== undefined) found = found.where('c.SiteGuid', '=', siteGuid);
  if (silentSince !== undefined) {
    found = found.where((row) =>
      row.or([row('k.LastContactAt', '<', silentSince), row('k.LastContactAt', 'is', null)]),
    );
  }
  return found;
}

/** Operating systems in use, with their number of computers, most first: the list's filter. */
export async function operatingSystems(session: Session): Promise<{ OsName: string; computers: number }[]> {
  const rows = await session.db
    .selectFrom('Computer')
    .select((row) => ['OsName', row.fn.countAll<number>().as('computers')])
    .groupBy('OsName')
    .execute();
  return rows
    .map((row) => ({ OsName: row.OsName, computers: Number(row.computers) }))
    .sort((a, b) => b.computers - a.computers);
}

/** Sites by name: the list's other filter. */
export async function siteNames(session: Session): Promise<{ Guid: Guid; Name: string }[]> {
  return session.db
    .selectFrom('Site')
    .innerJoin('Item', 'Item.Guid', 'Site.Guid')
    .select(['Site.Guid', 'Item.Name'])
    .orderBy('Item.Name')
    .execute();
}
