/** Entry of the thread that purges, or samples sizes: on a CMDB connection of its own it holds up no request. */
import { hostname } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { parentPort, threadId, workerData } from 'node:worker_threads';
import { systemClock } from '../../models/clock.ts';
import { openCmdb } from '../../models/cmdb/open.ts';
import { sampleSpace } from '../../models/retention/measureSpace.ts';
import { runPurge, type RunOptions } from '../../models/retention/runPurge.ts';

export interface PurgeThreadData {
  work: 'purge' | 'sample';
  cmdb: string;
  dataDir: string;
  maxMinutes: number;
}

/** Writers that wait get their turn, and the disk its rest: a fifth of the time is the purge's at most. */
const LEAST_PAUSE_MS = 20;
const PAUSE_FACTOR = 4;

const { work, cmdb: address, dataDir, maxMinutes } = workerData as PurgeThreadData;
const stopping = new AbortController();
parentPort!.on('message', () => stopping.abort());

const cmdb = await openCmdb(address);
try {
  if (work === 'sample') await sampleSpace(cmdb, systemClock, dataDir);
  else {
    const options: RunOptions = {
      cmdb,
      clock: systemClock,
      dataDir,
      node: hostname(),
      owner: `${hostname().slice(0, 60)} ${process.pid} ${threadId}`,
      requestedBy: 'schedule',
      maxMinutes,
      pause: (took) =>
        wait(Math.max(LEAST_PAUSE_MS, took * PAUSE_FACTOR), undefined, { signal: stopping.signal }).catch(
          () => undefined,
        ),
      signal: stopping.signal,
    };
    parentPort!.postMessage(await runPurge(options));
  }
} finally {
  await cmdb.close();
}
process.exit(0);
