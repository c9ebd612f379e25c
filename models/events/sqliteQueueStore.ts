/**
 * The queue of the embedded CMDB: a file of its own, so that accepting an event never waits for a transaction on the
 * CMDB. One thread, one connection; leases are in memory, because they end with the process.
 */
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { Guid } from '../../wire/guid.ts';
import type { QueueLoad } from './admission.ts';
import { afterFailure, retryDelay, shortReason, type Outcome, type QueuedEvent } from './outcome.ts';
import { HEAD_BYTES, type BadEvent, type BadEventFilter, type BadEventGroups, type BadEventQuery } from './badEvent.ts';
import { QUEUE_CLASSES, type QueueClass } from './queueClasses.ts';
import { BAD, QueueCounts, WAITING } from './queueCounts.ts';
import { QueueFile } from './queueFile.ts';
import {
  chooseClaim,
  type Candidate,
  type Claim,
  type NewEntry,
  type QueueStore,
  type QueueTotals,
  type StoredClass,
} from './queueStore.ts';
import { removeOrphans, removeSpoolFile, spoolFolder } from './spool.ts';
import { SqliteBadEvents } from './sqliteBadEvents.ts';

export class SqliteQueueStore implements QueueStore {
  readonly countsAreCheap = true;
  readonly file: QueueFile;
  readonly #spool: string;
  readonly #now: () => number;
  readonly #counts: QueueCounts;
  readonly #bad: SqliteBadEvents;
  readonly #leases = new Map<number, { sender: string; owner: string }>();

  /** Opens or makes the queue in `dataDir`. @throws QueueUnavailable, also while another process has it open */
  static async open(dataDir: string, now: () => number): Promise<SqliteQueueStore> {
    const store = new SqliteQueueStore(dataDir, now);
    const rows = store.file.prepare('SELECT BodyFile AS file FROM EventQueueEntry WHERE BodyFile IS NOT NULL').all();
    await removeOrphans(store.#spool, new Set(rows.map((row) => String(row.file))));
    return store;
  }

  private constructor(dataDir: string, now: () => number) {
    this.file = new QueueFile(dataDir);
    this.#spool = spoolFolder(dataDir);
    this.#now = now;
    this.#counts = new QueueCounts(this.file);
    this.#bad = new SqliteBadEvents(this.file, BAD, (id) => this.#head(id), now());
  }

  async insert(entries: readonly NewEntry[]): Promise<void> {
    const statement = this.file.prepare(
      `INSERT INTO EventQueueEntry (QueueName, ProcessingState, Priority, SenderGuid, IsProven, ReceivedAt, Size, Attempts, NextAttemptAt, BodyFile, Body)
       VALUES (?, ${WAITING}, ?, ?, ?, ?, ?, 0, 0, ?, ?)`,
    );
    const fresh = entries.filter((entry) => !this.#isThere(entry));
    this.file.durable(() => {
      for (const { queueClass, priority, sender, proven, receivedAt, size, body } of fresh) {
        const [file, bytes] = body instanceof Uint8Array ? [null, body] : [body.file, null];
        statement.run(queueClass, priority, sender, proven ? 1 : 0, receivedAt, size, file, bytes);
      }
    });
    for (const { queueClass, size, sender } of fresh) this.#counts.add(WAITING, queueClass, size, sender);
  }

  /** Whether an event that may have been stored before a crash was: by the name of its file. */
  #isThere({ body, again }: NewEntry): boolean {
    if (again !== true || body instanceof Uint8Array) return false;
    return this.file.prepare('SELECT 1 FROM EventQueueEntry WHERE BodyFile = ?').get(body.file) !== undefined;
  }

  async claim(owner: string, claim: Claim): Promise<QueuedEvent[]> {
    const busy = new Set([...this.#leases.values()].map((lease) => lease.sender));
    for (const name of claim.classes) {
      if (this.#counts.waiting(name).depth === 0) continue;
      const chosen = chooseClaim(this.#candidates(name), busy, this.#now(), claim);
      if (chosen.length === 0) continue;
      const events = chosen.map(({ id }) => this.#event(id));
      for (const { id, sender } of events) this.#leases.set(id, { sender: sender ?? '', owner });
      return events;
    }
    return [];
  }

  *#candidates(name: QueueClass): Generator<Candidate> {
    const statement = this.file.prepare(
      `SELECT Id AS id, SenderGuid AS sender, Size AS size, Attempts AS attempts, NextAttemptAt AS nextAttemptAt
       FROM EventQueueEntry WHERE ProcessingState = ${WAITING} AND QueueName = ? ORDER BY Id`,
    );
    for (const row of statement.iterate(name) as unknown as Iterable<Candidate>) {
      if (!this.#leases.has(row.id)) yield row;
    }
  }

  #event(id: number): QueuedEvent {
    const statement = this.file.prepare(
      'SELECT SenderGuid AS sender, ReceivedAt AS receivedAt, BodyFile AS file, Body AS body FROM EventQueueEntry WHERE Id = ?',
    );
    const row = statement.get(id)!;
    return {
      id,
      sender: row.sender as Guid | null,
      receivedAt: Number(row.receivedAt),
      queueId: this.file.id,
      body: row.file === null ? (row.body as Uint8Array) : { file: String(row.file) },
    };
  }

  async settle(owner: string, outcomes: readonly Outcome[]): Promise<void> {
    const mine = outcomes.filter(({ id }) => this.#leases.get(id)?.owner === owner);
    const files = this.#changing(() => this.file.quick(() => mine.map((outcome) => this.#settleOne(outcome))));
    for (const { id } of mine) this.#leases.delete(id);
    await this.#removeFiles(files);
  }

  /** Counts move with each row; a change that was undone half-way puts them wrong. */
  #changing<T>(change: () => T): T {
    try {
      return change();
    } catch (error) {
      this.#counts.recount();
      throw error;
    }
  }

  /** Answers the spool file that nobody needs any more. */
  #settleOne(outcome: Outcome): string | null {
    if (outcome.kind === 'done') return this.#remove(outcome.id);
    if (outcome.kind === 'bad') this.#setAside(outcome.id, outcome.reason);
    else this.#failed(outcome.id, outcome.reason);
    return null;
  }

  #failed(id: number, reason: string): void {
    const row = this.file.prepare('SELECT Attempts AS attempts FROM EventQueueEntry WHERE Id = ?').get(id)!;
    const after = afterFailure(Number(row.attempts), reason);
    const nextAt = this.#now() + retryDelay(after.attempts);
    this.file
      .prepare('UPDATE EventQueueEntry SET Attempts = ?, NextAttemptAt = ?, Reason = ? WHERE Id = ?')
      .run(after.attempts, nextAt, after.reason, id);
    if (after.bad) this.#setAside(id, after.reason);
  }

  #setAside(id: number, reason: string): void {
    const row = this.file
      .prepare(
        `UPDATE EventQueueEntry SET ProcessingState = ${BAD}, Reason = ? WHERE Id = ? RETURNING QueueName AS name, Size AS size, SenderGuid AS sender`,
      )
      .get(shortReason(reason), id)!;
    this.#counts.remove(WAITING, String(row.name), Number(row.size), row.sender as Guid | null);
    this.#counts.add(BAD, String(row.name), Number(row.size), row.sender as Guid | null);
    this.#bad.add(id, this.#head(id), this.#now());
  }

  /** The first bytes of a body. */
  #head(id: number): Uint8Array {
    return this.#body(id, HEAD_BYTES)?.bytes ?? new Uint8Array();
  }

  #remove(id: number): string | null {
    const row = this.file
      .prepare(
        'DELETE FROM EventQueueEntry WHERE Id = ? RETURNING QueueName AS name, ProcessingState AS state, Size AS size, SenderGuid AS sender, BodyFile AS file',
      )
      .get(id);
    if (row === undefined) return null;
    this.#counts.remove(Number(row.state), String(row.name), Number(row.size), row.sender as Guid | null);
    if (Number(row.state) === BAD) this.#bad.remove(id);
    return row.file as string | null;
  }

  async #removeFiles(files: readonly (string | null)[]): Promise<void> {
    for (const file of files) if (file !== null) await removeSpoolFile(this.#spool, file);
  }

  async release(owner: string, failed: boolean): Promise<void> {
    const ids = [...this.#leases].filter(([, lease]) => lease.owner === owner).map(([id]) => id);
    const reason = 'Processing ended unexpectedly over this event or one beside it.';
    if (failed) this.#changing(() => this.file.quick(() => ids.forEach((id) => this.#failed(id, reason))));
    for (const id of ids) this.#leases.delete(id);
  }

  get load(): QueueLoad {
    return this.#counts;
  }

  async totals(): Promise<QueueTotals> {
    return this.#counts.totals();
  }

  async state(): Promise<{ classes: StoredClass[]; bad: number }> {
    const oldest = this.file.prepare(
      `SELECT ReceivedAt AS at FROM EventQueueEntry WHERE ProcessingState = ${WAITING} AND QueueName = ? ORDER BY Id LIMIT 1`,
    );
    const classes = QUEUE_CLASSES.map((name) => {
      const row = oldest.get(name);
      const oldestAt = row === undefined ? undefined : Number(row.at);
      return { name, ...this.#counts.waiting(name), ...this.#counts.flow.get(name), oldestAt };
    });
    return { classes, bad: this.#counts.bad.depth };
  }

  async listBad(
    offset: number,
    limit: number,
    query: BadEventQuery = {},
  ): Promise<{ total: number; events: BadEvent[] }> {
    return this.#bad.list(offset, limit, query);
  }

  async badGroups(filter: BadEventFilter): Promise<BadEventGroups> {
    return this.#bad.groups(filter);
  }

  async badIds(filter: BadEventFilter, after: number, limit: number): Promise<number[]> {
    return this.#bad.ids(filter, after, limit);
  }

  async readBad(id: number): Promise<BadEvent | undefined> {
    return this.#bad.read(id);
  }

  async payload(id: number, maxBytes: number): Promise<{ bytes: Uint8Array; cut: boolean } | undefined> {
    return this.#body(id, maxBytes);
  }

  #body(id: number, maxBytes: number): { bytes: Uint8Array; cut: boolean } | undefined {
    const row = this.file
      .prepare('SELECT Size AS size, BodyFile AS file, substr(Body, 1, ?) AS body FROM EventQueueEntry WHERE Id = ?')
      .get(maxBytes, id);
    if (row === undefined) return undefined;
    const bytes =
      row.file === null ? (row.body as Uint8Array) : readStart(join(this.#spool, String(row.file)), maxBytes);
    return { bytes, cut: Number(row.size) > maxBytes };
  }

  async retry(ids: readonly number[]): Promise<number> {
    const statement = this.file.prepare(
      `UPDATE EventQueueEntry SET ProcessingState = ${WAITING}, Attempts = 0, NextAttemptAt = 0, Reason = NULL
       WHERE Id = ? AND ProcessingState = ${BAD} RETURNING QueueName AS name, Size AS size, SenderGuid AS sender`,
    );
    const rows = this.file.durable(() =>
      ids.flatMap((id) => {
        const row = statement.get(id);
        if (row === undefined) return [];
        this.#bad.remove(id);
        return [row];
      }),
    );
    for (const row of rows) {
      this.#counts.remove(BAD, String(row.name), Number(row.size), row.sender as Guid | null);
      this.#counts.add(WAITING, String(row.name), Number(row.size), row.sender as Guid | null);
    }
    return rows.length;
  }

  async discard(ids: readonly number[]): Promise<number> {
    const isBad = this.file.prepare(`SELECT 1 FROM EventQueueEntry WHERE Id = ? AND ProcessingState = ${BAD}`);
    const removeBad = (): (string | null)[] =>
      ids.filter((id) => isBad.get(id) !== undefined).map((id) => this.#remove(id));
    const files = this.#changing(() => this.file.durable(removeBad));
    await this.#removeFiles(files);
    return files.length;
  }

  async close(): Promise<void> {
    this.file.close();
  }
}

function readStart(path: string, maxBytes: number): Uint8Array {
  // An event whose file is gone is a bad one, and must still be shown.
  if (!existsSync(path)) return new Uint8Array();
  const descriptor = openSync(path, 'r');
  try {
    const buffer = new Uint8Array(maxBytes);
    return buffer.subarray(0, readSync(descriptor, buffer, 0, maxBytes, 0));
  } finally {
    closeSync(descriptor);
  }
}
