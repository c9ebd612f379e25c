/**
 * The list of subnets. All of them are read, a few thousand narrow rows: which lies in which, and the order of addresses,
 * are nothing that SQL could tell.
 */
import type { Guid } from '../../wire/guid.ts';
import type { Utc } from '../cmdb/schema.ts';
import type { Session } from '../cmdb/types.ts';
import { addressBytes } from './address.ts';
import { isTelling, orderOf, overlapsOf, type Overlap } from './nesting.ts';

export const SUBNET_SORTS = [
  'Network',
  'PrefixLength',
  'Name',
  'SiteName',
  'Source',
  'Computers',
  'LastSeenAt',
  'Overlap',
  'ModifiedAt',
] as const;
export type SubnetSort = (typeof SUBNET_SORTS)[number];

/** `overlapping`: in another site than the subnet around them; `nested`: in any other; `empty`: without computers. */
export const SUBNET_VIEWS = ['overlapping', 'nested', 'empty'] as const;
export type SubnetView = (typeof SUBNET_VIEWS)[number];

export interface SubnetQuery {
  /** Finds in network, name and site; a whole address finds the subnets that contain it. */
  search?: string | undefined;
  /** Null: only subnets that belong to no site. */
  siteGuid?: Guid | null | undefined;
  view?: SubnetView | undefined;
  sort: SubnetSort;
  descending: boolean;
  offset: number;
  /** At most 1,000. */
  limit: number;
}

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
  /** Computers that take their site from it, as last counted. */
  Computers: number;
  /** When one of them last sent an inventory. */
  LastSeenAt: Utc | null;
  /** The subnet that it lies in. */
  Overlap: Overlap | null;
}

const MOST_ROWS = 1000;

export async function listSubnets(session: Session, query: SubnetQuery): Promise<{ rows: SubnetRow[]; total: number }> {
  const found = (await allSubnets(session)).filter(matches(query));
  const ordered = found
    .map((row) => ({ row, order: orderOf(textOf(row)), by: sortValue(row, query.sort) }))
    .sort((a, b) => compare(a.by, b.by) || (a.order < b.order ? -1 : 1))
    .map(({ row }) => row);
  if (query.descending) ordered.reverse();
  const limit = Math.min(query.limit, MOST_ROWS);
  return { rows: ordered.slice(query.offset, query.offset + limit), total: found.length };
}

export async function allSubnets({ db }: Session): Promise<SubnetRow[]> {
  const rows = await db
    .selectFrom('Subnet as n')
    .leftJoin('Item as i', 'i.Guid', 'n.SiteGuid')
    .leftJoin('SubnetUse as u', 'u.SubnetGuid', 'n.Guid')
    .select(['n.Guid', 'n.Network', 'n.PrefixLength', 'n.Name', 'n.SiteGuid', 'i.Name as SiteName', 'n.Source'])
    .select(['n.ModifiedAt', 'u.Computers', 'u.LastSeenAt'])
    .execute();
  const overlaps = overlapsOf(
    rows.map((row) => ({ text: textOf(row), siteGuid: row.SiteGuid, siteName: row.SiteName })),
  );
  return rows.map((row) => ({
    ...row,
    Computers: row.Computers ?? 0,
    Overlap: overlaps.get(textOf(row)) ?? null,
  }));
}

/** Subnets without computers in them, as last counted. */
export async function unusedSubnets({ db }: Session): Promise<Guid[]> {
  const rows = await db
    .selectFrom('Subnet as n')
    .leftJoin('SubnetUse as u', 'u.SubnetGuid', 'n.Guid')
    .select('n.Guid')
    .where('u.SubnetGuid', 'is', null)
    .execute();
  return rows.map(({ Guid }) => Guid);
}

const textOf = ({ Network, PrefixLength }: Pick<SubnetRow, 'Network' | 'PrefixLength'>): string =>
  `${Network}/${PrefixLength}`;

function matches({ search = '', siteGuid, view }: SubnetQuery): (row: SubnetRow) => boolean {
  const finds = finder(search.trim().toLowerCase());
  return (row) =>
    (siteGuid === undefined || row.SiteGuid === siteGuid) &&
    (view !== 'empty' || row.Computers === 0) &&
    (view !== 'nested' || row.Overlap !== null) &&
    (view !== 'overlapping' || (row.Overlap !== null && isTelling(row.Overlap))) &&
    finds(row);
}

function finder(text: string): (row: SubnetRow) => boolean {
  if (text === '') return () => true;
  const address = addressBytes(text);
  const inText = ({ Name, SiteName, ...row }: SubnetRow): boolean =>
    `${textOf(row)}\n${Name}\n${SiteName ?? ''}`.toLowerCase().includes(text);
  if (address === undefined) return inText;
  return (row) => inText(row) || isIn(address, row);
}

function isIn(address: readonly number[], { Network, PrefixLength }: SubnetRow): boolean {
  const network = addressBytes(Network);
  if (network?.length !== address.length) return false;
  return network.every((byte, index) => {
    const free = Math.min(8, Math.max(0, (index + 1) * 8 - PrefixLength));
    return byte >> free === address[index]! >> free;
  });
}

type Sortable = string | number | null;

function sortValue(row: SubnetRow, sort: SubnetSort): Sortable {
  if (sort === 'Network') return 0;
  if (sort === 'Overlap') return row.Overlap === null ? null : orderOf(row.Overlap.within);
  const value = row[sort];
  return typeof value === 'string' ? value.toLowerCase() : value;
}

/** What is not there comes first, on both engines alike. */
function compare(a: Sortable, b: Sortable): number {
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? -1 : 1;
  return a < b ? -1 : 1;
}
