/** The list of policies: all of them, or those of a package. */
import type { AppContext } from '../../../app/context.ts';
import { listPolicies, type PolicyRow, type PolicySort } from '../../../models/policies/policyList.ts';
import type { PolicyKind } from '../../../models/policies/settings.ts';
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

interface PolicyListOptions {
  path?: string;
  /** Only policies that deliver it. */
  packageGuid?: Guid;
  empty?: ListDefinition<PolicyRow>['empty'];
}

export function policyList(context: AppContext, options: PolicyListOptions = {}): ListDefinition<PolicyRow> {
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
    fetch: ({ search, filters, sort, descending, offset, limit }) =>
      listPolicies(context.cmdb, {
        search,
        ...(filters.kind === undefined ? {} : { kind: filters.kind as PolicyKind }),
        ...(filters.state === undefined ? {} : { isEnabled: filters.state === 'on' }),
        ...(packageGuid === undefined ? {} : { packageGuid }),
        sort: SORTS[sort] ?? 'Name',
        descending,
        offset,
        limit,
      }),
  };
}

function columns({ policies }: AppContext): Column<PolicyRow>[] {
  const deliveries = (row: PolicyRow, status?: string): string => at(`/policies/${row.Guid}/deliveries`, { status });
  return [
    {
      key: 'name',
      label: 'Name',
      cell: (row) => ({ kind: 'link', text: row.Name, href: at(`/policies/${row.Guid}`) }),
    },
    { key: 'state', label: 'State', cell: (row) => ({ kind: 'state', state: row.IsEnabled === 1 ? 'on' : 'off' }) },
    { key: 'targets', label: 'Applied to', cell: (row) => row.targets.join(', ') || 'Nobody', sortable: false },
    {
      key: 'computers',
      label: 'Computers',
      cell: (row) => reachCell(policies.reachOf(row.Guid)),
      sortable: false,
      numeric: true,
    },
    {
      key: 'succeeded',
      label: 'Succeeded',
      cell: (row) => ({ kind: 'number', value: row.deliveries.succeeded, href: deliveries(row, 'succeeded') }),
      numeric: true,
    },
    {
      key: 'failed',
      label: 'Failed',
      cell: (row) => ({ kind: 'number', value: row.deliveries.failed, href: deliveries(row, 'any_failed') }),
      numeric: true,
    },
    {
      key: 'running',
      label: 'Under way',
      cell: (row) => ({ kind: 'number', value: row.deliveries.inProgress, href: deliveries(row, 'under_way') }),
      sortable: false,
      numeric: true,
    },
    {
      key: 'problem',
      label: 'Why nobody gets it',
      cell: (row) => (row.IsEnabled === 1 ? (policies.problemOf(row.Guid) ?? null) : null),
      sortable: false,
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

const reachCell = (reach: number | 'all' | undefined): Cell => (reach === 'all' ? 'All' : (reach ?? null));
