/** Networks that inventory has seen, beside the subnets that are known: what nobody has given to a site yet. */
import type { Guid } from '../../wire/guid.ts';
import type { Utc } from '../cmdb/schema.ts';
import type { Session } from '../cmdb/types.ts';
import { NETWORK_KINDS, type NetworkKind } from './adapterNetwork.ts';
import { addressBytes } from './address.ts';
import { orderOf } from './nesting.ts';
import { PrefixTable } from './prefixTable.ts';

/**
 * `uncovered`: in no known subnet. `wide`: only in one that is more than 256 times as large, which says little of a place.
 * `known`: in a subnet, or one itself.
 */
export type Coverage = 'uncovered' | 'wide' | 'known';

/** `open`: ordinary networks that are not known. `hidden`: those that are no place a site would have. */
export const SEEN_VIEWS = ['open', 'uncovered', 'wide', 'known', 'hidden'] as const;
export type SeenView = (typeof SEEN_VIEWS)[number];

export const SEEN_SORTS = ['Network', 'Computers', 'LastSeenAt', 'Within', 'Kind'] as const;
export type SeenSort = (typeof SEEN_SORTS)[number];

export interface SeenRow {
  /** `network/prefix`; also the key of the row. */
  text: string;
  Network: string;
  PrefixLength: number;
  Kind: NetworkKind;
  /** Computers with an adapter in it, as last counted. */
  Computers: number;
  LastSeenAt: Utc | null;
  coverage: Coverage;
  /** The narrowest known subnet that it lies in, or is. */
  within: { text: string; siteGuid: Guid | null; siteName: string | null } | null;
}

export interface SeenQuery {
  view: SeenView;
  search?: string | undefined;
  sort: SeenSort;
  descending: boolean;
  offset: number;
  limit: number;
}

const MUCH_WIDER_BITS = 8;

export async function listSeenNetworks(
  session: Session,
  query: SeenQuery,
): Promise<{ rows: SeenRow[]; total: number; hidden: number }> {
  const all = await seenNetworks(session);
  const text = (query.search ?? '').trim().toLowerCase();
  const found = all.filter((row) => isInView(row, query.view) && finds(row, text));
  const ordered = found
    .map((row) => ({ row, order: orderOf(row.text), by: sortValue(row, query.sort) }))
    .sort((a, b) => (a.by < b.by ? -1 : a.by > b.by ? 1 : a.order < b.order ? -1 : 1))
    .map(({ row }) => row);
  if (query.descending) ordered.reverse();
  const rows = ordered.slice(query.offset, query.offset + query.limit);
  return { rows, total: found.length, hidden: all.filter((row) => isInView(row, 'hidden')).length };
}

function isInView({ Kind, coverage }: SeenRow, view: SeenView): boolean {
  if (view === 'hidden') return Kind !== 'network';
  if (Kind !== 'network') return false;
  return view === 'open' ? coverage !== 'known' : coverage === view;
}

const finds = ({ text, within }: SeenRow, search: string): boolean =>
  `${text}\n${within?.text ?? ''}\n${within?.siteName ?? ''}`.toLowerCase().includes(search);

function sortValue(row: SeenRow, sort: SeenSort): string | number {
  if (sort === 'Network') return 0;
  if (sort === 'Within') return row.within === null ? '' : orderOf(row.within.text);
  if (sort === 'Kind') return NETWORK_KINDS.indexOf(row.Kind);
  return row[sort] ?? '';
}

async function seenNetworks({ db }: Session): Promise<SeenRow[]> {
  const seen = await db.selectFrom('SeenNetwork').selectAll().execute();
  const subnets = await db
    .selectFrom('Subnet as n')
    .leftJoin('Item as i', 'i.Guid', 'n.SiteGuid')
    .select(['n.Network', 'n.PrefixLength', 'n.SiteGuid', 'i.Name'])
    .execute();
  const tries = { 4: new PrefixTable<SeenRow['within'] & {}>(), 16: new PrefixTable<SeenRow['within'] & {}>() };
  for (const { Network, PrefixLength, SiteGuid, Name } of subnets) {
    const bytes = addressBytes(Network);
    const within = { text: `${Network}/${PrefixLength}`, siteGuid: SiteGuid, siteName: Name };
    if (bytes !== undefined) tries[bytes.length as 4 | 16].add(bytes, PrefixLength, within);
  }
  return seen.map((row) => {
    const bytes = addressBytes(row.Network)!;
    const within = tries[bytes.length as 4 | 16].find(bytes, row.PrefixLength) ?? null;
    const text = `${row.Network}/${row.PrefixLength}`;
    return { ...row, Kind: row.Kind as NetworkKind, text, within, coverage: coverageOf(row.PrefixLength, within) };
  });
}

function coverageOf(prefixLength: number, within: SeenRow['within']): Coverage {
  if (within === null) return 'uncovered';
  return prefixLength - Number(within.text.split('/')[1]) > MUCH_WIDER_BITS ? 'wide' : 'known';
}
