/** What the main thread, the queue's thread and the processing threads say to each other. */
import type { MessagePort } from 'node:worker_threads';
import type { Guid } from '../../wire/guid.ts';
import type { BadEventFilter, BadEventQuery } from './badEvent.ts';
import type { Held } from './breakers.ts';
import type { QueueLimits } from './queueLimits.ts';
import type { PackedEvents, PackedLease, PackedOutcomes } from './packing.ts';
import type { Claim, QueueTotals } from './queueStore.ts';

export interface FileEntry {
  /** See NewEntry. */
  again?: boolean;
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
  closeBreaker(sender: Guid): boolean;
}

export interface Refusal {
  code: 'badXml' | 'unavailable' | 'queueFull' | 'senderFull' | 'senderHeld';
  reason: string;
  /** Seconds. */
  retryAfter?: number;
}
/** `undefined`: it is on disk. Else why not. */
export type Accepted = Refusal | undefined;

export type ToQueue =
  | { op: 'batch'; packed: PackedEvents }
  | { op: 'call'; id: number; method: keyof QueueCalls; args: unknown[] }
  | { op: 'connect'; port: MessagePort }
  | { op: 'stop' };

export type FromQueue = { op: 'failed'; reason: string } | Report;

/** What the queue's thread tells; with it how much waits, and, when that has changed, whose breakers are open. */
export type Report = News & { totals: QueueTotals; held?: Held };

export type News =
  | { op: 'ready' }
  | { op: 'batchDone'; refused: [index: number, refusal: Refusal][] }
  | { op: 'called'; id: number; result?: unknown; error?: string }
  | { op: 'totals' };

/** A processing thread to the queue: a claim is answered when there is something to do. */
export type FromProcessor = { op: 'claim'; claim: Claim } | { op: 'settle'; outcomes: PackedOutcomes } | { op: 'bye' };
export type ToProcessor = { op: 'events'; lease: PackedLease };

export interface QueueThreadData {
  /** Address of the CMDB whose table is the queue; `undefined`: queue.sqlite in the data folder. */
  cmdb: string | undefined;
  dataDir: string;
  limits: QueueLimits;
}
