/**
 * The queue as a table of the CMDB, EventQueueEntry: for SQL Server, where several nodes share it. A row is won by a
 * conditional UPDATE and never by a lock hint alone (tsql.md); leases end by themselves when a node dies.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { utc } from '../clock.ts';
import { top } from '../cmdb/sql.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';
import { afterFailure, MAX_ATTEMPTS, retryDelay, shortReason, type Outcome, type QueuedEvent } from './outcome.ts';
import type { BadEvent, BadEventFilter, BadEventGroups, BadEventQuery } from './badEvent.ts';
import {
  addBadEvents,
  addMissingBadEvents,
  badEventGroups,
  badEventIds,
  listBadEvents,
  readBadEvent,
  removeBadEvents,
} from './cmdbBadEvents.ts';
import type { Load } from './admission.ts';
import { CmdbLoad } from './cmdbLoad.ts';
import { SENDER_BUDGET, type Budget } from './queueLimits.ts';
import { LARGE_CLASSES, QUEUE_CLASSES, type QueueClass } from './queueClasses.ts';
import {
  chooseClaim,
  QueueUnavailable,
  type Candidate,
  type Claim,
  type NewEntry,
  type QueueStore,
  type QueueTotals,
  type StoredClass,
} from './queueStore.ts';
import { QueueFlow } from './queueFlow.ts';
import { removeSpoolFile } from './spool.ts';

const WAITING = 0;
const LEASED = 1;
const BAD = 2;

/** Longer than the largest event takes; a node that is cut off for so long must not finish what another has begun. */
const LEASE_MS = 15 * 60_000;
/** A computer is counted from this share of its budget on: of most computers next to nothing waits. */
const MUCH = 0.25;
const CANDIDATES = 500;
const MOST_PAGES = 20;
const IDS_A_STATEMENT = 500;

export class CmdbQueueStore implements QueueStore {
  readonly countsAreCheap = false;
  readonly #cmdb: Cmdb;
  readonly #spool: string;
  readonly #now: () => number;
  readonly load = new CmdbLoad();
  readonly #muchEvents: number;
  readonly #flow = new QueueFlow();
  /** Classes of the events that processors of this node hold. */
  readonly #leased = new Map<number, string>();

  constructor(cmdb: Cmdb, spool: string, now: () => number, sender: Budget = SENDER_BUDGET) {
    this.#muchEvents = Math.max(1, Math.floor(sender.maxEvents * MUCH));
    this.#cmdb = cmdb;
    this.#spool = spool;
    this.#now = now;
  }

  async insert(entries: readonly NewEntry[]): Promise<void> {
    try {
      const rows: object[] = [];
      for (const entry of entries) {
        if (!(await this.#isThere(entry))) rows.push(await this.#row(entry));
      }
      await this.#cmdb.transaction((session) => session.insertMany('EventQueueEntry', rows));
    } catch (error) {
      throw new QueueUnavailable(error);
    }
    for (const { queueClass, sender, size } of entries) {
      this.#flow.entered(queueClass);
      this.load.add(queueClass, sender, size);
    }
    for (const { body } of entries) if (!(body instanceof Uint8Array)) await removeSpoolFile(this.#spool, body.file);
  }

  /** Whether an event that may have been stored before a crash was: by the name of its file. */
  async #isThere({ body, again }: NewEntry): Promise<boolean> {
    if (again !== true || body instanceof Uint8Array) return false;
    const query = this.#cmdb.db.selectFrom('EventQueueEntry').select('Id').where('BodyFile', '=', body.file);
    return (await top(this.#cmdb, query, 1).executeTakeFirst()) !== undefined;
  }

  /** A file would be out of reach for the other nodes: the body goes into the row, and the file's name beside it. */
  async #row({ queueClass, priority, sender, proven, receivedAt, size, body }: NewEntry): Promise<object> {
    return {
      QueueName: queueClass,
      Priority: priority,
      SenderGuid: sender,
      IsProven: proven ? 1 : 0,
      ReceivedAt: utc(receivedAt),
      Size: size,
      BodyFile: body instanceof Uint8Array ? null : body.file,
      Body: body instanceof Uint8Array ? body : await readFile(join(this.#spool, body.file)),
      ProcessingState: WAITING,
      Attempts: 0,
    };
  }

  async claim(owner: string, claim: Claim): Promise<QueuedEvent[]> {
    return this.#cmdb.transaction(async (session) => {
      // One node at a time chooses, so that no two lease events of one sender. The row count would still decide.
      await oneAtATime(session, 'notification-server claim events');
      await this.#endExpired(session);
      const busy = await this.#busySenders(session);
      for (const name of claim.classes) {
        const chosen = await this.#choose(session, name, busy, claim);
        if (chosen.length > 0)
          return this.#lease(
            session,
            owner,
            chosen.map(({ id }) => id),
          );
      }
      return [];
    });
  }

  async #endExpired(session: Session): Promise<void> {
    const now = utc(this.#now());
    await session.db
      .updateTable('EventQueueEntry')
      .set((row) => ({
        ProcessingState: WAITING,
        LeaseOwner: null,
        LeasedUntilAt: null,
        Attempts: row('Attempts', '+', 1),
        Reason: 'Its lease ended before it was applied.',
      }))
      .where('ProcessingState', '=', LEASED)
      .where('LeasedUntilAt', '<', now)
      .execute();
    await this.#setAsideExhausted(session);
  }

  async #setAsideExhausted(session: Session): Promise<void> {
    const { numUpdatedRows } = await session.db
      .updateTable('EventQueueEntry')
      .set({
        ProcessingState: BAD,
        Reason: `Processing ended unexpectedly over this event or one beside it, ${MAX_ATTEMPTS} times.`,
      })
      .where('ProcessingState', '=', WAITING)
      .where('Attempts', '>=', MAX_ATTEMPTS)
      .executeTakeFirst();
    if (Number(numUpdatedRows) > 0) await addMissingBadEvents(session, BAD, this.#now());
  }

  async #busySenders({ db }: Session): Promise<Set<string>> {
    const rows = await db
      .selectFrom('EventQueueEntry')
      .select('SenderGuid')
      .distinct()
      .where('ProcessingState', '=', LEASED)
      .execute();
    return new Set(rows.map((row) => row.SenderGuid ?? ''));
  }

  async #choose(session: Session, name: QueueClass, busy: ReadonlySet<string>, claim: Claim): Promise<Candidate[]> {
    const seen: Candidate[] = [];
    for (let pages = 0; pages < MOST_PAGES; pages++) {
      const some = await this.#candidates(session, name, seen.at(-1)?.id ?? 0);
      seen.push(...some);
      const chosen = chooseClaim(seen, busy, this.#now(), claim);
      if (chosen.length > 0 || some.length < CANDIDATES) return chosen;
    }
    return [];
  }

  async #candidates(session: Session, name: QueueClass, after: number): Promise<Candidate[]> {
    const query = session.db
      .selectFrom('EventQueueEntry')
      .select(['Id', 'SenderGuid', 'Size', 'Attempts', 'NextAttemptAt'])
      .where('ProcessingState', '=', WAITING)
      .where('QueueName', '=', name)
      .where('Id', '>', after)
      .orderBy('Id');
    const rows = await top(session, query, CANDIDATES).execute();
    return rows.map((row) => ({
      id: row.Id,
      sender: row.SenderGuid,
      size: row.Size,
      attempts: row.Attempts,
      nextAttemptAt: row.NextAttemptAt === null ? 0 : Date.parse(row.NextAttemptAt),
    }));
  }

  async #lease({ db }: Session, owner: string, ids: number[]): Promise<QueuedEvent[]> {
    await db
      .updateTable('EventQueueEntry')
      .set({ ProcessingState: LEASED, LeaseOwner: owner, LeasedUntilAt: utc(this.#now() + LEASE_MS) })
      .where('Id', 'in', ids)
      .where('ProcessingState', '=', WAITING)
      .execute();
    const rows = await db
      .selectFrom('EventQueueEntry')
      .select(['Id', 'SenderGuid', 'ReceivedAt', 'Body', 'QueueName'])
      .where('Id', 'in', ids)
      .where('ProcessingState', '=', LEASED)
      .where('LeaseOwner', '=', owner)
      .orderBy('Id')
      .execute();
    for (const row of rows) this.#leased.set(row.Id, row.QueueName);
    return rows.map((row) => ({
      id: row.Id,
      sender: row.SenderGuid,
      receivedAt: Date.parse(row.ReceivedAt),
      queueId: 'EventQueueEntry',
      body: row.Body ?? new Uint8Array(),
    }));
  }

  async settle(owner: string, outcomes: readonly Outcome[]): Promise<void> {
    const ended = await this.#cmdb.transaction(async (session) => {
      const done = outcomes.filter((outcome) => outcome.kind === 'done').map(({ id }) => id);
      for (const ids of chunks(done)) {
        await session.db.deleteFrom('EventQueueEntry').where('Id', 'in', ids).where('LeaseOwner', '=', owner).execute();
      }
      const bad: number[] = [];
      for (const outcome of outcomes) {
        if (outcome.kind === 'done') continue;
        const isBad =
          outcome.kind === 'bad'
            ? await this.#end(session, owner, outcome.id, { ProcessingState: BAD, Reason: shortReason(outcome.reason) })
            : await this.#failed(session, owner, outcome.id, outcome.reason);
        if (isBad) bad.push(outcome.id);
      }
      await addBadEvents(session, bad, this.#now());
      return [...done, ...bad];
    });
    for (const id of ended) this.#flow.settled(this.#leased.get(id) ?? 'default');
    for (const { id } of outcomes) this.#leased.delete(id);
  }

  /** Answers whether it is put aside. */
  async #failed(session: Session, owner: string, id: number, reason: string): Promise<boolean> {
    const row = await session.db
      .selectFrom('EventQueueEntry')
      .select('Attempts')
      .where('Id', '=', id)
      .executeTakeFirst();
    if (row === undefined) return false;
    const after = afterFailure(row.Attempts, reason);
    const isOurs = await this.#end(session, owner, id, {
      ProcessingState: after.bad ? BAD : WAITING,
      Attempts: after.attempts,
      NextAttemptAt: utc(this.#now() + retryDelay(after.attempts)),
      Reason: after.reason,
    });
    return isOurs && after.bad;
  }

  /** False when the lease has gone to somebody else. */
  async #end({ db }: Session, owner: string, id: number, values: object): Promise<boolean> {
    const { numUpdatedRows } = await db
      .updateTable('EventQueueEntry')
      .set({ ...values, LeaseOwner: null, LeasedUntilAt: null })
      .where('Id', '=', id)
      .where('LeaseOwner', '=', owner)
      .executeTakeFirst();
    return Number(numUpdatedRows) > 0;
  }

  async release(owner: string, failed: boolean): Promise<void> {
    await this.#cmdb.transaction(async (session) => {
      await session.db
        .updateTable('EventQueueEntry')
        .set((row) => ({
          ProcessingState: WAITING,
          LeaseOwner: null,
          LeasedUntilAt: null,
          Attempts: row('Attempts', '+', failed ? 1 : 0),
        }))
        .where('ProcessingState', '=', LEASED)
        .where('LeaseOwner', '=', owner)
        .execute();
      await this.#setAsideExhausted(session);
    });
  }

  async totals(): Promise<QueueTotals> {
    const rows = await this.#counts();
    this.load.replace(
      new Map(rows.filter((row) => row.ProcessingState !== BAD).map((row) => [row.QueueName, loadOf(row)])),
      await this.#busiest(),
    );
    const totals = { depth: 0, bytes: 0, large: 0 };
    for (const { ProcessingState, QueueName, depth, bytes } of rows) {
      if (ProcessingState !== BAD) totals.depth += Number(depth);
      if (ProcessingState === WAITING && (LARGE_CLASSES as readonly string[]).includes(QueueName))
        totals.large += Number(depth);
      totals.bytes += Number(bytes ?? 0);
    }
    return totals;
  }

  /** From an index alone: bytes are of what this node adds, because the sum of all would read every row. */
  async #busiest(): Promise<Map<string, Load>> {
    const rows = await this.#cmdb.db
      .selectFrom('EventQueueEntry')
      .select((row) => ['SenderGuid', row.fn.countAll<number>().as('depth')])
      .where('ProcessingState', '!=', BAD)
      .where('SenderGuid', 'is not', null)
      .groupBy('SenderGuid')
      .having((row) => row.fn.countAll<number>(), '>=', this.#muchEvents)
      .execute();
    return new Map(rows.map((row) => [row.SenderGuid!, { depth: Number(row.depth), bytes: 0 }]));
  }

  #counts() {
    return this.#cmdb.db
      .selectFrom('EventQueueEntry')
      .select((row) => [
        'ProcessingState',
        'QueueName',
        row.fn.countAll<number>().as('depth'),
        row.fn.sum<number>('Size').as('bytes'),
        row.fn.min('ReceivedAt').as('OldestAt'),
      ])
      .groupBy(['ProcessingState', 'QueueName'])
      .execute();
  }

  async state(): Promise<{ classes: StoredClass[]; bad: number }> {
    const rows = await this.#counts();
    const classes = QUEUE_CLASSES.map((name) => {
      const mine = rows.filter((row) => row.QueueName === name && row.ProcessingState !== BAD);
      const oldest = mine.map((row) => Date.parse(row.OldestAt as string));
      return {
        name,
        depth: mine.reduce((sum, row) => sum + Number(row.depth), 0),
        bytes: mine.reduce((sum, row) => sum + Number(row.bytes ?? 0), 0),
        oldestAt: oldest.length === 0 ? undefined : Math.min(...oldest),
        ...this.#flow.get(name),
      };
    });
    const bad = rows.filter((row) => row.ProcessingState === BAD).reduce((sum, row) => sum + Number(row.depth), 0);
    return { classes, bad };
  }

  listBad(offset: number, limit: number, query: BadEventQuery = {}): Promise<{ total: number; events: BadEvent[] }> {
    return listBadEvents(this.#cmdb, offset, limit, query);
  }

  badGroups(filter: BadEventFilter): Promise<BadEventGroups> {
    return badEventGroups(this.#cmdb, filter);
  }

  badIds(filter: BadEventFilter, after: number, limit: number): Promise<number[]> {
    return badEventIds(this.#cmdb, filter, after, limit);
  }

  readBad(id: number): Promise<BadEvent | undefined> {
    return readBadEvent(this.#cmdb, id);
  }

  async payload(id: number, maxBytes: number): Promise<{ bytes: Uint8Array; cut: boolean } | undefined> {
    const row = await this.#cmdb.db
      .selectFrom('EventQueueEntry')
      .select(['Size', sql<Uint8Array | null>`substring(Body, 1, ${maxBytes})`.as('Start')])
      .where('Id', '=', id)
      .executeTakeFirst();
    return row === undefined ? undefined : { bytes: row.Start ?? new Uint8Array(), cut: row.Size > maxBytes };
  }

  async retry(ids: readonly number[]): Promise<number> {
    return this.#endBad(ids, async ({ db }, some) => {
      const result = await db
        .updateTable('EventQueueEntry')
        .set({ ProcessingState: WAITING, Attempts: 0, NextAttemptAt: null, Reason: null, LeaseOwner: null })
        .where('Id', 'in', some)
        .where('ProcessingState', '=', BAD)
        .executeTakeFirst();
      return Number(result.numUpdatedRows);
    });
  }

  async discard(ids: readonly number[]): Promise<number> {
    return this.#endBad(ids, async ({ db }, some) => {
      const result = await db
        .deleteFrom('EventQueueEntry')
        .where('Id', 'in', some)
        .where('ProcessingState', '=', BAD)
        .executeTakeFirst();
      return Number(result.numDeletedRows);
    });
  }

  /** Some hundred in a transaction each, together with their narrow rows; answers how many there were. */
  async #endBad(ids: readonly number[], end: (session: Session, ids: number[]) => Promise<number>): Promise<number> {
    let count = 0;
    for (const some of chunks(ids)) {
      count += await this.#cmdb.transaction(async (session) => {
        await removeBadEvents(session, some);
        return end(session, some);
      });
    }
    return count;
  }

  async close(): Promise<void> {
    await this.#cmdb.close();
  }
}

const loadOf = (row: { depth: number | string; bytes: number | string | null }): Load => ({
  depth: Number(row.depth),
  bytes: Number(row.bytes ?? 0),
});

function chunks(ids: readonly number[]): number[][] {
  const parts: number[][] = [];
  for (let at = 0; at < ids.length; at += IDS_A_STATEMENT) parts.push(ids.slice(at, at + IDS_A_STATEMENT));
  return parts;
}

/** Until the transaction ends. On SQLite its write lock has done that already. */
async function oneAtATime(session: Session, name: string): Promise<void> {
  if (session.engine === 'sqlite') return;
  const lock = await sql<{ result: number }>`
    DECLARE @result int;
    EXEC @result = sp_getapplock @Resource = ${sql.lit(name)}, @LockMode = N'Exclusive', @LockOwner = N'Transaction', @LockTimeout = 10000;
    SELECT @result AS result;`.execute(session.db);
  if ((lock.rows[0]?.result ?? -1) < 0)
    throw new QueueUnavailable(new Error('another node has been choosing events for over ten seconds'));
}
