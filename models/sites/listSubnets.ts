/**
 * The list of subnets. All of them are read, a few thousand narrow rows: which lies in which, and the order of addresses,
 * are nothing that SQL could tell.
 */
import type { Guid } from '../../wire/guid.ts';
import type { Utc } from '../cmdb/schema.ts';
import type { Session } from '../cmdb/types.ts';
import { addressBytes } from './address.ts';
import { isTelling, orderOf, overlapsOf, type NestedSubnet, type Overlap } from './nesting.ts';

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
  const subnets = await knownSubnets(session);
  const overlaps = overlapsOf(subnets);
  const found = subnets.filter(matches(query, overlaps));
  const ordered = found
    .map((subnet) => ({ subnet, order: orderOf(subnet.text), by: sortValue(subnet, overlaps, query.sort) }))
    .sort((a, b) => compare(a.by, b.by) || (a.order < b.order ? -1 : 1))
    .map(({ subnet }) => subnet);
  if (query.descending) ordered.reverse();
  const shown = ordered.slice(query.offset, query.offset + Math.min(query.limit, MOST_ROWS));
  return { rows: shown.map((subnet) => rowOf(subnet, overlaps)), total: found.length };
}

export async function allSubnets(session: Session): Promise<SubnetRow[]> {
  const subnets = await knownSubnets(session);
  const overlaps = overlapsOf(subnets);
  return subnets.map((subnet) => rowOf(subnet, overlaps));
}

/** A subnet before it is known whether a list shows it. */
interface KnownSubnet extends NestedSubnet {
  row: Omit<SubnetRow, 'SiteName' | 'Computers' | 'LastSeenAt' | 'Overlap'>;
  computers: number;
  lastSeenAt: Utc | null;
}

type Overlaps = ReadonlyMap<string, Overlap>;

/** Names of sites and counts are looked up here: joined to each of thousands of rows they take as long as the rows. */
async function knownSubnets({ db }: Session): Promise<KnownSubnet[]> {
  const rows = await db
    .selectFrom('Subnet')
    .select(['Guid', 'Network', 'PrefixLength', 'Name', 'SiteGuid', 'Source', 'ModifiedAt'])
    .execute();
  const sites = await db
    .selectFrom('Site as s')
    .innerJoin('Item as i', 'i.Guid', 's.Guid')
    .select(['s.Guid', 'i.Name'])
    .execute();
  const uses = await db.selectFrom('SubnetUse').select(['SubnetGuid', 'Computers', 'LastSeenAt']).execute();
  const nameOf = new Map(sites.map(({ Guid, Name }) => [Guid, Name]));
  const useOf = new Map(uses.map((use) => [use.SubnetGuid, use]));
  return rows.map((row) => {
    const { Guid, Network, PrefixLength, SiteGuid } = row;
    const use = useOf.get(Guid);
    return {
      row,
      text: `${Network}/${PrefixLength}`,
      siteGuid: SiteGuid,
      siteName: SiteGuid === null ? null : (nameOf.get(SiteGuid) ?? null),
      computers: use?.Computers ?? 0,
      lastSeenAt: use?.LastSeenAt ?? null,
    };
  });
}

const rowOf = ({ row, text, siteName, computers, lastSeenAt }: KnownSubnet, overlaps: Overlaps): SubnetRow => ({
  ...row,
  SiteName: siteName,
  Computers: computers,
  LastSeenAt: lastSeenAt,
  Overlap: overlaps.get(text) ?? null,
});

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

function matches({ search = '', siteGuid, view }: SubnetQuery, overlaps: Overlaps): (subnet: KnownSubnet) => boolean {
  const finds = finder(search.trim().toLowerCase());
  const isInView = (subnet: KnownSubnet): boolean => {
    if (view === 'empty') return subnet.computers === 0;
    const overlap = view === undefined ? undefined : overlaps.get(subnet.text);
    return view === undefined || (overlap !== undefined && (view === 'nested' || isTelling(overlap)));
  };
  return (subnet) => (siteGuid === undefined || subnet.siteGuid === siteGuid) && isInView(subnet) && finds(subnet);
}

function finder(search: string): (subnet: KnownSubnet) => boolean {
  if (search === '') return () => true;
  const address = addressBytes(search);
  const inText = ({ text, siteName, row: { Name } }: KnownSubnet): boolean =>
    [text, Name, siteName ?? ''].some((part) => part.toLowerCase().includes(search));
  if (address === undefined) return inText;
  return (subnet) => inText(subnet) || isIn(address, subnet.row);
}

function isIn(address: readonly number[], { Network, PrefixLength }: KnownSubnet['row']): boolean {
  const network = addressBytes(Network);
  if (network?.length !== address.length) return false;
  return network.every((byte, index) => {
    const free = Math.min(8, Math.max(0, (index + 1) * 8 - PrefixLength));
    return byte >> free === address[index]! >> free;
  });
}

type Sortable = string | number | null;

function sortValue(subnet: KnownSubnet, overlaps: Overlaps, sort: SubnetSort): Sortable {
  if (sort === 'Network') return 0;
  if (sort === 'Computers') return subnet.computers;
  if (sort === 'LastSeenAt') return subnet.lastSeenAt;
  if (sort === 'Overlap') {
    const overlap = overlaps.get(subnet.text);
    return overlap === undefined ? null : orderOf(overlap.within);
  }
  const value = sort === 'SiteName' ? subnet.siteName : subnet.row[sort];
  return typeof value === 'string' ? value.toLowerCase() : value;
}

/** What is not there comes first, on both engines alike. */
function compare(a: Sortable, b: Sortable): number {
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? -1 : 1;
  return a < b ? -1 : 1;
}
