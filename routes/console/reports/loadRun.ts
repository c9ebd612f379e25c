import type { Request } from 'express';
import type { ReportRuns } from '../../../models/reports/reportRuns.ts';
import type { ReportRun } from '../../../models/reports/runFiles.ts';
import { parseGuid } from '../../../wire/guid.ts';
import { PageError } from '../pageError.ts';
import { currentUser } from '../signedIn.ts';

/** The run that the address names, if it is the signed-in user's own. @throws PageError */
export function loadRun(reports: ReportRuns, request: Request): ReportRun {
  const id = parseGuid(String(request.params.guid));
  const run = id && reports.get(currentUser(request).guid, id);
  if (run !== undefined) return run;
  throw new PageError(
    404,
    'There is no such result',
    'Results are kept for a day, for the person who ran the report, on the server that ran it.',
    'Run the report again.',
  );
}
