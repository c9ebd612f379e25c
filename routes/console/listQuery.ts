/** A list's address: page, order, search, filters and columns, read with a default for whatever makes no sense. */
import type { Request } from 'express';
import type { Column, ListDefinition } from './list.ts';
import { at } from './paths.ts';

export const PAGE_SIZES = [25, 50, 100, 500] as const;
const DEFAULT_SIZE = 50;

export interface ListQuery {
  offset: number;
  limit: number;
  /** Key of a sortable column. */
  sort: string;
  descending: boolean;
  /** Trimmed; empty when nothing is searched. */
  search: string;
  /** Chosen filters by key; only values that the definition offers. */
  filters: Readonly<Record<string, string>>;
  /** Keys of the columns that are shown, in the definition's order. */
  columns: readonly string[];
}

/** What of a definition says how its address is read. */
export interface ListShape extends Pick<ListDefinition<never>, 'path' | 'filters' | 'sort' | 'search'> {
  columns: readonly Pick<Column<never>, 'key' | 'sortable' | 'hidden'>[];
}

export function readListQuery(parameters: Request['query'] | URLSearchParams, shape: ListShape): ListQuery {
  const text = (name: string): string => {
    const value = parameters instanceof URLSearchParams ? parameters.get(name) : parameters[name];
    return typeof value === 'string' ? value.trim() : '';
  };
  const size = Number(text('size'));
  const limit = (PAGE_SIZES as readonly number[]).includes(size) ? size : DEFAULT_SIZE;
  const page = /^[1-9]\d{0,6}$/.test(text('page')) ? Number(text('page')) : 1;
  const sortable = shape.columns.find((column) => column.key === text('sort') && column.sortable !== false);
  const ownOrder = sortable === undefined || text('dir') === '';
  return {
    offset: (page - 1) * limit,
    limit,
    sort: sortable?.key ?? shape.sort.key,
    descending:
      ownOrder && (sortable === undefined || sortable.key === shape.sort.key)
        ? shape.sort.descending === true
        : text('dir') === 'desc',
    search: shape.search === undefined ? '' : text('q').slice(0, 200),
    filters: readFilters(text, shape),
    columns: readColumns(parameters, shape),
  };
}

function readFilters(text: (name: string) => string, shape: ListShape): Record<string, string> {
  const filters: Record<string, string> = {};
  for (const { key, options } of shape.filters ?? []) {
    const value = text(key);
    if (options.some((option) => option.value === value)) filters[key] = value;
  }
  return filters;
}

/** `columns=name&columns=state` from the chooser's form, or `columns=name,state` in a link. */
function readColumns(parameters: Request['query'] | URLSearchParams, shape: ListShape): string[] {
  const given =
    parameters instanceof URLSearchParams ? parameters.getAll('columns') : [parameters.columns ?? []].flat();
  const wanted = new Set(given.flatMap((part) => String(part).split(',')));
  const chosen = shape.columns.filter((column) => wanted.has(column.key));
  return (chosen.length > 0 ? chosen : shape.columns.filter((column) => column.hidden !== true)).map(
    (column) => column.key,
  );
}

/** The query as parameters, without what is at its default: short addresses that can be mailed. */
export function listParameters(query: ListQuery, shape: ListShape): Record<string, string> {
  const parameters: Record<string, string> = {};
  if (query.search !== '') parameters.q = query.search;
  Object.assign(parameters, query.filters);
  if (query.sort !== shape.sort.key || query.descending !== (shape.sort.descending === true)) {
    parameters.sort = query.sort;
    parameters.dir = query.descending ? 'desc' : 'asc';
  }
  const shown = shape.columns.filter((column) => column.hidden !== true).map((column) => column.key);
  if (query.columns.join() !== shown.join()) parameters.columns = query.columns.join();
  if (query.limit !== DEFAULT_SIZE) parameters.size = String(query.limit);
  if (query.offset > 0) parameters.page = String(query.offset / query.limit + 1);
  return parameters;
}

/** The list's address with some parameters changed; an empty value removes one. */
export function listAddress(query: ListQuery, shape: ListShape, changes: Readonly<Record<string, string>>): string {
  return at(shape.path, { ...listParameters(query, shape), ...changes });
}
