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
  /** Only managed computers, only retired ones, or only those with an open conflict of identity. */
  kept?: 'managed' | 'retired' | 'conflict';
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
  /** It is kept, and not managed. */
  RetiredAt: Utc | null;
}

const MOST_ROWS = 1000;
const SEARCHED = ['c.Name', 'c.Domain', 'c.Fqdn', 'c.IpAddress', 'c.MacAddress', 'c.UserName'] as const;

export async function listComputers(
  session: Session,
  query: ComputerQuery,
): Promise<{ rows: ComputerRow[]; total: number }> {
  const { total } = await matching(session, query)
    .select((row) => row.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  return { rows: await readRows(session, await sortedGuids(session, query)), total: Number(total) };
}

/** One page of GUIDs in their order. Rows are read after: sorting and skipping then move no more than keys. */
async function sortedGuids(session: Session, query: ComputerQuery): Promise<Guid[]> {
  const { sort, offset, limit } = query;
  // One direction for both keys, as the indexes have it. The second makes pages stable where many rows are equal.
  const direction = query.descending ? 'desc' : 'asc';
  const sorted = matching(session, query)
    .select('c.ResourceGuid')
    .orderBy(
      (row) =>
        sort === 'LastContactAt'
          ? row
              .selectFrom('ComputerContact as k')
              .select('k.LastContactAt')
              .whereRef('k.ResourceGuid', '=', 'c.ResourceGuid')
          : row.ref(`c.${sort}`),
      direction,
    )
    .orderBy('c.ResourceGuid', direction);
  const rows = await page(session, sorted, offset, Math.min(limit, MOST_ROWS)).execute();
  return rows.map((row) => row.ResourceGuid);
}

async function readRows({ db }: Session, guids: readonly Guid[]): Promise<ComputerRow[]> {
  if (guids.length === 0) return [];
  const rows = await db
    .selectFrom('Computer as c')
    .innerJoin('Resource as r', 'r.Guid', 'c.ResourceGuid')
    .leftJoin('ComputerContact as k', 'k.ResourceGuid', 'c.ResourceGuid')
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
      'r.RetiredAt',
    ])
    .where('c.ResourceGuid', 'in', guids)
    .execute();
  const byGuid = new Map(rows.map((row) => [row.Guid, row]));
  return guids.map((guid) => byGuid.get(guid)).filter((row) => row !== undefined);
}

function matching(session: Session, { search = '', osName, siteGuid, silentSince, kept }: ComputerQuery) {
  let found = session.db.selectFrom('Computer as c');
  const text = search.trim();
  const guid = parseGuid(text);
  if (guid !== undefined) found = found.where('c.ResourceGuid', '=', guid);
  else if (text !== '') found = found.where((row) => row.or(SEARCHED.map((column) => contains(session, column, text))));
  if (osName !== undefined) found = found.where('c.OsName', '=', osName);
  if (siteGuid !== undefined) found = found.where('c.SiteGuid', '=', siteGuid);
  if (silentSince !== undefined) {
    found = found.where((row) =>
      row.not(
        row.exists(
          row
            .selectFrom('ComputerContact as h')
            .select('h.ResourceGuid')
            .whereRef('h.ResourceGuid', '=', 'c.ResourceGuid')
            .where('h.LastContactAt', '>=', silentSince),
        ),
      ),
    );
  }
  if (kept === 'managed' || kept === 'retired') {
    // Those that are retired have an index of their own: the resource of every other computer need not be looked at.
    found = found.where('c.ResourceGuid', kept === 'retired' ? 'in' : 'not in', (row) =>
      row.selectFrom('Resource as m').select('m.Guid').where('m.RetiredAt', 'is not', null),
    );
  } else if (kept === 'conflict') {
    found = found.where((row) =>
      row.exists(
        row
          .selectFrom('IdentityConflict as i')
          .select('i.Guid')
          .where('i.State', '=', 'open')
          .where((each) =>
            each.or([
              each('i.ResourceGuid', '=', each.ref('c.ResourceGuid')),
              each('i.OtherGuid', '=', each.ref('c.ResourceGuid')),
            ]),
          ),
      ),
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
