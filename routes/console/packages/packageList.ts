/** The list of packages. */
import type { AppContext } from '../../../app/context.ts';
import { utc } from '../../../models/clock.ts';
import {
  listPackages,
  type PackageListRow,
  type PackageQuery,
  type PackageSort,
} from '../../../models/packages/listPackages.ts';
import { PACKAGE_STATES, type PackageState } from '../../../models/packages/packageState.ts';
import { DISTRIBUTION_MODES, MODE_WORDS, type DistributionMode } from '../../../models/packageServers/distribution.ts';
import type { Cell } from '../cells.ts';
import type { ListDefinition } from '../list.ts';
import { at } from '../paths.ts';
import { stateLook } from '../states.ts';
import { nameColumn, policiesColumn, serversCell, withReadiness, type ListedPackage } from './packageRows.ts';

const DAY = 24 * 3600_000;

const SORTS: Record<string, PackageSort> = {
  name: 'Name',
  version: 'VersionText',
  publisher: 'Publisher',
  language: 'Language',
  source: 'SourceKind',
  location: 'SourcePath',
  state: 'State',
  stamp: 'CurrentVersion',
  files: 'FileCount',
  size: 'TotalSize',
  programs: 'Programs',
  policies: 'Policies',
  refreshed: 'LastRefreshAt',
  next: 'NextRefreshAt',
  used: 'LastUsedAt',
  modified: 'ModifiedAt',
  owner: 'Owner',
};

export const SOURCE_LABELS: Readonly<Record<string, string>> = {
  none: 'No files',
  folder: 'Folder on the server',
  unc: 'Network share',
  url: 'Web address',
};

export function packageList(context: AppContext): ListDefinition<ListedPackage> {
  const { cmdb, clock } = context;
  return {
    path: '/packages',
    noun: ['package', 'packages'],
    search: 'name, publisher, version, path, owner or GUID',
    sort: { key: 'name' },
    columns: [
      nameColumn,
      { key: 'version', label: 'Version', cell: (row) => row.VersionText },
      { key: 'state', label: 'State', cell: (row) => ({ kind: 'state', state: row.State, detail: row.StateDetail }) },
      { key: 'reason', label: 'Reason', cell: reasonCell, sortable: false, hidden: true },
      { key: 'publisher', label: 'Publisher', cell: (row) => row.Publisher },
      { key: 'language', label: 'Language', cell: (row) => row.Language, hidden: true },
      { key: 'source', label: 'Source', cell: (row) => SOURCE_LABELS[row.SourceKind] ?? row.SourceKind, hidden: true },
      { key: 'location', label: 'Location', cell: (row) => ({ kind: 'code', text: row.SourcePath }), hidden: true },
      { key: 'stamp', label: 'Package version', cell: (row) => row.CurrentVersion?.toString() ?? null },
      { key: 'files', label: 'Files', cell: (row) => row.FileCount, numeric: true, hidden: true },
      { key: 'size', label: 'Size', cell: (row) => ({ kind: 'bytes', bytes: row.TotalSize }), numeric: true },
      { key: 'servers', label: 'Servers ready', cell: serversCell, sortable: false },
      { key: 'programs', label: 'Programs', cell: (row) => row.Programs, numeric: true },
      policiesColumn,
      {
        key: 'refreshed',
        label: 'Last refresh',
        cell: (row) => ({ kind: 'time', at: row.LastRefreshAt, none: 'Never' }),
      },
      {
        key: 'next',
        label: 'Next refresh',
        cell: (row) => ({ kind: 'time', at: row.NextRefreshAt, none: 'When asked' }),
        hidden: true,
      },
      {
        key: 'used',
        label: 'Last asked for',
        cell: (row) => ({ kind: 'time', at: row.LastUsedAt, none: 'Never' }),
        hidden: true,
      },
      { key: 'modified', label: 'Modified', cell: (row) => ({ kind: 'time', at: row.ModifiedAt }), hidden: true },
      { key: 'owner', label: 'Owner', cell: (row) => row.Owner, hidden: true },
      { key: 'guid', label: 'GUID', cell: (row) => ({ kind: 'guid', guid: row.Guid }), sortable: false, hidden: true },
    ],
    filters: [
      {
        key: 'state',
        label: 'State',
        options: [
          { value: 'problem', label: 'Any problem' },
          ...PACKAGE_STATES.map((value) => ({ value, label: stateLook(value).label })),
        ],
      },
      {
        key: 'source',
        label: 'Source',
        options: Object.entries(SOURCE_LABELS).map(([value, label]) => ({ value, label })),
      },
      {
        key: 'mode',
        label: 'Goes to',
        options: DISTRIBUTION_MODES.map((value) => ({ value, label: MODE_WORDS[value] })),
      },
      {
        key: 'unused',
        label: 'Not asked for in',
        none: 'Any time',
        options: [
          { value: '7', label: '7 days' },
          { value: '30', label: '30 days' },
          { value: '90', label: '90 days' },
          { value: '365', label: 'a year' },
        ],
      },
    ],
    key: (row) => row.Guid,
    bulk: [
      { label: 'Update distribution points', path: '/packages/refresh', privilege: 'write', icon: 'refresh' },
      { label: 'Enable', path: '/packages/enable', privilege: 'write', icon: 'play' },
      { label: 'Disable', path: '/packages/disable', privilege: 'write', icon: 'pause', danger: true },
      { label: 'Resend', path: '/packages/resend', privilege: 'write', icon: 'delivery' },
      { label: 'Re-verify', path: '/packages/verify', privilege: 'write', icon: 'check' },
      { label: 'Clone', path: '/packages/clone', privilege: 'write', icon: 'copy' },
      { label: 'Explain for a computer', path: '/packages/explain', privilege: 'read', icon: 'explain' },
      { label: 'Delete', path: '/packages/delete', privilege: 'write', icon: 'trash', danger: true },
    ],
    empty: {
      title: 'No packages yet',
      text: 'A package is a folder of files with the command lines that install it. Agents fetch it when a policy tells them to run one of its programs.',
      action: { label: 'New package', href: at('/packages/new'), primary: true },
    },
    fetch: async ({ search, filters, sort, descending, offset, limit }) => {
      const { rows, total } = await listPackages(cmdb, {
        search,
        ...stateFilter(filters.state),
        ...(filters.source === undefined ? {} : { sourceKind: filters.source }),
        ...(filters.mode === undefined ? {} : { mode: filters.mode as DistributionMode }),
        ...(filters.unused === undefined ? {} : { unusedSince: utc(clock.now() - Number(filters.unused) * DAY) }),
        sort: SORTS[sort] ?? 'Name',
        descending,
        offset,
        limit,
      });
      return { rows: withReadiness(context, rows), total };
    },
  };
}

function stateFilter(state: string | undefined): Pick<PackageQuery, 'state' | 'problemsOnly'> {
  if (state === undefined) return {};
  return state === 'problem' ? { problemsOnly: true } : { state: state as PackageState };
}

const reasonCell = (row: PackageListRow): Cell => row.StateDetail || null;
