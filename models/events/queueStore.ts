/** Where the queue's rows are: queue.sqlite, or a table on SQL Server. Only the queue's thread uses it. */
import type { Guid } from '../../wire/guid.ts';
import type { QueueLoad } from './admission.ts';
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
  /** It may have been stored before a crash: a file that has a row already gets no second one. */
  again?: boolean;
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

/** A class as the store sees it: it knows no limits. */
export type StoredClass = Omit<QueueClassState, 'maxEvents' | 'maxBytes'>;

export interface QueueStore {
  /** False: `totals` is a query over all rows, to be asked now and then only. */
  readonly countsAreCheap: boolean;
  readonly load: QueueLoad;
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
  state(): Promise<{ classes: StoredClass[]; bad: number }>;
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

/** What one computer gets of a claim while others wait, too: its hundreds of events delay nobody. */
const SHARE = 4;
/** Rows looked at for others than those of a computer that has had its share. */
const MOST_LOOKED_AT = 2000;

/**
 * Which of the waiting events, oldest first, may be leased now; of no computer more than its share unless there is
 * nobody else. Reads no more of `candidates` than it needs.
 */
export function chooseClaim(
  candidates: Iterable<Candidate>,
  busy: ReadonlySet<string>,
  now: number,
  claim: Claim,
): Candidate[] {
  const chosen: Candidate[] = [];
  const share = Math.max(1, Math.ceil(claim.count / SHARE));
  const taken = new Map<string, number>();
  /** Of computers that have had their share: they fill what is left. */
  const passed: Candidate[] = [];
  const waiting = new Set<string>();
  let bytes = 0;
  let looked = 0;
  for (const candidate of candidates) {
    const sender = candidate.sender ?? '';
    if (busy.has(sender) || waiting.has(sender)) continue;
    if (candidate.nextAttemptAt > now || (candidate.attempts > 0 && chosen.length > 0)) {
      waiting.add(sender);
      continue;
    }
    const count = taken.get(sender) ?? 0;
    if (count >= share) {
      if (passed.length < claim.count) passed.push(candidate);
      if (++looked > MOST_LOOKED_AT) break;
      continue;
    }
    if (chosen.length > 0 && bytes + candidate.size > claim.bytes) break;
    chosen.push(candidate);
    taken.set(sender, count + 1);
    bytes += candidate.size;
    if (candidate.attempts > 0) return chosen;
    if (chosen.length >= claim.count) return chosen;
  }
  for (const candidate of passed) {
    if (chosen.length >= claim.count || bytes + candidate.size > claim.bytes) break;
    chosen.push(candidate);
    bytes += candidate.size;
  }
  return chosen.sort((one, other) => one.id - other.id);
}
