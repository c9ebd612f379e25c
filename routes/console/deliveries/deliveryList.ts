/** A list of deliveries: all of them, or those of a policy, a package or a computer. */
import type { AppContext } from '../../../app/context.ts';
import { countByStatus, DELIVERY_STATUSES } from '../../../models/deliveries/countDeliveries.ts';
import type { DeliveryFilter } from '../../../models/deliveries/deliveryFilter.ts';
import { listDeliveries, type DeliveryRow, type DeliverySort } from '../../../models/deliveries/listDeliveries.ts';
import { openConflictsOf } from '../../../models/resources/conflicts.ts';
import { parseGuid } from '../../../wire/guid.ts';
import type { Column, Filter, ListDefinition } from '../list.ts';
import type { ListQuery } from '../listQuery.ts';
import { at } from '../paths.ts';
import { stateLook } from '../states.ts';

const SORTS: Record<string, DeliverySort> = {
  computer: 'Computer',
  policy: 'Policy',
  package: 'Package',
  version: 'PackageVersion',
  status: 'Status',
  code: 'ReturnCode',
  at: 'UpdatedAt',
};

/** Of the deliveries of every policy on every computer, only these are served by an index. */
const SORTED_OVER_ALL = new Set(['computer', 'status', 'at']);

/** `inConflict`: what was delivered may have reached another machine. */
type ListedDelivery = DeliveryRow & { inConflict: boolean };

const COLUMNS: readonly Column<ListedDelivery>[] = [
  {
    key: 'computer',
    label: 'Computer',
    cell: (row) => ({
      kind: 'link',
      text: row.Computer,
      href: at(`/computers/${row.ComputerGuid}`),
      ...(row.inConflict ? { note: 'Identity conflict: it may be several machines' } : {}),
    }),
  },
  {
    key: 'policy',
    label: 'Policy',
    cell: (row) => ({ kind: 'link', text: row.Policy, href: at(`/policies/${row.PolicyGuid}`) }),
  },
  {
    key: 'package',
    label: 'Package',
    cell: (row) =>
      row.Package === null ? null : { kind: 'link', text: row.Package, href: at(`/packages/${row.PackageGuid}`) },
  },
  { key: 'version', label: 'Package version', cell: (row) => row.PackageVersion?.toString() ?? null },
  { key: 'status', label: 'Status', cell: (row) => ({ kind: 'state', state: row.Status, detail: row.Detail }) },
  { key: 'code', label: 'Return code', cell: (row) => row.ReturnCode?.toString() ?? null },
  { key: 'detail', label: 'Detail', cell: (row) => row.Detail, sortable: false },
  { key: 'at', label: 'When', cell: (row) => ({ kind: 'time', at: row.UpdatedAt }) },
];

/** Groups of statuses that one choice of the filter stands for, before the statuses one by one. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  under_way: ['received', 'downloading', 'downloaded', 'running'],
  any_failed: ['failed', 'download_failed'],
};

const STATUS_FILTER: Filter = {
  key: 'status',
  label: 'Status',
  options: [
    { value: 'under_way', label: 'Under way' },
    { value: 'any_failed', label: 'Failed in any way' },
    ...DELIVERY_STATUSES.map((value) => ({ value, label: stateLook(value).label })),
  ],
};

interface DeliveryListOptions {
  path: string;
  /** What the list is of, always; a filter of the same name is then left out by the caller. */
  of?: DeliveryFilter;
  /** Columns that say the same in every row. */
  without?: readonly string[];
  filters?: readonly Filter[];
  empty?: ListDefinition<ListedDelivery>['empty'];
}

/** A list and the counts above it, which are counted once for both. */
interface DeliveryList extends ListDefinition<ListedDelivery> {
  /** By status, of the search and filters of the request, whatever its status filter. */
  counts: (filter: DeliveryFilter) => Promise<ReadonlyMap<string, number>>;
}

export function deliveryList({ cmdb }: AppContext, options: DeliveryListOptions): DeliveryList {
  const { path, of = {}, without = [], filters = [] } = options;
  const isNarrow = Object.keys(of).length > 0;
  let counted: Promise<ReadonlyMap<string, number>> | undefined;
  // A definition is made for one request, whose search and filters do not change.
  const counts = (filter: DeliveryFilter) => (counted ??= countByStatus(cmdb, filter));
  return {
    path,
    noun: ['delivery', 'deliveries'],
    ...(of.computerGuid === undefined ? { search: 'computer name or GUID' } : {}),
    sort: { key: 'at', descending: true },
    columns: COLUMNS.filter(({ key }) => !without.includes(key)).map((column) =>
      isNarrow || SORTED_OVER_ALL.has(column.key) ? column : { ...column, sortable: false },
    ),
    filters: [STATUS_FILTER, ...filters],
    empty: options.empty ?? {
      title: 'No deliveries yet',
      text: 'A delivery is what became of a policy on a computer. It appears when the computer reports that it has received the policy.',
    },
    counts,
    fetch: async (query) => {
      const { descending, offset, limit } = query;
      const filter = deliveryFilter(query, of);
      const order = { sort: SORTS[query.sort] ?? 'UpdatedAt', descending, offset, limit };
      const { rows, total } = await listDeliveries(cmdb, { ...filter, ...order }, await counts(filter));
      const conflicts = await openConflictsOf(cmdb, [...new Set(rows.map(({ ComputerGuid }) => ComputerGuid))]);
      return { rows: rows.map((row) => ({ ...row, inConflict: conflicts.has(row.ComputerGuid) })), total };
    },
  };
}

/** What an address asks for, of a list that is `of` something already. */
export function deliveryFilter(query: Pick<ListQuery, 'filters' | 'search'>, of: DeliveryFilter): DeliveryFilter {
  const { status, policy, package: software } = query.filters;
  return {
    search: query.search,
    policyGuid: parseGuid(policy),
    packageGuid: parseGuid(software),
    statuses: status === undefined ? undefined : (GROUPS[status] ?? [status]),
    ...of,
  };
}

/** Counts by status as links, in the order of a delivery's life. */
export function statusTiles(counts: ReadonlyMap<string, number>, href: (status: string) => string) {
  return DELIVERY_STATUSES.map((status) => ({ status, count: counts.get(status) ?? 0, href: href(status) }));
}
