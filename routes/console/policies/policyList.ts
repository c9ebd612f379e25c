/** The list of policies: all of them, or those of a package. */
import type { AppContext } from '../../../app/context.ts';
import { listPolicies, type PolicyRow, type PolicySort } from '../../../models/policies/policyList.ts';
import type { PolicyKind } from '../../../models/policies/settings.ts';
import { countManagedComputers } from '../../../models/targets/targetStore.ts';
import type { Guid } from '../../../wire/guid.ts';
import type { Cell } from '../cells.ts';
import type { Column, ListDefinition } from '../list.ts';
import { at } from '../paths.ts';

export const KIND_LABELS: Readonly<Record<PolicyKind, string>> = {
  softwareDelivery: 'Software delivery',
  agentSettings: 'Agent settings',
  taskAgent: 'Task agent settings',
};

const SORTS: Record<string, PolicySort> = {
  name: 'Name',
  kind: 'Kind',
  state: 'IsEnabled',
  package: 'PackageName',
  program: 'ProgramName',
  succeeded: 'succeeded',
  failed: 'failed',
  total: 'total',
  modified: 'ModifiedAt',
  by: 'ModifiedBy',
};

/** Beside its row, how many computers its targets name; null while this node does not know it. */
type ListedPolicy = PolicyRow & { computers: number | null };

interface PolicyListOptions {
  path?: string;
  /** Only policies that deliver it. */
  packageGuid?: Guid;
  empty?: ListDefinition<ListedPolicy>['empty'];
}

export function policyList(context: AppContext, options: PolicyListOptions = {}): ListDefinition<ListedPolicy> {
  const { packageGuid } = options;
  return {
    path: options.path ?? '/policies',
    noun: ['policy', 'policies'],
    search: 'name, package, program or GUID',
    sort: { key: 'name' },
    columns: columns(context).filter(({ key }) => packageGuid === undefined || (key !== 'package' && key !== 'kind')),
    filters: [
      ...(packageGuid === undefined
        ? [
            {
              key: 'kind',
              label: 'Kind',
              options: Object.entries(KIND_LABELS).map(([value, label]) => ({ value, label })),
            },
          ]
        : []),
      {
        key: 'state',
        label: 'State',
        options: [
          { value: 'on', label: 'On' },
          { value: 'off', label: 'Off' },
        ],
      },
    ],
    key: (row) => row.Guid,
    bulk: [
      { label: 'Switch on', path: '/policies/on', privilege: 'write', icon: 'play' },
      { label: 'Switch off', path: '/policies/off', privilege: 'write', icon: 'pause' },
      { label: 'Delete', path: '/policies/delete', privilege: 'write', icon: 'trash', danger: true },
    ],
    empty: options.empty ?? {
      title: 'No policies',
      text: 'A policy tells which computers run a program of a package, and when.',
      action: { label: 'New policy', href: at('/policies/new'), primary: true },
    },
    fetch: async ({ search, filters, sort, descending, offset, limit }) => {
      const { rows, total } = await listPolicies(context.cmdb, {
        search,
        ...(filters.kind === undefined ? {} : { kind: filters.kind as PolicyKind }),
        ...(filters.state === undefined ? {} : { isEnabled: filters.state === 'on' }),
        ...(packageGuid === undefined ? {} : { packageGuid }),
        sort: SORTS[sort] ?? 'Name',
        descending,
        offset,
        limit,
      });
      return { rows: await withComputers(context, rows), total };
    },
  };
}

function columns({ policies }: AppContext): Column<ListedPolicy>[] {
  const deliveries = (row: ListedPolicy, status?: string): string => at(`/policies/${row.Guid}/deliveries`, { status });
  return [
    {
      key: 'name',
      label: 'Name',
      cell: (row) => ({ kind: 'link', text: row.Name, href: at(`/policies/${row.Guid}`) }),
    },
    { key: 'state', label: 'State', cell: (row) => stateCell(row, policies.problemOf(row.Guid)) },
    { key: 'targets', label: 'Applied to', cell: (row) => row.targets.join(', ') || 'Nobody', sortable: false },
    {
      key: 'computers',
      label: 'Computers',
      cell: (row) => row.computers,
      sortable: false,
      numeric: true,
    },
    {
      key: 'succeeded',
      label: 'Succeeded',
      cell: (row) => countCell(row, row.deliveries.succeeded, deliveries(row, 'succeeded')),
      numeric: true,
    },
    {
      key: 'failed',
      label: 'Failed',
      cell: (row) => countCell(row, row.deliveries.failed, deliveries(row, 'any_failed')),
      numeric: true,
    },
    {
      key: 'running',
      label: 'Under way',
      cell: (row) => countCell(row, row.deliveries.inProgress, deliveries(row, 'under_way')),
      sortable: false,
      numeric: true,
    },
    {
      key: 'problem',
      label: 'Why nobody gets it',
      cell: (row) => policies.problemOf(row.Guid) ?? null,
      sortable: false,
      hidden: true,
    },
    {
      key: 'package',
      label: 'Package',
      cell: (row) =>
        row.PackageName === null
          ? null
          : { kind: 'link', text: row.PackageName, href: at(`/packages/${row.PackageGuid}`) },
    },
    { key: 'program', label: 'Program', cell: (row) => row.ProgramName },
    { key: 'kind', label: 'Kind', cell: (row) => KIND_LABELS[row.Kind] ?? row.Kind },
    { key: 'modified', label: 'Modified', cell: (row) => ({ kind: 'time', at: row.ModifiedAt }) },
    { key: 'by', label: 'By', cell: (row) => row.ModifiedBy, hidden: true },
    { key: 'guid', label: 'GUID', cell: (row) => ({ kind: 'guid', guid: row.Guid }), sortable: false, hidden: true },
  ];
}

/** Switched on is not yet sent: a package without a snapshot, for one, keeps a policy from everybody. */
function stateCell({ IsEnabled }: ListedPolicy, problem: string | undefined): Cell {
  if (IsEnabled === 0) return { kind: 'state', state: 'off' };
  return problem === undefined ? { kind: 'state', state: 'on' } : { kind: 'state', state: 'withheld', detail: problem };
}

/** Only software-delivery policies are delivered. */
function countCell({ Kind }: ListedPolicy, value: number, href: string): Cell {
  return Kind === 'softwareDelivery' ? { kind: 'number', value, href } : null;
}

async function withComputers({ cmdb, policies }: AppContext, rows: readonly PolicyRow[]): Promise<ListedPolicy[]> {
  const reach = rows.map(({ Guid }) => policies.reachOf(Guid));
  const all = reach.includes('all') ? await countManagedComputers(cmdb) : 0;
  return rows.map((row, index) => ({ ...row, computers: reach[index] === 'all' ? all : (reach[index] ?? null) }));
}
