/** Reports of a running server: those that come with it are in the CMDB, and there is something that runs them. */
import { recordLastRun } from './changeReports.ts';
import { ReportRuns } from './reportRuns.ts';
import { installReadyReports } from './readyReports.ts';
import { openRunner, type RunnerOptions } from './runner/openRunner.ts';

export interface ReportsOptions extends RunnerOptions {
  /** Where results are kept. */
  folder: string;
  onError: (error: unknown) => void;
}

export async function openReports(options: ReportsOptions): Promise<ReportRuns> {
  const { cmdb, clock, folder, atOnce, onError } = options;
  await installReadyReports(cmdb, clock);
  return new ReportRuns({
    runner: openRunner(options),
    folder,
    clock,
    atOnce,
    onError,
    onSuccess: ({ ownerName, reportGuid, result, milliseconds }) =>
      recordLastRun(cmdb, clock, ownerName, reportGuid, { rows: result!.rows, milliseconds: milliseconds! }),
  });
}
