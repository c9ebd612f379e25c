/** Computes machine usage and primary users once a day at night, on one node of all. */
import { randomUUID } from 'node:crypto';
import { utc } from '../../models/clock.ts';
import { computeMachineUsage } from '../../models/associations/machineUsage.ts';
import { endLease, takeLease } from '../../models/retention/lease.ts';
import { readSetting, writeSetting } from '../../models/settings/settingStore.ts';
import type { AppContext } from '../context.ts';
import { every, type Service } from './service.ts';

const LOOK_MS = 10 * 60_000;
/** Local time: when nobody waits for anything. */
const START_HOUR = 3;
const LEASE_NAME = 'machineUsage';
const LEASE_MS = 5 * 60_000;
const LAST_RUN = 'machineUsage.lastRunAt';

type Deps = Pick<AppContext, 'cmdb' | 'clock' | 'log'>;

export function machineUsage(context: AppContext): Service {
  const owner = randomUUID();
  let stopping = false;
  const service = every(
    LOOK_MS,
    () => computeIfDue(context, owner, () => stopping),
    (error) => context.log.error({ err: error }, 'machine usage cannot be computed'),
  );
  return {
    start: service.start,
    stop: async () => {
      stopping = true;
      await service.stop();
    },
  };
}

/** Answers whether it was computed to the end. What is cut off is begun anew by whoever looks next. */
export async function computeIfDue(
  { cmdb, clock, log }: Deps,
  owner: string,
  isStopping: () => boolean,
): Promise<boolean> {
  const lastRun = Date.parse((await readSetting(cmdb, LAST_RUN)) ?? '') || 0;
  if (isStopping() || lastRun >= lastStart(clock.now())) return false;
  const holds = () => takeLease(cmdb, clock, LEASE_NAME, owner, LEASE_MS);
  if (!(await holds())) return false;
  const started = clock.now();
  let complete = true;
  const { computers } = await computeMachineUsage(cmdb, clock, async () => {
    complete = !isStopping() && (await holds());
    return complete;
  });
  if (complete) await writeSetting(cmdb, clock, LAST_RUN, utc(started), 'system');
  await endLease(cmdb, LEASE_NAME, owner);
  log.info({ computers, complete }, 'machine usage was computed');
  return complete;
}

/** The latest start that is not after `now`. */
function lastStart(now: number): number {
  const start = new Date(now);
  start.setHours(START_HOUR, 0, 0, 0);
  if (start.getTime() > now) start.setDate(start.getDate() - 1);
  return start.getTime();
}
