/** Starts the purge when it is due or asked for, and samples sizes once a day; both in a thread that ends with the work. */
import { Worker } from 'node:worker_threads';
import { lastRuns } from '../../models/retention/purgeRuns.ts';
import { isSampledToday } from '../../models/retention/runPurge.ts';
import { isDue, readSchedule } from '../../models/retention/schedule.ts';
import type { AppContext } from '../context.ts';
import type { PurgeThreadData } from './purgeThread.ts';
import { every, type Service } from './service.ts';

/** Somebody who asks for a run watches for it to begin. */
const LOOK_MS = 2000;
/** A server that has just started has other things to do. */
const SAMPLE_AFTER_MS = 5 * 60_000;
const SAMPLE_LOOK_MS = 60_000;
const MOST_MEMORY_MB = 256;

export function purging(context: AppContext): Service {
  const { cmdb, clock, settings, log } = context;
  const upSince = clock.now();
  let sampleLookAt = upSince + SAMPLE_AFTER_MS;
  let worker: Worker | undefined;
  let failing = false;

  const run = (work: PurgeThreadData['work'], maxMinutes: number): Promise<void> => {
    const workerData: PurgeThreadData = { work, cmdb: settings.cmdb, dataDir: settings.dataDir, maxMinutes };
    const thread = new Worker(new URL('./purgeThread.ts', import.meta.url), {
      workerData,
      name: work,
      resourceLimits: { maxOldGenerationSizeMb: MOST_MEMORY_MB },
    });
    worker = thread;
    thread.on('message', (state: string) => log.info({ state }, 'the purge has ended'));
    thread.on('error', (error) =>
      log.error({ err: error }, work === 'purge' ? 'the purge failed' : 'sizes cannot be sampled'),
    );
    return new Promise((resolve) =>
      thread.on('exit', () => {
        worker = undefined;
        resolve();
      }),
    );
  };

  const look = async (): Promise<void> => {
    const schedule = await readSchedule(cmdb);
    const [last] = await lastRuns(cmdb, 1);
    failing = false;
    const now = clock.now();
    if (isDue(schedule, last, now, upSince)) return run('purge', schedule.maxMinutes);
    if (now < sampleLookAt) return;
    sampleLookAt = now + SAMPLE_LOOK_MS;
    if (!(await isSampledToday(cmdb, clock))) await run('sample', schedule.maxMinutes);
  };

  const looking = every(LOOK_MS, look, (error) => {
    if (!failing) log.error({ err: error }, 'whether a purge is due cannot be read');
    failing = true;
  });
  return {
    start: () => looking.start(),
    stop: async () => {
      worker?.postMessage('stop');
      await looking.stop();
    },
  };
}
