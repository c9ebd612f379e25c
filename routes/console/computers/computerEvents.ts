/** What a computer has reported of packages, programs, tasks and log-ons, in one list, newest first. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { utc } from '../../../models/clock.ts';
import type { Session } from '../../../models/cmdb/types.ts';
import { successCodes } from '../../../models/events/deliveries.ts';
import {
  EVENT_KINDS,
  listComputerEvents,
  type ComputerEvent,
  type EventKind,
} from '../../../models/inventory/computerEvents.ts';
import { itemNames } from '../../../models/items/names.ts';
import type { Guid } from '../../../wire/guid.ts';
import type { Cell } from '../cells.ts';
import { answerList, type ListDefinition } from '../list.ts';
import { at } from '../paths.ts';
import { computerPage } from './computerPage.ts';
import { loadComputer } from './loadComputer.ts';

interface EventRow extends ComputerEvent {
  /** Undefined where there is no return code to judge by. */
  result: 'succeeded' | 'failed' | undefined;
  /** Names of today; undefined when the item is not there any more. */
  policyName: string | undefined;
  ownPackageName: string | undefined;
}

export function registerComputerEvents(router: Router, context: AppContext): void {
  router.get('/computers/:guid/events', async (request, response) => {
    const computer = await loadComputer(context.cmdb, request);
    await answerList(request, response, eventList(context, computer.Guid), {
      ...computerPage(context, request, computer, '/events'),
      template: 'computers/events',
      bad: await badEvents(context, computer.Guid),
    });
  });
}

/** The rest stands in the list of all bad events. */
const BAD_SHOWN = 5;

/** What the computer sent and could not be applied; undefined when there is none. */
async function badEvents({ queue }: AppContext, sender: Guid) {
  const { total, events } = await queue.listBad(0, BAD_SHOWN, { sender });
  if (total === 0) return undefined;
  return {
    total,
    href: at('/events/bad', { sender }),
    table: {
      caption: 'Bad events of this computer',
      columns: [{ label: 'Event' }, { label: 'Received' }, { label: 'Reason' }],
      rows: events.map((event) => [
        { kind: 'link', text: String(event.id), href: at(`/events/bad/${event.id}`) },
        { kind: 'time', at: utc(event.receivedAt) },
        { kind: 'prose', text: event.reason },
      ]),
    },
  };
}

function eventList({ cmdb }: AppContext, computer: Guid): ListDefinition<EventRow> {
  return {
    path: `/computers/${computer}/events`,
    noun: ['event', 'events'],
    sort: { key: 'at', descending: true },
    columns: [
      { key: 'at', label: 'When', cell: (row) => ({ kind: 'time', at: row.at }), sortable: false },
      {
        key: 'kind',
        label: 'What',
        cell: (row) => KINDS[row.kind],
        sortable: false,
      },
      { key: 'package', label: 'Package', cell: packageCell, sortable: false },
      { key: 'program', label: 'Program, task or user', cell: subjectCell, sortable: false },
      { key: 'status', label: 'Reported', cell: (row) => row.status, sortable: false },
      {
        key: 'result',
        label: 'Result',
        cell: (row) => (row.result === undefined ? null : { kind: 'state', state: row.result }),
        sortable: false,
      },
      // A code, not a quantity: 3010 is never 3,010.
      {
        key: 'code',
        label: 'Return code',
        cell: (row) => (row.returnCode === null ? null : { kind: 'code', text: String(row.returnCode) }),
        sortable: false,
      },
      { key: 'policy', label: 'Policy', cell: policyCell, sortable: false },
      {
        key: 'detail',
        label: 'Detail',
        cell: (row) => (row.kind === 'logOn' ? null : row.detail || null),
        sortable: false,
        hidden: true,
      },
    ],
    filters: [
      { key: 'kind', label: 'What', options: EVENT_KINDS.map((kind) => ({ value: kind, label: KINDS[kind] })) },
    ],
    empty: {
      title: 'No events yet',
      text: 'Each download of a package, each run of a program or task with its return code, and each log-on is shown here once the computer reports it.',
    },
    fetch: async ({ filters, offset, limit }) => {
      const kinds = filters.kind === undefined ? EVENT_KINDS : [filters.kind as EventKind];
      const { total, events } = await listComputerEvents(cmdb, computer, offset, limit, kinds);
      return { total, rows: await judged(cmdb, events) };
    },
  };
}

const KINDS: Readonly<Record<EventKind, string>> = {
  execution: 'Program run',
  package: 'Package',
  status: 'Policy status',
  packageServer: 'Package server',
  task: 'Task',
  logOn: 'Log-on',
};

async function judged(session: Session, events: readonly ComputerEvent[]): Promise<EventRow[]> {
  const policies = [...new Set(events.map((event) => event.policyGuid))].filter((guid) => guid !== null);
  const succeeds = await successCodes(session, policies);
  const names = await itemNames(session, [...policies, ...events.map((event) => event.packageGuid)]);
  const nameOf = (guid: Guid | null) => (guid === null ? undefined : names.get(guid));
  return events.map((event) => ({
    ...event,
    result: event.returnCode === null ? undefined : resultOf(event.returnCode, succeeds(event.policyGuid ?? undefined)),
    policyName: nameOf(event.policyGuid),
    ownPackageName: nameOf(event.packageGuid),
  }));
}

const resultOf = (code: number, succeeds: readonly number[]) => (succeeds.includes(code) ? 'succeeded' : 'failed');

/** Users as Windows writes them. */
function subjectCell({ kind, programName, detail }: EventRow): Cell {
  return (kind === 'logOn' && detail !== '' ? `${detail}\\${programName}` : programName) || null;
}

/** The name that the computer reported; a link as long as there is such a package. */
function packageCell({ packageGuid, packageName, ownPackageName }: EventRow): Cell {
  if (ownPackageName === undefined) return packageName || null;
  return { kind: 'link', text: packageName || ownPackageName, href: at(`/packages/${packageGuid}`) };
}

function policyCell({ policyGuid, policyName }: EventRow): Cell {
  if (policyName === undefined) return policyGuid === null ? null : 'Deleted';
  return { kind: 'link', text: policyName, href: at(`/policies/${policyGuid}`) };
}
