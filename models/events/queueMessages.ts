/** What the main thread, the queue's thread and the processing threads say to each other. */
import type { MessagePort } from 'node:worker_threads';
import type { Guid } from '../../wire/guid.ts';
import type { BadEventFilter, BadEventQuery } from './badEvent.ts';
import type { Outcome } from './outcome.ts';
import type { PackedEvents, PackedLease } from './packing.ts';
import type { Claim, QueueTotals } from './queueStore.ts';

export interface FileEntry {
  file: string;
  size: number;
  sender: Guid;
  proven: boolean;
  priority: number;
  receivedAt: number;
}

export interface QueueCalls {
  acceptFile(entry: FileEntry): Accepted;
  state(): unknown;
  listBad(offset: number, limit: number, query?: BadEventQuery): unknown;
  badGroups(filter: BadEventFilter): unknown;
  badIds(filter: BadEventFilter, after: number, limit: number): unknown;
  readBad(id: number): unknown;
  payload(id: number, maxBytes: number): unknown;
  retry(ids: readonly number[]): number;
  discard(ids: readonly number[]): number;
}

export interface Refusal {
  code: 'badXml' | 'unavailable';
  reason: string;
}
/** `undefined`: it is on disk. Else why not. */
export type Accepted = Refusal | undefined;

export type ToQueue =
  | { op: 'batch'; packed: PackedEvents }
  | { op: 'call'; id: number; method: keyof QueueCalls; args: unknown[] }
  | { op: 'connect'; port: MessagePort }
  | { op: 'stop' };

export type FromQueue =
  | { op: 'ready'; totals: QueueTotals }
  | { op: 'failed'; reason: string }
  | { op: 'batchDone'; refused: [index: number, refusal: Refusal][]; totals: QueueTotals }
  | { op: 'called'; id: number; result?: unknown; error?: string; totals: QueueTotals }
  | { op: 'totals'; totals: QueueTotals };

/** A processing thread to the queue: a claim is answered when there is something to do. */
export type FromProcessor = { op: 'claim'; claim: Claim } | { op: 'settle'; outcomes: Outcome[] } | { op: 'bye' };
export type ToProcessor = { op: 'events'; lease: PackedLease };

export interface QueueThreadData {
  /** Address of the CMDB whose table is the queue; `undefined`: queue.sqlite in the data folder. */
  cmdb: string | undefined;
  dataDir: string;
}
