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

export function machineUsage(context: AppContext): Service {
  const { cmdb, clock, log } = context;
  const owner = randomUUID();
  let stopping = false;
  const work = async (): Promise<void> => {
    const lastRun = Date.parse((await readSetting(cmdb, LAST_RUN)) ?? '') || 0;
    if (stopping || lastRun >= lastStart(clock.now())) return;
    const holds = () => takeLease(cmdb, clock, LEASE_NAME, owner, LEASE_MS);
    if (!(await holds())) return;
    const started = clock.now();
    let complete = true;
    const { computers } = await computeMachineUsage(cmdb, clock, async () => {
      complete = !stopping && (await holds());
      return complete;
    });
    // What was cut off is begun anew by whoever looks next.
    if (complete) await writeSetting(cmdb, clock, LAST_RUN, utc(started), 'system');
    await endLease(cmdb, LEASE_NAME, owner);
    log.info({ computers, complete }, 'machine usage was computed');
  };
  const service = every(LOOK_MS, work, (error) => log.error({ err: error }, 'machine usage cannot be computed'));
  return {
    start: service.start,
    stop: async () => {
      stopping = true;
      await service.stop();
    },
  };
}

/** The latest start that is not after `now`. */
function lastStart(now: number): number {
  const start = new Date(now);
  start.setHours(START_HOUR, 0, 0, 0);
  if (start.getTime() > now) start.setDate(start.getDate() - 1);
  return start.getTime();
}
