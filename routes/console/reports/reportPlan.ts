/** The SQL of a report, and how the database would find its rows. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { readValues } from '../../../models/reports/parameterValues.ts';
import { BIG_TABLE, QueryFailed, type QueryPlan } from '../../../models/reports/runner/runner.ts';
import type { ReportRuns } from '../../../models/reports/reportRuns.ts';
import type { ReportParameter } from '../../../models/reports/definition.ts';
import { render } from '../render.ts';
import { lockOf } from '../signedIn.ts';
import { loadReport } from './loadReport.ts';
import { reportFrame } from './reportPage.ts';

export function registerReportPlan(router: Router, { cmdb, reports }: AppContext): void {
  router.get('/reports/:guid/plan', async (request, response) => {
    const report = await loadReport(cmdb, request);
    const locked = lockOf(request, 'reports') ?? reports.runner.switchedOff;
    const plan = locked === undefined ? await planOf(reports, report.sql, report.parameters) : { problem: locked };
    await render(request, response, 'reports/plan', { ...reportFrame(request, report, 'plan'), sql: report.sql, plan });
  });
}

export interface ShownPlan {
  lines?: QueryPlan['lines'];
  warnings?: string[];
  problem?: string;
}

/** @returns a plan, or the sentence that says why there is none */
export async function planOf(
  reports: ReportRuns,
  sql: string,
  parameters: readonly ReportParameter[],
): Promise<ShownPlan> {
  const empty = parameters.map((parameter) => ({ ...parameter, byDefault: '' }));
  try {
    const { lines, scans } = await reports.explain(sql, readValues(empty, {}));
    return { lines, warnings: scans.flatMap(warningOf) };
  } catch (error) {
    if (!(error instanceof QueryFailed)) throw error;
    return { problem: error.message };
  }
}

function warningOf({ table, rows, byIndex }: QueryPlan['scans'][number]): string[] {
  if (rows <= BIG_TABLE) return [];
  const what = byIndex ? 'It reads a whole index of' : 'It reads every row of';
  return [
    `${what} ${table}, which has more than ${BIG_TABLE.toLocaleString('en-US')}: that is slow, and slower with every row. Narrow it down by a column that has an index, such as _ResourceGuid, Guid or InventoryClassGuid.`,
  ];
}
