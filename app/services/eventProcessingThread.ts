/** Entry of a thread that processes events: a CMDB connection of its own, so that it holds up no request. */
import { readlinkSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { basename } from 'node:path';
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { systemClock } from '../../models/clock.ts';
import { openCmdb } from '../../models/cmdb/open.ts';
import { trimMarks } from '../../models/events/appliedEvents.ts';
import { ProcessingLoop, type ProcessingReport } from '../../models/events/processingLoop.ts';
import type { QueueClass } from '../../models/events/queueClasses.ts';

export interface ProcessingThreadData {
  port: MessagePort;
  cmdb: string;
  spoolFolder: string;
  classes: readonly QueueClass[];
}

const TRIM_MS = 60_000;

const { port, cmdb: address, spoolFolder, classes } = workerData as ProcessingThreadData;
const stopping = new AbortController();
parentPort!.on('message', () => stopping.abort());
// The queue's thread is gone: the service starts a new thread with a new port.
port.on('close', () => process.exit(0));

giveWay();
const cmdb = await openCmdb(address);
const trim = setInterval(() => void trimMarks(cmdb, systemClock).catch(() => undefined), TRIM_MS);
const report = (message: ProcessingReport): void => parentPort!.postMessage(message);
await new ProcessingLoop({
  port,
  cmdb,
  clock: systemClock,
  spoolFolder,
  classes,
  report,
  signal: stopping.signal,
}).run();
clearInterval(trim);
await cmdb.close();
process.exit(0);

/**
 * Answering agents comes first, applying what they sent second: where the system can tell threads apart (Linux), this
 * one gets what the others leave.
 */
function giveWay(): void {
  try {
    const thread = Number(basename(readlinkSync('/proc/thread-self')));
    setPriority(thread, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Another system, or one that forbids it: it works all the same.
  }
}
