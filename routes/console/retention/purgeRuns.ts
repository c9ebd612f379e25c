/** Runs of the purge: the button that asks for one, and what each did. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { listRuns, requestRun, type PurgeRun } from '../../../models/retention/purgeRuns.ts';
import { formatNumber } from '../format.ts';
import { answerList, type ListDefinition } from '../list.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { actorOf, requirePrivilege } from '../signedIn.ts';
import { retentionTabs } from './retentionTabs.ts';

export function registerPurgePages(router: Router, { cmdb, clock }: AppContext): void {
  router.get('/retention/runs', async (request, response) => {
    const definition: ListDefinition<PurgeRun> = {
      ...RUN_LIST,
      fetch: ({ offset, limit }) => listRuns(cmdb, offset, limit),
    };
    await answerList(request, response, definition, { title: 'Retention', tabs: retentionTabs('runs') });
  });

  router.post('/retention/run', requirePrivilege('write'), async (request, response) => {
    if (await requestRun(cmdb, clock, actorOf(request))) notify(request, 'The purge begins in a few seconds.');
    else notify(request, 'A run is under way or asked for already.', 'bad');
    response.redirect(303, at('/retention'));
  });
}

const RUN_LIST: Omit<ListDefinition<PurgeRun>, 'fetch'> = {
  path: '/retention/runs',
  noun: ['run', 'runs'],
  sort: { key: 'started', descending: true },
  columns: [
    {
      key: 'started',
      label: 'Started',
      cell: (run) => ({ kind: 'time', at: run.startedAt ?? run.requestedAt }),
      sortable: false,
    },
    { key: 'state', label: 'State', cell: (run) => ({ kind: 'state', state: `purge_${run.state}` }), sortable: false },
    {
      key: 'took',
      label: 'Took',
      cell: (run) => ({
        kind: 'span',
        milliseconds:
          run.endedAt === null || run.startedAt === null ? null : Date.parse(run.endedAt) - Date.parse(run.startedAt),
      }),
      sortable: false,
      numeric: true,
    },
    { key: 'removed', label: 'Rows deleted', cell: (run) => run.removed, sortable: false, numeric: true },
    { key: 'detail', label: 'Of which', cell: (run) => ({ kind: 'prose', text: detailText(run) }), sortable: false },
    { key: 'by', label: 'Asked for by', cell: (run) => run.requestedBy, sortable: false },
    { key: 'node', label: 'Server', cell: (run) => run.node || null, sortable: false },
  ],
  empty: {
    title: 'No run yet',
    text: 'The purge runs once a day at the time that Retention names, or when somebody asks for it.',
    action: { label: 'Retention', href: at('/retention') },
  },
};

const NAMED = 4;

function detailText({ detail }: PurgeRun): string {
  const most = detail.toSorted((one, other) => other.removed - one.removed);
  const named = most.slice(0, NAMED).map(({ label, removed }) => `${label} ${formatNumber(removed)}`);
  const rest = most.length - named.length;
  return rest > 0 ? `${named.join(', ')} and ${rest} more` : named.join(', ');
}
