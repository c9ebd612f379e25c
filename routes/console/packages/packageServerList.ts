/** The package servers of one package: why it goes there, how far each is, what is wrong, what can be done. */
import type { AppContext } from '../../../app/context.ts';
import { assignmentReason, type Distribution } from '../../../models/packageServers/distribution.ts';
import { holdersOf, type HolderRow } from '../../../models/packageServers/overview.ts';
import type { PackageDetail } from '../../../models/packages/getPackage.ts';
import type { Guid } from '../../../wire/guid.ts';
import type { Cell, RowAction } from '../cells.ts';
import type { ListDefinition } from '../list.ts';
import { sitesCell } from '../packageServers/serverList.ts';
import { at } from '../paths.ts';

const MB = 1024 * 1024;

/** `none`: it is not assigned, and nothing of the package is there. */
export type PackageServerRow = Omit<HolderRow, 'state'> & {
  state: HolderRow['state'] | 'none';
  /** When the server last said something else of the package. */
  toldAt: string | null;
};

const STATES = ['ready', 'downloading', 'stale', 'pending', 'invalid', 'silent', 'unwanted', 'none'] as const;
const WORDS: Record<(typeof STATES)[number], string> = {
  ready: 'Ready',
  downloading: 'Downloading',
  stale: 'Stale',
  pending: 'Pending',
  invalid: 'Invalid',
  silent: 'Silent',
  unwanted: 'Not assigned any more',
  none: 'Not assigned',
};

const ASSIGNED_BY: Record<Distribution['mode'], string> = {
  all: 'All',
  servers: 'Individually',
  sites: 'By site',
  automatic: 'Automatically',
};

/** Every package server, in the order of their names; those that have nothing to do with the package in the state `none`. */
export async function packageServerRows(
  { cmdb, packages, packageServers }: AppContext,
  guid: Guid,
): Promise<PackageServerRow[]> {
  const entry = packages.get(guid);
  if (entry === undefined) return [];
  const told = await cmdb.db
    .selectFrom('PackageHolding')
    .select(['ResourceGuid', 'ChangedAt'])
    .where('PackageGuid', '=', guid)
    .execute();
  const toldAt = new Map(told.map((row) => [row.ResourceGuid, row.ChangedAt]));
  const holders = new Map(holdersOf(entry, packageServers).map((row) => [row.server.guid, row]));
  const { servers, sites } = packageServers.placement;
  const distribution = packageServers.distributionOf(guid);
  return [...servers.values()].map((server): PackageServerRow => {
    const row = holders.get(server.guid);
    if (row !== undefined) return { ...row, toldAt: toldAt.get(server.guid) ?? null };
    return {
      guid,
      name: entry.name,
      state: 'none',
      detail: '',
      progress: undefined,
      heldVersion: null,
      currentVersion: entry.version ?? null,
      size: entry.totalSize,
      server,
      sites: server.sites.map((site) => ({ guid: site, name: sites.get(site)?.name ?? site })),
      assigned: assignmentReason(distribution, server) ?? '',
      toldAt: null,
    };
  });
}

/** How many of the servers that are to hold the package have its current version. */
export const readyOf = (rows: readonly PackageServerRow[], version: number | null) => {
  const assigned = rows.filter(isAssigned);
  const [are, have] = assigned.length === 1 ? ['server is', 'server has'] : ['servers are', 'servers have'];
  return {
    done: assigned.filter(({ state }) => state === 'ready').length,
    total: assigned.length,
    unit: version === null ? `${are} ready` : `${have} version ${version}`,
  };
};

const isAssigned = ({ state }: PackageServerRow): boolean => state !== 'unwanted' && state !== 'none';

const SORTS: Record<string, (row: PackageServerRow) => string | number> = {
  name: (row) => row.server.name.toLowerCase(),
  state: (row) => STATES.indexOf(row.state),
  held: (row) => row.heldVersion ?? 0,
  told: (row) => row.toldAt ?? '',
};

export function packageServerList(
  software: PackageDetail,
  distribution: Distribution,
  rows: readonly PackageServerRow[],
  locked: string | undefined,
): ListDefinition<PackageServerRow> {
  return {
    path: `/packages/${software.Guid}/servers`,
    noun: ['package server', 'package servers'],
    search: 'server or site',
    sort: { key: 'name' },
    columns: [
      {
        key: 'name',
        label: 'Server',
        cell: ({ server }) => ({ kind: 'link', text: server.name, href: at(`/package-servers/${server.guid}`) }),
      },
      { key: 'site', label: 'Site', cell: sitesCell, sortable: false },
      { key: 'state', label: 'State', cell: stateCell },
      { key: 'progress', label: 'Progress', cell: progressCell, sortable: false },
      {
        key: 'held',
        label: 'Version held',
        cell: (row) => (row.heldVersion === null ? null : String(row.heldVersion)),
      },
      {
        key: 'detail',
        label: 'Detail',
        cell: (row) => (row.detail === '' ? null : { kind: 'prose', text: row.detail }),
        sortable: false,
      },
      {
        key: 'actions',
        label: 'Actions',
        cell: (row) => ({ kind: 'actions', actions: actionsOf(row, distribution.mode, locked) }),
        sortable: false,
      },
      {
        key: 'by',
        label: 'Assigned',
        cell: (row) => (isAssigned(row) ? ASSIGNED_BY[distribution.mode] : null),
        sortable: false,
      },
      { key: 'told', label: 'Last status', cell: (row) => ({ kind: 'time', at: row.toldAt, none: 'None' }) },
      {
        key: 'codebases',
        label: 'Codebases',
        cell: ({ server }) => ({ kind: 'prose', text: server.bases.map(({ url }) => url).join(' ') }),
        sortable: false,
        hidden: true,
      },
    ],
    filters: [
      { key: 'state', label: 'State', options: STATES.map((value) => ({ value, label: WORDS[value] })) },
      {
        key: 'show',
        label: 'Show',
        none: 'Its own',
        options: [{ value: 'all', label: 'Every server' }],
      },
    ],
    empty: {
      title: 'No package servers',
      text: 'No package server holds it or is to hold it: computers fetch it from this server.',
    },
    fetch: ({ search, filters, sort, descending, offset, limit }) => {
      const text = search.toLowerCase();
      const by = SORTS[sort] ?? SORTS.name!;
      const sign = descending ? -1 : 1;
      const isShown = ({ state }: PackageServerRow): boolean =>
        filters.state === undefined ? filters.show === 'all' || state !== 'none' : state === filters.state;
      const found = rows
        .filter(isShown)
        .filter(({ server, sites }) =>
          [server.name, ...sites.map(({ name }) => name)].some((name) => name.toLowerCase().includes(text)),
        )
        .sort((a, b) => (by(a) < by(b) ? -sign : by(a) > by(b) ? sign : 0));
      return Promise.resolve({ rows: found.slice(offset, offset + limit), total: found.length });
    },
  };
}

const stateCell = ({ state, detail }: PackageServerRow): Cell => ({
  kind: 'state',
  state: `held_${state}`,
  detail,
});

/** Whole megabytes: of a package that is smaller, the one that it is counted as. */
function progressCell(row: PackageServerRow): Cell {
  if (!isAssigned(row) || row.size === 0) return null;
  const total = Math.max(1, Math.round((row.progress?.total || row.size) / MB));
  const done = row.state === 'ready' ? total : Math.min(total, Math.floor((row.progress?.done ?? 0) / MB));
  return { kind: 'progress', done, total, unit: 'MB' };
}

const WHY_ALL: Record<Distribution['mode'], string> = {
  all: 'The package goes to all package servers: choose “individually” below to leave some out.',
  servers: '',
  sites: 'The package goes by site: tick sites below.',
  automatic: 'The package goes where it is asked for: tick sites below to prestage it there.',
};

function actionsOf(row: PackageServerRow, mode: Distribution['mode'], locked: string | undefined): RowAction[] {
  const path = at(`/packages/${row.guid}/servers/${row.server.guid}`);
  const isOn = isAssigned(row);
  const byHand = locked ?? (mode === 'servers' ? undefined : WHY_ALL[mode]);
  const only = locked ?? (isOn ? undefined : 'The package is not assigned to this server.');
  const again = at(`/package-servers/${row.server.guid}/again`, { package: row.guid });
  return [
    isOn
      ? { label: 'Unassign', href: `${path}/unassign`, post: true, disabled: byHand }
      : { label: 'Assign', href: `${path}/assign`, post: true, disabled: byHand },
    { label: 'Resend', href: `${path}/resend`, post: true, disabled: only },
    { label: 'Re-verify', href: `${path}/verify`, post: true, disabled: only },
    ...(row.heldVersion === null ? [] : [{ label: 'Fetch anew', href: again, dialog: true as const, disabled: only }]),
  ];
}
