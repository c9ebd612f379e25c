/** The list of package servers. */
import type { AppContext } from '../../../app/context.ts';
import { listServers, packagesOf, readiness, type ServerRow } from '../../../models/packageServers/overview.ts';
import type { Cell } from '../cells.ts';
import type { ListDefinition } from '../list.ts';
import { at } from '../paths.ts';

const FILTERED_STATES = ['active', 'draining', 'unreachable', 'silent', 'never', 'disabled'] as const;
const STATE_WORDS: Record<(typeof FILTERED_STATES)[number], string> = {
  active: 'Active',
  draining: 'Draining',
  unreachable: 'Not reachable',
  silent: 'Silent',
  never: 'Never seen',
  disabled: 'Disabled',
};

interface Row extends ServerRow {
  ready: number;
  assigned: number;
}

const SORTS: Record<string, (row: ServerRow) => string | number> = {
  name: (row) => row.name.toLowerCase(),
  state: (row) => row.state,
  free: (row) => row.freeBytes ?? -1,
  stored: (row) => row.storedBytes ?? -1,
  clients: (row) => row.clientCount ?? -1,
  version: (row) => row.version,
  reported: (row) => row.reportedAt ?? '',
};

export function serverList(context: AppContext): ListDefinition<Row> {
  return {
    path: '/package-servers',
    noun: ['package server', 'package servers'],
    search: 'name or site',
    sort: { key: 'name' },
    columns: [
      {
        key: 'name',
        label: 'Name',
        cell: (row) => ({ kind: 'link', text: row.name, href: at(`/package-servers/${row.guid}`) }),
      },
      { key: 'state', label: 'State', cell: (row) => ({ kind: 'state', state: row.state, detail: row.detail }) },
      { key: 'sites', label: 'Sites', cell: sitesCell, sortable: false },
      {
        key: 'ready',
        label: 'Packages ready',
        cell: ({ ready, assigned }) => ({ kind: 'progress', done: ready, total: assigned }),
        sortable: false,
      },
      { key: 'free', label: 'Free disk', cell: (row) => ({ kind: 'bytes', bytes: row.freeBytes }), numeric: true },
      {
        key: 'stored',
        label: 'Packages on disk',
        cell: (row) => ({ kind: 'bytes', bytes: row.storedBytes }),
        numeric: true,
      },
      {
        key: 'clients',
        label: 'Computers a day',
        cell: (row) => ({ kind: 'number', value: row.clientCount }),
        numeric: true,
      },
      { key: 'version', label: 'Version', cell: (row) => row.version, hidden: true },
      { key: 'reported', label: 'Last report', cell: (row) => ({ kind: 'time', at: row.reportedAt, none: 'Never' }) },
      { key: 'guid', label: 'GUID', cell: (row) => ({ kind: 'guid', guid: row.guid }), sortable: false, hidden: true },
    ],
    filters: [
      { key: 'state', label: 'State', options: FILTERED_STATES.map((value) => ({ value, label: STATE_WORDS[value] })) },
    ],
    key: (row) => row.guid,
    empty: {
      title: 'No package servers yet',
      text: 'A package server keeps packages close to the computers of a site. Until there is one, every computer fetches from this server.',
      action: { label: 'New package server', href: at('/package-servers/new'), primary: true },
    },
    fetch: async ({ search, filters, sort, descending, offset, limit }) => {
      const rows = await listServers(context.cmdb, context, { search, state: filters.state });
      const by = SORTS[sort] ?? SORTS.name!;
      const sign = descending ? -1 : 1;
      rows.sort((a, b) => (by(a) < by(b) ? -sign : by(a) > by(b) ? sign : 0));
      const shown = rows.slice(offset, offset + limit).map((row) => ({ ...row, ...readinessOf(context, row) }));
      return { rows: shown, total: rows.length };
    },
  };
}

function readinessOf(context: AppContext, { guid }: ServerRow): { ready: number; assigned: number } {
  const server = context.packageServers.get(guid);
  return server === undefined ? { ready: 0, assigned: 0 } : readiness(packagesOf(server, context));
}

export function sitesCell({ sites }: Pick<ServerRow, 'sites'>): Cell {
  if (sites.length === 0) return { kind: 'text', text: 'None', note: 'by its address' };
  if (sites.length === 1) return { kind: 'link', text: sites[0]!.name, href: at(`/sites/${sites[0]!.guid}`) };
  return { kind: 'prose', text: sites.map(({ name }) => name).join(', ') };
}
