/** The runner that belongs to a CMDB. */
import type { AnyCmdb } from '../../cmdb/open.ts';
import type { EventQueue } from '../../events/queue.ts';
import type { Clock } from '../../clock.ts';
import { ensureReportViews } from './mssqlViews.ts';
import { MssqlRunner } from './mssqlRunner.ts';
import type { QueueRow } from './readOnlyConnection.ts';
import { localTime } from './sqlServerFunctions.ts';
import { QueryFailed, type ReportRunner } from './runner.ts';
import { SqliteRunner } from './sqliteRunner.ts';

export interface RunnerOptions {
  cmdb: AnyCmdb;
  /** Address of the CMDB: `sqlite:<file>` names its file. */
  cmdbAddress: string;
  /** NS_REPORTS_CMDB; empty: none. */
  reportsAddress: string;
  queue: Pick<EventQueue, 'state'>;
  clock: Clock;
  atOnce: number;
  memoryMb: number;
  /** Environment of the processes in which reports run. */
  environment: Readonly<Record<string, string>>;
}

export function openRunner(options: RunnerOptions): ReportRunner {
  const { cmdb, cmdbAddress, reportsAddress, clock, atOnce } = options;
  if (cmdb.engine === 'sqlite') {
    return new SqliteRunner({
      database: cmdbAddress.replace(/^sqlite:/, ''),
      now: () => clock.now(),
      queues: () => queueRows(options.queue),
      environment: options.environment,
      memoryLimit: options.memoryMb * 1024 * 1024,
    });
  }
  if (reportsAddress === '') return SWITCHED_OFF;
  return new MssqlRunner({ address: reportsAddress, atOnce, refreshViews: () => ensureReportViews(cmdb) });
}

const WHY_OFF =
  'Reports are switched off: on SQL Server they run under a login of their own that may only read the report views, and NS_REPORTS_CMDB names none.';

const SWITCHED_OFF: ReportRunner = {
  switchedOff: WHY_OFF,
  run: () => ({
    cancel: () => undefined,
    done: Promise.resolve({ state: 'failed', milliseconds: 0, reason: WHY_OFF }),
  }),
  explain: () => Promise.reject(new QueryFailed(WHY_OFF)),
  close: () => Promise.resolve(),
};

async function queueRows(queue: Pick<EventQueue, 'state'>): Promise<QueueRow[]> {
  const { classes } = await queue.state();
  return classes.map(({ name, depth, bytes, oldestAt }) => [
    name,
    depth,
    bytes,
    oldestAt === undefined ? null : localTime(new Date(oldestAt)),
  ]);
}
