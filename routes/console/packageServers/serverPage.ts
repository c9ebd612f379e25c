/** One package server: what it is, how far its roll-out is, its disk, and its packages with their states. */
import type { Request, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { packagesOf } from '../../../models/packageServers/overview.ts';
import type { KnownServer } from '../../../models/packageServers/placement.ts';
import type { ROLL_OUT_STEPS } from '../../../models/packageServers/rollOut.ts';
import { type RollOutStep } from '../../../models/packageServers/rollOut.ts';
import { readServer, serverState, type ServerRow } from '../../../models/packageServers/serverRows.ts';
import { storageOf, toFetch } from '../../../models/packageServers/storage.ts';
import type { Cell } from '../cells.ts';
import { answerList } from '../list.ts';
import { notFound } from '../pageError.ts';
import { at } from '../paths.ts';
import type { PageAction, PageModel } from '../render.ts';
import { lockOf } from '../signedIn.ts';
import { heldList } from './heldList.ts';
import { loadPackageServer } from './loadPackageServer.ts';
import { sitesCell } from './serverList.ts';
import { serversCrumb } from './serverTabs.ts';
import { storageBar } from './storageBar.ts';

const REFRESH_SECONDS = 5;
const MB = 1024 * 1024;

const TABS = [
  ['', 'Packages'],
  ['/assigned', 'Assigned computers'],
  ['/activity', 'Computers a day'],
  ['/events', 'Events'],
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
    order('Refresh packages', 'resync', 'refresh'),
    order('Resend package status', 'resend'),
    order('Verify all files', 'verify'),
    isDraining ? order('End the draining', 'undrain', 'play') : order('Drain', 'drain', 'pause'),
    { label: 'Remove', href: at(`${path}/delete`), icon: 'trash', danger: true, dialog: true, disabled },
  ];
}

export function registerServerPage(router: Router, context: AppContext): void {
  router.get('/package-servers/:guid', async (request, response) => {
    const server = await loadPackageServer(context, request);
    const { cmdb, packageServerPolicies } = context;
    const row = await readServer(cmdb, context, server.guid, packageServerPolicies.of(server.guid)?.hash ?? '');
    if (row === undefined) throw notFound('package server');
    const rows = packagesOf(server, context);
    const storage = storageOf(row, server.record.settings.MinFreeDiskMb * MB, toFetch(rows));
    await answerList(request, response, heldList(context, server, rows, lockOf(request, 'write')), {
      ...serverPage(request, server, ''),
      template: 'packageServers/packageServer',
      refresh: row.counts.downloading > 0 && !server.isSilent ? REFRESH_SECONDS : undefined,
      facts: factsOf(server, row),
      problem: row.detail,
      steps: stepsOf(row.rollOut),
      storage: storage && storageBar(storage),
    });
  });
}

const STEP_WORDS: Record<(typeof ROLL_OUT_STEPS)[number], string> = {
  given: 'Service given',
  policy: 'Policy fetched',
  reporting: 'Service running',
  packages: 'Packages ready',
};

function stepsOf(steps: readonly RollOutStep[]) {
  return steps.map(({ name, state, at: time, text, hint }, index) => ({
    number: index + 1,
    label: STEP_WORDS[name],
    state,
    look: `step_${state}`,
    at: time,
    text,
    hint,
  }));
}

function factsOf(server: KnownServer, row: ServerRow): { label: string; cell: Cell }[] {
  const { settings, addresses } = server.record;
  return [
    { label: 'State', cell: { kind: 'state', state: row.state, detail: row.detail } },
    { label: row.isPlacedByAddress ? 'Site, by its address' : 'Sites', cell: sitesCell(row) },
    { label: 'Internet sites', cell: row.internetSites.map(({ name }) => name).join(', ') || 'None' },
    { label: 'Packages ready', cell: { kind: 'progress', done: row.ready, total: row.assigned } },
    { label: 'Computers within a day', cell: { kind: 'number', value: row.clientCount } },
    { label: 'Last report', cell: { kind: 'time', at: row.reportedAt, none: 'Never' } },
    {
      label: 'Last look',
      cell: { kind: 'time', at: row.probedAt, none: settings.IsProbed === 1 ? 'Not yet' : 'Switched off' },
    },
    { label: 'Fetches', cell: fetchesText(server) },
    { label: 'Addresses', cell: { kind: 'code', text: addresses.join(' ') || 'None known' } },
    { label: 'Computer', cell: { kind: 'link', text: row.fqdn || server.name, href: at(`/computers/${server.guid}`) } },
    { label: 'Operating system', cell: row.osName || 'Unknown' },
    { label: 'Version', cell: row.version || 'Unknown' },
    { label: 'History', cell: { kind: 'link', text: 'Audit log', href: at('/audit', { object: server.guid }) } },
  ];
}

/** Why it may be slow: by its own setting, beside the blockouts that hold for the agent. */
function fetchesText({ record: { settings } }: KnownServer): Cell {
  const speed = settings.ThrottleKb === 0 ? 'As fast as it goes' : `At most ${settings.ThrottleKb} KB a second`;
  const from = settings.IsConstrained === 1 ? ', from servers of its own site' : '';
  return { kind: 'prose', text: `${speed}${from}; not within blockouts of the agent settings policy` };
}
