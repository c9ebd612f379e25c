/** What views/partials/list.ejs draws. */
import type { Request } from 'express';
import type { Cell } from './cells.ts';
import { counted } from './format.ts';
import type { Column, ListDefinition } from './list.ts';
import { listAddress, listParameters, PAGE_SIZES, type ListQuery, type ListShape } from './listQuery.ts';
import { at } from './paths.ts';
import { lockOf } from './signedIn.ts';

export interface ListModel {
  noun: readonly [string, string];
  columns: {
    key: string;
    label: string;
    numeric: boolean;
    href: string | undefined;
    order: 'ascending' | 'descending' | undefined;
  }[];
  rows: { key: string | undefined; cells: Cell[] }[];
  total: number;
  countText: string;
  /** `51–100 of 35,000` */
  rangeText: string;
  pages: { first?: string; previous?: string; next?: string; last?: string; text: string };
  sizes: { size: number; href: string; current: boolean }[];
  search: { label: string; value: string } | undefined;
  filters: {
    key: string;
    label: string;
    value: string;
    none?: string;
    options: readonly { value: string; label: string }[];
  }[];
  /** True when search or filters narrow the list: an empty list then means "nothing matches". */
  narrowed: boolean;
  clearHref: string;
  action: string;
  /** Parameters that a form of the list must carry on, by the form's purpose. */
  keep: { narrowing: [string, string][]; choosing: [string, string][] };
  chooser: { key: string; label: string; shown: boolean }[];
  exports: { csv: string; json: string };
  bulk: { label: string; href: string; icon: string | undefined; danger: boolean; disabled: string | undefined }[];
  /** Search and filters as a query string: what "all that match" means. */
  matching: string;
  empty: ListDefinition<never>['empty'];
}

export async function listModel<Row>(
  request: Request,
  definition: ListDefinition<Row>,
  query: ListQuery,
): Promise<ListModel> {
  let found = await definition.fetch(query);
  let shown = query;
  if (found.rows.length === 0 && found.total > 0) {
    // The address is older than the last deletion: show the last page rather than an empty one.
    shown = { ...query, offset: Math.floor((found.total - 1) / query.limit) * query.limit };
    found = await definition.fetch(shown);
  }
  const columns = definition.columns.filter((column) => shown.columns.includes(column.key));
  const narrowed = shown.search !== '' || Object.keys(shown.filters).length > 0;
  return {
    noun: definition.noun,
    columns: columns.map((column) => heading(column, shown, definition)),
    rows: found.rows.map((row) => ({ key: definition.key?.(row), cells: columns.map((column) => column.cell(row)) })),
    total: found.total,
    countText: counted(found.total, definition.noun),
    rangeText: rangeText(shown, found.rows.length, found.total),
    pages: pageLinks(shown, definition, found.total),
    sizes: PAGE_SIZES.map((size) => ({
      size,
      href: listAddress(shown, definition, { size: String(size), page: '' }),
      current: size === shown.limit,
    })),
    search: definition.search === undefined ? undefined : { label: definition.search, value: shown.search },
    filters: (definition.filters ?? []).map((filter) => ({ ...filter, value: shown.filters[filter.key] ?? '' })),
    narrowed,
    clearHref: listAddress({ ...shown, search: '', filters: {}, offset: 0 }, definition, {}),
    action: at(definition.path),
    keep: {
      narrowing: kept(shown, definition, ['q', 'page', ...(definition.filters ?? []).map((filter) => filter.key)]),
      choosing: kept(shown, definition, ['columns']),
    },
    chooser: definition.columns.map(({ key, label }) => ({ key, label, shown: shown.columns.includes(key) })),
    exports: {
      csv: listAddress(shown, definition, { format: 'csv', page: '', size: '' }),
      json: listAddress(shown, definition, { format: 'json', page: '', size: '' }),
    },
    bulk: (definition.bulk ?? []).map((action) => ({
      label: action.label,
      href: at(action.path),
      icon: action.icon,
      danger: action.danger === true,
      disabled: lockOf(request, action.privilege),
    })),
    matching: new URLSearchParams({ ...(shown.search === '' ? {} : { q: shown.search }), ...shown.filters }).toString(),
    empty: definition.empty,
  };
}

function heading<Row>(column: Column<Row>, query: ListQuery, definition: ListShape): ListModel['columns'][number] {
  const sorted = query.sort === column.key;
  const dir = sorted && !query.descending ? 'desc' : 'asc';
  return {
    key: column.key,
    label: column.label,
    numeric: column.numeric === true,
    href: column.sortable === false ? undefined : listAddress(query, definition, { sort: column.key, dir, page: '' }),
    order: sorted ? (query.descending ? 'descending' : 'ascending') : undefined,
  };
}

function kept(query: ListQuery, definition: ListShape, except: readonly string[]): [string, string][] {
  return Object.entries(listParameters(query, definition)).filter(([name]) => !except.includes(name));
}

function rangeText(query: ListQuery, rows: number, total: number): string {
  if (rows === 0) return '';
  const number = (value: number): string => value.toLocaleString('en-US');
  return `${number(query.offset + 1)}–${number(query.offset + rows)} of ${number(total)}`;
}

function pageLinks(query: ListQuery, definition: ListShape, total: number): ListModel['pages'] {
  const pages = Math.max(1, Math.ceil(total / query.limit));
  const current = query.offset / query.limit + 1;
  const to = (page: number): string => listAddress(query, definition, { page: page === 1 ? '' : String(page) });
  return {
    ...(current > 1 ? { first: to(1), previous: to(current - 1) } : {}),
    ...(current < pages ? { next: to(current + 1), last: to(pages) } : {}),
    text: `Page ${current.toLocaleString('en-US')} of ${pages.toLocaleString('en-US')}`,
  };
}
