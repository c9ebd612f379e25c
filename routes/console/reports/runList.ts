/** A person's own results of the last day. */
import type { Request, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import type { ReportRun } from '../../../models/reports/runFiles.ts';
import { answerList, type ListDefinition } from '../list.ts';
import type { ListQuery } from '../listQuery.ts';
import { at } from '../paths.ts';
import { currentUser } from '../signedIn.ts';

export function registerRunList(router: Router, context: AppContext): void {
  router.get('/reports/runs', async (request, response) => {
    await answerList(request, response, runList(context, request), {
      title: 'My results',
      subtitle: 'Reports that you ran. A result is kept for a day, and nobody else sees it.',
      breadcrumb: [{ label: 'Reports', href: at('/reports') }],
    });
  });
}

function runList({ reports }: AppContext, request: Request): ListDefinition<ReportRun> {
  return {
    path: '/reports/runs',
    noun: ['result', 'results'],
    sort: { key: 'requested', descending: true },
    columns: [
      {
        key: 'title',
        label: 'Report',
        cell: ({ id, title }) => ({ kind: 'link', text: title, href: at(`/reports/runs/${id}`) }),
      },
      { key: 'state', label: 'State', cell: (run) => stateOf(run) },
      {
        key: 'parameters',
        label: 'Parameters',
        cell: ({ values }) => values.map(({ name, value }) => `${name} = ${value ?? 'NULL'}`).join(', '),
      },
      { key: 'requested', label: 'Asked for', cell: ({ requestedAt }) => ({ kind: 'time', at: requestedAt }) },
      {
        key: 'rows',
        label: 'Rows',
        cell: ({ result }) => ({ kind: 'number', value: result?.rows ?? null }),
        numeric: true,
      },
      {
        key: 'took',
        label: 'Took',
        cell: ({ milliseconds }) => ({ kind: 'number', value: milliseconds ?? null, unit: 'ms' }),
        numeric: true,
      },
    ],
    empty: {
      title: 'No results',
      text: 'Run a report: its result is found here for a day.',
      action: { label: 'Reports', href: at('/reports') },
    },
    fetch: (query) => Promise.resolve(pageOf(reports.list(currentUser(request).guid), query)),
  };
}

const stateOf = ({ state, reason }: ReportRun) =>
  ({ kind: 'state', state, ...(reason === undefined ? {} : { detail: reason }) }) as const;

const SORTED_BY: Readonly<Record<string, (run: ReportRun) => string | number>> = {
  title: (run) => run.title.toLowerCase(),
  state: (run) => run.state,
  parameters: (run) => run.values.length,
  rows: (run) => run.result?.rows ?? -1,
  took: (run) => run.milliseconds ?? -1,
};

/** There are at most some dozens. */
function pageOf(runs: readonly ReportRun[], { sort, descending, offset, limit }: ListQuery) {
  const by = SORTED_BY[sort] ?? ((run: ReportRun) => run.requestedAt);
  const sorted = [...runs].sort((one, other) => (by(one) < by(other) ? -1 : by(one) > by(other) ? 1 : 0));
  if (descending) sorted.reverse();
  return { rows: sorted.slice(offset, offset + limit), total: runs.length };
}
