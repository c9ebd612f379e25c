/** The list of conflicts; the open ones first. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { listConflicts, type ConflictRow } from '../../../models/resources/conflictList.ts';
import type { ConflictKind, ConflictState } from '../../../models/resources/conflicts.ts';
import { answerList, type ListDefinition } from '../list.ts';
import { at } from '../paths.ts';
import { conflictTitle, keyWords } from './conflictWords.ts';
import { duplicateTabs } from './duplicateTabs.ts';

const SORTS = {
  name: 'ResourceName',
  kind: 'Kind',
  first: 'FirstSeenAt',
  last: 'LastSeenAt',
  times: 'TimesSeen',
} as const;

export function registerConflictList(router: Router, context: AppContext): void {
  router.get('/duplicates', async (request, response) => {
    await answerList(request, response, conflictList(context), {
      title: 'Duplicates',
      subtitle: 'Machines that share a GUID, and computers that are known by two',
      tabs: duplicateTabs('conflicts'),
    });
  });
}

function conflictList({ cmdb }: AppContext): ListDefinition<ConflictRow> {
  return {
    path: '/duplicates',
    noun: ['conflict', 'conflicts'],
    search: 'computer name',
    sort: { key: 'last', descending: true },
    columns: [
      {
        key: 'name',
        label: 'Conflict',
        cell: (row) => ({ kind: 'link', text: conflictTitle(row), href: at(`/duplicates/${row.guid}`) }),
      },
      { key: 'kind', label: 'Kind', cell: (row) => (row.kind === 'shared' ? 'Shared GUID' : 'Two GUIDs') },
      { key: 'state', label: 'State', cell: (row) => ({ kind: 'state', state: row.state }), sortable: false },
      {
        key: 'evidence',
        label: 'Evidence',
        cell: (row) => (row.kind === 'shared' ? 'Hardware takes turns' : keyWords(row.keys[0] ?? '')),
        sortable: false,
      },
      {
        key: 'times',
        label: 'Seen',
        cell: (row) => ({ kind: 'number', value: row.timesSeen, unit: '×' }),
        numeric: true,
      },
      { key: 'last', label: 'Last seen', cell: (row) => ({ kind: 'time', at: row.lastSeenAt }) },
      { key: 'first', label: 'First seen', cell: (row) => ({ kind: 'time', at: row.firstSeenAt }), hidden: true },
      { key: 'by', label: 'Decided by', cell: (row) => row.decidedBy, sortable: false, hidden: true },
      { key: 'decision', label: 'Decision', cell: (row) => row.decision || null, sortable: false, hidden: true },
    ],
    filters: [
      {
        key: 'state',
        label: 'State',
        none: 'Open',
        options: [
          { value: 'ignored', label: 'Ignored' },
          { value: 'resolved', label: 'Resolved' },
          { value: 'all', label: 'All' },
        ],
      },
      {
        key: 'kind',
        label: 'Kind',
        options: [
          { value: 'shared', label: 'Shared GUID' },
          { value: 'duplicate', label: 'Two GUIDs' },
        ],
      },
    ],
    empty: {
      title: 'No open conflicts',
      text: 'Hardware keys are compared whenever a computer registers or sends inventory. When two machines take turns under one GUID, or one machine appears under two, it is shown here with the evidence.',
      action: { label: 'Computers', href: at('/computers') },
    },
    fetch: ({ search, filters, sort, descending, offset, limit }) =>
      listConflicts(cmdb, {
        search,
        state: filters.state === 'all' ? undefined : ((filters.state ?? 'open') as ConflictState),
        kind: filters.kind as ConflictKind | undefined,
        sort: SORTS[sort as keyof typeof SORTS] ?? 'LastSeenAt',
        descending,
        offset,
        limit,
      }),
  };
}
