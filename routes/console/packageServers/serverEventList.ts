/** What a package server told of its packages by events, newest first. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { listServerEvents, type ServerEvent } from '../../../models/packageServers/serverEvents.ts';
import type { Guid } from '../../../wire/guid.ts';
import type { Cell } from '../cells.ts';
import { answerList, type ListDefinition } from '../list.ts';
import { at } from '../paths.ts';
import { loadPackageServer } from './loadPackageServer.ts';
import { serverPage } from './serverPage.ts';

/** Those that package servers send (packages.md section 5). */
const STATUSES = ['Codebase Enabled', 'Download Failed'] as const;

export function registerServerEvents(router: Router, context: AppContext): void {
  router.get('/package-servers/:guid/events', async (request, response) => {
    const server = await loadPackageServer(context, request);
    await answerList(request, response, eventList(context, server.guid), serverPage(request, server, '/events'));
  });
}

function eventList({ cmdb }: AppContext, server: Guid): ListDefinition<ServerEvent> {
  return {
    path: `/package-servers/${server}/events`,
    noun: ['event', 'events'],
    sort: { key: 'at', descending: true },
    columns: [
      { key: 'at', label: 'When', cell: (row) => ({ kind: 'time', at: row.at }), sortable: false },
      { key: 'status', label: 'Told', cell: statusCell, sortable: false },
      { key: 'package', label: 'Package', cell: packageCell, sortable: false },
      {
        key: 'version',
        label: 'Version',
        cell: ({ version }) => (version === null ? null : String(version)),
        sortable: false,
      },
      { key: 'codebase', label: 'Offered at', cell: (row) => ({ kind: 'code', text: row.codebase }), sortable: false },
    ],
    filters: [{ key: 'status', label: 'Told', options: STATUSES.map((value) => ({ value, label: value })) }],
    empty: {
      title: 'It has told of no package yet',
      text: 'An event comes when a package is ready there (Codebase Enabled), and when fetching one begins to fail. The state of packages does not rest on events.',
    },
    fetch: ({ filters, offset, limit }) => listServerEvents(cmdb, server, { status: filters.status, offset, limit }),
  };
}

const LOOKS: Record<string, string> = { 'Codebase Enabled': 'codebase_enabled', 'Download Failed': 'download_failed' };

const statusCell = ({ status }: ServerEvent): Cell =>
  LOOKS[status] === undefined ? status : { kind: 'state', state: LOOKS[status] };

function packageCell({ packageGuid, packageName }: ServerEvent): Cell {
  if (packageGuid === null) return null;
  if (packageName === null) return { kind: 'guid', guid: packageGuid };
  return { kind: 'link', text: packageName, href: at(`/packages/${packageGuid}/servers`) };
}
