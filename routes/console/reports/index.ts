/** Reports: administrators' own SQL over the compatibility views. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { registerChangeReports } from './changeReport.ts';
import { registerDeleteReports } from './deleteReports.ts';
import { registerDictionary } from './dictionary.ts';
import { registerLoginScript } from './loginScript.ts';
import { registerReportList } from './reportList.ts';
import { registerReportPage } from './reportPage.ts';
import { registerReportPlan } from './reportPlan.ts';
import { registerRunList } from './runList.ts';
import { registerRunPage } from './runPage.ts';

/** Addresses with a word come before `/reports/:guid`. */
export function registerReportPages(router: Router, context: AppContext): void {
  registerReportList(router, context);
  registerRunList(router, context);
  registerRunPage(router, context);
  registerDictionary(router, context);
  registerLoginScript(router, context);
  registerDeleteReports(router, context);
  registerChangeReports(router, context);
  registerReportPlan(router, context);
  registerReportPage(router, context);
}
