/** What happened to a computer, newest first. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { readTimeline, type TimelinePage } from '../../../models/computers/timeline.ts';
import type { Guid } from '../../../wire/guid.ts';
import { answerList, type ListDefinition } from '../list.ts';
import { computerPage } from './computerPage.ts';
import { loadComputer } from './loadComputer.ts';

type Entry = TimelinePage['entries'][number];

const KINDS: Readonly<Record<string, string>> = {
  registered: 'Registered',
  policy: 'Policies changed',
  delivered: 'Delivered',
  deliveryFailed: 'Delivery failed',
  retired: 'Retired',
  deleted: 'Deleted',
  cameBack: 'Came back',
  conflict: 'Identity conflict',
  merged: 'Merged',
  mergeUndone: 'Merge undone',
  split: 'Split',
  flagged: 'Flagged',
  inventory: 'Inventory',
};

export function registerComputerTimeline(router: Router, context: AppContext): void {
  router.get('/computers/:guid/timeline', async (request, response) => {
    const computer = await loadComputer(context.cmdb, request);
    await answerList(
      request,
      response,
      timelineList(context, computer.Guid),
      computerPage(context, request, computer, '/timeline'),
    );
  });
}

function timelineList({ cmdb }: AppContext, computer: Guid): ListDefinition<Entry> {
  return {
    path: `/computers/${computer}/timeline`,
    noun: ['entry', 'entries'],
    sort: { key: 'at', descending: true },
    columns: [
      { key: 'at', label: 'When', cell: (entry) => ({ kind: 'time', at: entry.at }), sortable: false },
      { key: 'kind', label: 'What', cell: (entry) => KINDS[entry.kind] ?? entry.kind, sortable: false },
      { key: 'detail', label: 'Detail', cell: (entry) => ({ kind: 'prose', text: entry.detail }), sortable: false },
    ],
    empty: {
      title: 'Nothing yet',
      text: 'The timeline shows what changed: registrations, new policies, deliveries. Check-ins that changed nothing are not kept.',
    },
    fetch: async ({ offset, limit }) => {
      const { total, entries } = await readTimeline(cmdb, computer, offset, limit);
      return { total, rows: entries };
    },
  };
}
