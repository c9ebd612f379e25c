/** Packages with problems: what is wrong, since when, whom to ask, who would miss the package, and what can be done. */
import type { AppContext } from '../../../app/context.ts';
import type { PackageSort } from '../../../models/packages/listPackages.ts';
import { listProblems, type PackageProblem } from '../../../models/packages/packageProblems.ts';
import { PROBLEM_STATES, type ProblemState } from '../../../models/packages/packageState.ts';
import type { PackageReadiness } from '../../../models/packageServers/packageReadiness.ts';
import type { Cell } from '../cells.ts';
import type { ListDefinition } from '../list.ts';
import { at } from '../paths.ts';
import { stateLook } from '../states.ts';
import { nameColumn, policiesColumn, withReadiness } from './packageRows.ts';

type Problem = PackageProblem & PackageReadiness;

const SORTS: Record<string, PackageSort> = {
  name: 'Name',
  problem: 'State',
  since: 'ProblemSince',
  failures: 'FailureCount',
  next: 'NextRefreshAt',
  owner: 'Owner',
  asked: 'LastUsedAt',
  policies: 'Policies',
  location: 'SourcePath',
};

/** @param locked why nothing can be changed, or undefined */
export function problemList(context: AppContext, locked?: string): ListDefinition<Problem> {
  return {
    path: '/packages/problems',
    noun: ['package with a problem', 'packages with problems'],
    search: 'name, publisher, version, path, owner or GUID',
    sort: { key: 'since' },
    columns: [
      nameColumn,
      { key: 'problem', label: 'State', cell: ({ State }) => ({ kind: 'state', state: State }) },
      { key: 'reason', label: 'Problem', cell: (row) => ({ kind: 'prose', text: row.StateDetail }), sortable: false },
      { key: 'actions', label: 'Actions', cell: (row) => actionsOf(row, locked), sortable: false },
      {
        key: 'since',
        label: 'Since',
        cell: (row) => ({ kind: 'time', at: row.ProblemSince ?? row.LastRefreshAt, none: 'Unknown' }),
      },
      { key: 'failures', label: 'Failures', cell: (row) => row.FailureCount, numeric: true },
      { key: 'next', label: 'Next try', cell: (row) => ({ kind: 'time', at: row.NextRefreshAt, none: 'When asked' }) },
      { key: 'owner', label: 'Owner', cell: (row) => row.Owner || { kind: 'text', text: '', note: 'nobody' } },
      {
        key: 'asked',
        label: 'Last asked for',
        cell: (row) => ({ kind: 'time', at: row.LastUsedAt, none: 'Never' }),
      },
      {
        key: 'delivered',
        label: 'Last delivery',
        cell: (row) => ({ kind: 'time', at: row.LastDeliveredAt, none: 'None' }),
        sortable: false,
      },
      policiesColumn,
      { key: 'holding', label: 'Servers that hold it', cell: holdingCell, sortable: false, numeric: true },
      {
        key: 'agents',
        label: 'Agents get',
        cell: (row) => (row.CurrentVersion === null ? 'Nothing' : `version ${row.CurrentVersion}`),
        sortable: false,
        hidden: true,
      },
      {
        key: 'location',
        label: 'Location',
        cell: (row) => ({ kind: 'code', text: row.SourcePath, copy: true }),
        hidden: true,
      },
      { key: 'guid', label: 'GUID', cell: (row) => ({ kind: 'guid', guid: row.Guid }), sortable: false, hidden: true },
    ],
    filters: [
      {
        key: 'state',
        label: 'State',
        options: PROBLEM_STATES.map((value) => ({ value, label: stateLook(value).label })),
      },
    ],
    key: (row) => row.Guid,
    bulk: [
      { label: 'Refresh now', path: '/packages/problems/refresh', privilege: 'write', icon: 'refresh' },
      { label: 'Fix path', path: '/packages/problems/fixPath', privilege: 'write', icon: 'edit' },
      { label: 'Disable', path: '/packages/problems/disable', privilege: 'write', icon: 'pause', danger: true },
      { label: 'Delete', path: '/packages/problems/delete', privilege: 'write', icon: 'trash', danger: true },
    ],
    empty: {
      title: 'No package has a problem',
      text: 'The source of every enabled package could be read when it was last looked at. A package whose folder has gone, is shut or changes while it is read shows up here, with whom to ask and what to do.',
      action: { label: 'All packages', href: at('/packages') },
    },
    fetch: async ({ search, filters, sort, descending, offset, limit }) => {
      const { rows, total } = await listProblems(context.cmdb, {
        search,
        ...(filters.state === undefined ? {} : { state: filters.state as ProblemState }),
        sort: SORTS[sort] ?? 'ProblemSince',
        descending,
        offset,
        limit,
      });
      return { rows: withReadiness(context, rows), total };
    },
  };
}

const holdingCell = (row: Problem): Cell => ({
  kind: 'number',
  value: row.holding,
  ...(row.holding === 0 ? {} : { href: at(`/packages/${row.Guid}/servers`) }),
});

function actionsOf({ Guid, Policies }: Problem, disabled: string | undefined): Cell {
  const path = at(`/packages/${Guid}`);
  const kept = Policies === 0 ? undefined : 'Policies use it: change or delete them first.';
  return {
    kind: 'actions',
    actions: [
      { label: 'Refresh now', href: at('/packages/problems/refresh'), only: Guid, disabled },
      { label: 'Fix path', href: `${path}/fixPath`, disabled },
      { label: 'Disable', href: `${path}/disable`, dialog: true, disabled },
      { label: 'Delete', href: `${path}/delete`, dialog: true, danger: true, disabled: disabled ?? kept },
    ],
  };
}
