/**
 * Fills a queue, or drains one that was filled beforehand, in a process with nothing of a server but the queue and the processing of
 * events, as the product starts them. One order comes in by message, one result goes out.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { loadSettings } from '../app/config.ts';
import type { AppContext } from '../app/context.ts';
import { createContext } from '../app/createContext.ts';
import { createLog } from '../app/log.ts';
import { eventProcessing } from '../app/services/eventProcessing.ts';
import { basicInventory, fullInventory, status, type MadeEvent } from './drainEvents.ts';
import { settingsFor } from './server.ts';

export interface DrainOrder {
  /** The queue is filled by one process and drained by another, whose memory is that of draining alone. */
  phase: 'fill' | 'drain';
  dataDir: string;
  /** Address of the CMDB; undefined: the embedded one. */
  cmdb?: string | undefined;
  kind: keyof typeof MAKE;
  /** Events, and the computers that take turns to send them. */
  count: number;
  computers: number;
}

export interface DrainResult {
  seconds: number;
  /** Of all threads. */
  processorSeconds: number;
  bad: number;
  /** Once a second: seconds since the start, events that wait, when the oldest of them arrived, memory in megabytes. */
  samples: { second: number; depth: number; oldestReceived: number; megabytes: number }[];
}

/** Two status messages for each inventory. */
const mixed = (index: number, run: number): MadeEvent =>
  run % 3 === 1 ? basicInventory(index, run) : status(index, run);
const MAKE = { inventory: basicInventory, status, full: fullInventory, mixed };
/** Accepted at once while the queue is filled. */
const FILL = 512;
const SAMPLE_MS = 1000;

function make({ kind, computers }: DrainOrder, index: number): MadeEvent {
  return MAKE[kind](index % computers, 1 + Math.floor(index / computers));
}

function accept({ queue }: AppContext, { sender, body }: MadeEvent, receivedAt: number): Promise<void> {
  return queue.accept({ body, sender, proven: true, priority: 0, receivedAt });
}

const residentMb = (): number => process.memoryUsage.rss() / 1024 ** 2;

async function open(order: DrainOrder): Promise<AppContext> {
  const environment = {
    ...settingsFor(order.dataDir),
    NS_QUEUE_MAX_EVENTS: String(order.count * 2),
    ...(order.cmdb === undefined ? {} : { NS_CMDB: order.cmdb }),
  };
  return createContext(loadSettings(environment), createLog('silent'));
}

async function close({ queue, cmdb }: AppContext): Promise<void> {
  await queue.stop();
  await cmdb.close();
}

async function fill(order: DrainOrder): Promise<void> {
  const context = await open(order);
  const firstAt = Date.now() - order.count;
  for (let at = 0; at < order.count; at += FILL) {
    const indexes = Array.from({ length: Math.min(FILL, order.count - at) }, (_, index) => at + index);
    await Promise.all(indexes.map((index) => accept(context, make(order, index), firstAt + index)));
  }
  await close(context);
}

async function drain(order: DrainOrder): Promise<DrainResult> {
  const context = await open(order);
  const processing = eventProcessing(context);
  const samples: DrainResult['samples'] = [];
  const usage = process.cpuUsage();
  const startedAt = performance.now();
  const seconds = (): number => (performance.now() - startedAt) / 1000;
  await processing.start();
  for (let sampleAt = 0; ; await pause(20)) {
    const { depth, oldestAt } = await context.queue.state();
    if (depth === 0) break;
    if (seconds() < sampleAt) continue;
    sampleAt += SAMPLE_MS / 1000;
    samples.push({ second: seconds(), depth, oldestReceived: oldestAt ?? 0, megabytes: residentMb() });
  }
  const took = seconds();
  const { user, system } = process.cpuUsage(usage);
  const { bad } = await context.queue.state();
  await processing.stop();
  await close(context);
  return { seconds: took, processorSeconds: (user + system) / 1e6, bad, samples };
}

process.once('message', (order: DrainOrder) => {
  void (order.phase === 'fill' ? fill(order) : drain(order)).then((result) => {
    process.send!(result ?? {});
    process.disconnect();
  });
});
process.send!('ready');
