/** One run of a report: waiting, under way, or its result. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { fieldOf } from '../../../models/reports/parameterValues.ts';
import type { ReportRun } from '../../../models/reports/runFiles.ts';
import { counted, formatNumber, formatSpan } from '../format.ts';
import { at } from '../paths.ts';
import { notify, render, type PageAction } from '../render.ts';
import { lockOf, requirePrivilege } from '../signedIn.ts';
import { currentUser } from '../signedIn.ts';
import { loadRun } from './loadRun.ts';
import { drawResult, MOST_DRAWN } from './resultChart.ts';
import { exportResult } from './resultExport.ts';
import { resultTable } from './resultTable.ts';

const ROWS_A_PAGE = 100;
const LOOK_AGAIN_SECONDS = 2;

export function registerRunPage(router: Router, context: AppContext): void {
  const { reports } = context;

  router.get('/reports/runs/:guid', async (request, response) => {
    const run = loadRun(reports, request);
    const { format } = request.query;
    if ((format === 'csv' || format === 'json') && run.result !== undefined) {
      return exportResult(response, run, reports.rowsFile(run), format);
    }
    await showRun(request, response, context, run);
  });

  router.post('/reports/runs/:guid/cancel', requirePrivilege('reports'), async (request, response) => {
    const run = loadRun(reports, request);
    const cancelled = await reports.cancel(currentUser(request).guid, run.id);
    notify(request, cancelled ? 'The report was cancelled.' : 'The report had ended already.');
    response.redirect(303, at(`/reports/runs/${run.id}`));
  });

  router.post('/reports/runs/:guid/delete', requirePrivilege('reports'), (request, response) => {
    const run = loadRun(reports, request);
    const removed = reports.remove(currentUser(request).guid, run.id);
    notify(
      request,
      removed ? 'The result was deleted.' : 'The report is under way: cancel it first.',
      removed ? 'ok' : 'bad',
    );
    response.redirect(303, at('/reports/runs'));
  });
}

async function showRun(
  request: Request,
  response: Response,
  { cmdb, reports }: AppContext,
  run: ReportRun,
): Promise<void> {
  const isActive = run.state === 'waiting' || run.state === 'running';
  // Works without script, and brings the chart with it.
  if (isActive) response.set('Refresh', String(LOOK_AGAIN_SECONDS));
  const total = run.result?.rows ?? 0;
  const pages = Math.max(1, Math.ceil(total / ROWS_A_PAGE));
  const page = Math.min(pages, /^[1-9]\d{0,6}$/.test(String(request.query.page)) ? Number(request.query.page) : 1);
  const rows = await reports.rows(run, (page - 1) * ROWS_A_PAGE, ROWS_A_PAGE);
  const drawn =
    run.chart === undefined || run.result === undefined
      ? undefined
      : drawResult(run.chart, run.result.columns, await reports.rows(run, 0, MOST_DRAWN));
  await render(request, response, 'reports/run', {
    title: run.title,
    state: run.state,
    subtitle: summary(run),
    breadcrumb: [
      { label: 'Reports', href: at('/reports') },
      { label: 'My results', href: at('/reports/runs') },
    ],
    actions: actionsOf(request, run, isActive),
    charts: drawn !== undefined && 'chart' in drawn,
    run,
    isActive,
    drawn,
    notes: notesOf(run),
    table: run.result === undefined ? undefined : await resultTable(cmdb, run.result.columns, rows),
    pager: pagerOf(run, page, pages, rows.length),
  });
}

function summary({ state, result, milliseconds, values, timeLimitSeconds }: ReportRun): string {
  const asked = values.map(({ name, value }) => `${name} = ${value ?? 'NULL'}`).join(', ');
  const parts = [
    ...(result === undefined ? [] : [`${counted(result.rows, ['row', 'rows'])} in ${spent(milliseconds ?? 0)}`]),
    ...(state === 'running' ? [`Ends after ${formatSpan(timeLimitSeconds * 1000)} at the latest`] : []),
    ...(state === 'waiting' ? ['Waits for reports that run before it'] : []),
    ...(asked === '' ? [] : [asked]),
  ];
  return parts.join(' · ');
}

const spent = (milliseconds: number): string =>
  milliseconds < 1000 ? `${milliseconds} ms` : `${(milliseconds / 1000).toFixed(1)} s`;

function notesOf({ result, rowLimit }: ReportRun): string[] {
  if (result === undefined) return [];
  return [
    ...(result.cut === 'rows'
      ? [`Cut at ${formatNumber(rowLimit)} rows, the limit of this report: there are more.`]
      : []),
    ...(result.cut === 'bytes' ? ['Cut at 256 MB: there are more rows.'] : []),
    ...(result.cutTexts > 0
      ? [`${counted(result.cutTexts, ['value was', 'values were'])} too long for a cell and cut.`]
      : []),
  ];
}

function actionsOf(request: Request, run: ReportRun, isActive: boolean): PageAction[] {
  const page = at(`/reports/runs/${run.id}`);
  const asked = Object.fromEntries(run.values.map(({ name, value }) => [fieldOf(name), String(value ?? '')]));
  const again: PageAction = { label: 'Run again', href: at(`/reports/${run.reportGuid}`, asked), icon: 'refresh' };
  const disabled = lockOf(request, 'reports');
  if (isActive) return [{ label: 'Cancel', href: `${page}/cancel`, icon: 'close', post: true, disabled }];
  const exports: PageAction[] =
    run.result === undefined
      ? []
      : [
          { label: 'CSV', href: `${page}?format=csv`, icon: 'download' },
          { label: 'JSON', href: `${page}?format=json`, icon: 'download' },
        ];
  return [again, ...exports, { label: 'Delete', href: `${page}/delete`, icon: 'trash', post: true, disabled }];
}

function pagerOf(run: ReportRun, page: number, pages: number, rows: number) {
  const to = (number: number): string => at(`/reports/runs/${run.id}`, number === 1 ? {} : { page: String(number) });
  const first = (page - 1) * ROWS_A_PAGE;
  return {
    range:
      rows === 0
        ? ''
        : `${formatNumber(first + 1)}–${formatNumber(first + rows)} of ${formatNumber(run.result?.rows ?? 0)}`,
    text: `Page ${formatNumber(page)} of ${formatNumber(pages)}`,
    ...(page > 1 ? { first: to(1), previous: to(page - 1) } : {}),
    ...(page < pages ? { next: to(page + 1), last: to(pages) } : {}),
  };
}
