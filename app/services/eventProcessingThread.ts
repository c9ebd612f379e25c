/** Entry of a thread that processes events: a CMDB connection of its own, so that it holds up no request. */
import { readlinkSync, statSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { basename, join } from 'node:path';
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { systemClock } from '../../models/clock.ts';
import { openCmdb } from '../../models/cmdb/open.ts';
import { forManyWrites } from '../../models/cmdb/sqlite.ts';
import type { OtherGuids } from '../../models/events/captureItems.ts';
import { ProcessingLoop, type ProcessingReport } from '../../models/events/processingLoop.ts';
import { ProducerTally } from '../../models/events/producers.ts';
import type { QueueClass } from '../../models/events/queueClasses.ts';

export interface ProcessingThreadData {
  port: MessagePort;
  cmdb: string;
  spoolFolder: string;
  otherGuids: { captureItems: OtherGuids; dataClasses: OtherGuids };
  classes: readonly QueueClass[];
}

/** How old the counts of producers may be on their page. */
const TALLY_MS = 15_000;

const { port, cmdb: address, spoolFolder, otherGuids, classes } = workerData as ProcessingThreadData;
const stopping = new AbortController();
parentPort!.on('message', () => stopping.abort());
// The queue's thread is gone: the service starts a new thread with a new port.
port.on('close', () => process.exit(0));

giveWay();
const cmdb = await openCmdb(address);
if (cmdb.engine === 'sqlite') forManyWrites(cmdb);
const tally = new ProducerTally(systemClock, ({ body }) =>
  body instanceof Uint8Array
    ? body.length
    : (statSync(join(spoolFolder, body.file), { throwIfNoEntry: false })?.size ?? 0),
);
// What cannot be written now is written later.
const writeTally = (): Promise<void> => tally.flush(cmdb).catch(() => undefined);
const counting = setInterval(() => void writeTally(), TALLY_MS);
const report = (message: ProcessingReport): void => parentPort!.postMessage(message);
await new ProcessingLoop({
  port,
  cmdb,
  clock: systemClock,
  spoolFolder,
  otherGuids,
  classes,
  report,
  tally,
  signal: stopping.signal,
}).run();
clearInterval(counting);
await writeTally();
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
