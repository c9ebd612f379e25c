/** One package server: what it is, and its packages with their states. */
import type { Request, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import {
  listServers,
  packagesOf,
  readiness,
  serverState,
  type HeldRow,
  type ServerRow,
} from '../../../models/packageServers/overview.ts';
import type { KnownServer } from '../../../models/packageServers/placement.ts';
import type { Cell } from '../cells.ts';
import { answerList, type ListDefinition } from '../list.ts';
import { at } from '../paths.ts';
import type { PageAction, PageModel } from '../render.ts';
import { lockOf } from '../signedIn.ts';
import { loadPackageServer } from './loadPackageServer.ts';
import { sitesCell } from './serverList.ts';
import { serversCrumb } from './serverTabs.ts';

const REFRESH_SECONDS = 5;
const MB = 1024 * 1024;

const TABS = [
  ['', 'Packages'],
  ['/settings', 'Settings'],
] as const;

export function serverPage(request: Request, server: KnownServer, tab: (typeof TABS)[number][0]): PageModel {
  const path = `/package-servers/${server.guid}`;
  return {
    title: server.name,
    state: serverState(server).state,
    subtitle: server.bases.map(({ url }) => url).join(' · '),
    breadcrumb: [serversCrumb],
    actions: actionsOf(server, lockOf(request, 'write')),
    tabs: TABS.map(([below, label]) => ({ label, href: at(path + below), current: below === tab })),
  };
}

function actionsOf({ guid, record }: KnownServer, disabled: string | undefined): PageAction[] {
  const path = `/package-servers/${guid}`;
  const isDraining = record.settings.IsDraining === 1;
  const order = (label: string, name: string, icon?: string): PageAction => ({
    label,
    href: at(`${path}/${name}`),
    icon,
    post: true,
    disabled,
  });
  return [
    order('Fetch and report anew', 'resync', 'refresh'),
    order('Verify all files', 'verify'),
    isDraining ? order('End the draining', 'undrain', 'play') : order('Drain', 'drain', 'pause'),
    { label: 'Remove', href: at(`${path}/delete`), icon: 'trash', danger: true, dialog: true, disabled },
  ];
}

export function registerServerPage(router: Router, context: AppContext): void {
  router.get('/package-servers/:guid', async (request, response) => {
    const server = await loadPackageServer(context, request);
    const rows = packagesOf(server, context);
    const row = (await listServers(context.cmdb, context, { search: server.guid }))[0]!;
    const isUnderWay = rows.some(({ state }) => state === 'downloading');
    await answerList(request, response, heldList(server, rows), {
      ...serverPage(request, server, ''),
      template: 'packageServers/packageServer',
      refresh: isUnderWay ? REFRESH_SECONDS : undefined,
      facts: factsOf(server, row, rows),
      problem: row.detail,
    });
  });
}

function factsOf(server: KnownServer, row: ServerRow, rows: readonly HeldRow[]): { label: string; cell: Cell }[] {
  const { ready, assigned } = readiness(rows);
  return [
    { label: 'State', cell: { kind: 'state', state: row.state, detail: row.detail } },
    { label: row.isPlacedByAddress ? 'Site, by its address' : 'Sites', cell: sitesCell(row) },
    { label: 'Packages ready', cell: { kind: 'progress', done: ready, total: assigned } },
    { label: 'Disk', cell: diskCell(row) },
    { label: 'Free disk', cell: { kind: 'bytes', bytes: row.freeBytes } },
    { label: 'Packages on disk', cell: { kind: 'bytes', bytes: row.storedBytes } },
    { label: 'Computers within a day', cell: { kind: 'number', value: row.clientCount } },
    { label: 'Last report', cell: { kind: 'time', at: row.reportedAt, none: 'Never' } },
    {
      label: 'Last look',
      cell: {
        kind: 'time',
        at: row.probedAt,
        none: server.record.settings.IsProbed === 1 ? 'Not yet' : 'Switched off',
      },
    },
    { label: 'Addresses', cell: { kind: 'code', text: server.record.addresses.join(' ') || 'None known' } },
    { label: 'Computer', cell: { kind: 'link', text: server.name, href: at(`/computers/${server.guid}`) } },
    { label: 'Version', cell: row.version || 'Unknown' },
    { label: 'History', cell: { kind: 'link', text: 'Audit log', href: at('/audit', { object: server.guid }) } },
  ];
}

/** How full its disk is. */
function diskCell({ freeBytes, totalBytes }: ServerRow): Cell {
  if (freeBytes === null || totalBytes === null || totalBytes === 0) return 'Unknown';
  const used = totalBytes - freeBytes;
  return { kind: 'progress', done: Math.round(used / MB), total: Math.round(totalBytes / MB), unit: 'MB used' };
}

const HELD_STATES = ['ready', 'downloading', 'stale', 'pending', 'invalid', 'silent', 'unwanted'] as const;
const WORDS: Record<(typeof HELD_STATES)[number], string> = {
  ready: 'Ready',
  downloading: 'Downloading',
  stale: 'Stale',
  pending: 'Pending',
  invalid: 'Invalid',
  silent: 'Silent',
  unwanted: 'Not assigned',
};

const SORTS: Record<string, (row: HeldRow) => string | number> = {
  name: (row) => row.name.toLowerCase(),
  state: (row) => HELD_STATES.indexOf(row.state),
  held: (row) => row.heldVersion ?? 0,
  current: (row) => row.currentVersion ?? 0,
  size: (row) => row.size,
};

function heldList(server: KnownServer, rows: readonly HeldRow[]): ListDefinition<HeldRow> {
  return {
    path: `/package-servers/${server.guid}`,
    noun: ['package', 'packages'],
    search: 'name',
    sort: { key: 'name' },
    columns: [
      {
        key: 'name',
        label: 'Package',
        cell: (row) => ({ kind: 'link', text: row.name, href: at(`/packages/${row.guid}/servers`) }),
      },
      { key: 'state', label: 'State', cell: heldState },
      { key: 'progress', label: 'Progress', cell: progressCell, sortable: false },
      {
        key: 'held',
        label: 'Version held',
        cell: (row) => (row.heldVersion === null ? null : String(row.heldVersion)),
      },
      {
        key: 'current',
        label: 'Current version',
        cell: (row) => (row.currentVersion === null ? null : String(row.currentVersion)),
      },
      { key: 'size', label: 'Size', cell: (row) => ({ kind: 'bytes', bytes: row.size }), numeric: true },
      { key: 'detail', label: 'Detail', cell: (row) => ({ kind: 'prose', text: row.detail }), sortable: false },
    ],
    filters: [{ key: 'state', label: 'State', options: HELD_STATES.map((value) => ({ value, label: WORDS[value] })) }],
    empty: {
      title: 'Nothing to hold',
      text: 'No package with a published snapshot is assigned to this server. The tab Package servers of a package says which servers it goes to.',
    },
    fetch: ({ search = '', filters, sort, descending, offset, limit }) => {
      const text = search.trim().toLowerCase();
      const by = SORTS[sort] ?? SORTS.name!;
      const sign = descending ? -1 : 1;
      const found = rows
        .filter(({ name, guid }) => name.toLowerCase().includes(text) || guid === text)
        .filter(({ state }) => filters.state === undefined || state === filters.state)
        .sort((a, b) => (by(a) < by(b) ? -sign : by(a) > by(b) ? sign : 0));
      return Promise.resolve({ rows: found.slice(offset, offset + limit), total: found.length });
    },
  };
}

export const heldState = ({ state, detail }: HeldRow): Cell => ({ kind: 'state', state: `held_${state}`, detail });

export function progressCell({ progress }: HeldRow): Cell {
  if (progress === undefined || progress.total === 0) return null;
  return {
    kind: 'progress',
    done: Math.round(progress.done / MB),
    total: Math.max(1, Math.round(progress.total / MB)),
    unit: 'MB',
  };
}
