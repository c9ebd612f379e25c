/** Where the queue's rows are: queue.sqlite, or a table on SQL Server. Only the queue's thread uses it. */
import type { Guid } from '../../wire/guid.ts';
import type { Outcome, QueuedEvent } from './outcome.ts';
import type { BadEvent, BadEventFilter, BadEventGroups, BadEventQuery } from './badEvent.ts';
import type { QueueClassState } from './queue.ts';
import type { QueueClass } from './queueClasses.ts';

export interface NewEntry {
  queueClass: QueueClass;
  priority: number;
  sender: Guid;
  proven: boolean;
  receivedAt: number;
  size: number;
  /** The bytes as sent, or the name of a synced file in the spool folder. */
  body: Uint8Array | { file: string };
}

export interface Claim {
  classes: readonly QueueClass[];
  /** At most so many events … */
  count: number;
  /** … and about so many bytes of bodies; always at least one event. */
  bytes: number;
}

/** What limits count: waiting events; bytes of waiting and bad ones, because those are what the disk holds. */
export interface QueueTotals {
  depth: number;
  bytes: number;
  /** Waiting events of the classes slow and large. */
  large: number;
}

export interface QueueStore {
  /** False: `totals` is a query over all rows, to be asked now and then only. */
  readonly countsAreCheap: boolean;
  /** One durable commit of all rows. @throws QueueUnavailable, and then none of them is in */
  insert(entries: readonly NewEntry[]): Promise<void>;
  /**
   * Leases the oldest events of the first of the classes that has any, for `owner`. Never one of a sender that has
   * events leased already or an older one of the class that waits for its next try; an event that failed before comes
   * alone, so that it spoils no others.
   */
  claim(owner: string, claim: Claim): Promise<QueuedEvent[]>;
  /** Ends leases. Need not be durable: an event whose row comes back is found to be applied. */
  settle(owner: string, outcomes: readonly Outcome[]): Promise<void>;
  /** The owner is gone. `failed`: it died over its events, which counts as an attempt. */
  release(owner: string, failed: boolean): Promise<void>;
  totals(): Promise<QueueTotals>;
  state(): Promise<{ classes: QueueClassState[]; bad: number }>;
  listBad(offset: number, limit: number, query?: BadEventQuery): Promise<{ total: number; events: BadEvent[] }>;
  badGroups(filter: BadEventFilter): Promise<BadEventGroups>;
  badIds(filter: BadEventFilter, after: number, limit: number): Promise<number[]>;
  readBad(id: number): Promise<BadEvent | undefined>;
  /** Body of a waiting or bad event, cut at about `maxBytes`. */
  payload(id: number, maxBytes: number): Promise<{ bytes: Uint8Array; cut: boolean } | undefined>;
  retry(ids: readonly number[]): Promise<number>;
  discard(ids: readonly number[]): Promise<number>;
  close(): Promise<void>;
}

/** The disk is full or fails, or the database cannot be reached: nothing was stored, and it may pass. */
export class QueueUnavailable extends Error {
  constructor(cause: unknown) {
    super('the event queue cannot store events', { cause });
    this.name = 'QueueUnavailable';
  }
}

/** A waiting row as the choice sees it. */
export interface Candidate {
  id: number;
  sender: Guid | null;
  size: number;
  attempts: number;
  /** Milliseconds since 1970, 0 for at once. */
  nextAttemptAt: number;
}

/** Which of the waiting events, oldest first, may be leased now. Reads no more of `candidates` than it needs. */
export function chooseClaim(
  candidates: Iterable<Candidate>,
  busy: ReadonlySet<string>,
  now: number,
  claim: Claim,
): Candidate[] {
  const chosen: Candidate[] = [];
  const waiting = new Set<string>();
  let bytes = 0;
  for (const candidate of candidates) {
    const sender = candidate.sender ?? '';
    if (busy.has(sender) || waiting.has(sender)) continue;
    if (candidate.nextAttemptAt > now) {
      waiting.add(sender);
      continue;
    }
    if (candidate.attempts > 0 && chosen.length > 0) {
      waiting.add(sender);
      continue;
    }
    if (chosen.length > 0 && bytes + candidate.size > claim.bytes) break;
    chosen.push(candidate);
    bytes += candidate.size;
    if (candidate.attempts > 0 || chosen.length >= claim.count) break;
  }
  return chosen;
}
