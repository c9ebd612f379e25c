/**
 * Deletes what the rules say, in batches so short that nobody who writes waits for long: about 20 ms of the write lock on
 * SQLite with pauses between them, some hundred rows on SQL Server. There is nothing to remember between batches, so a run
 * that is cut off is simply begun again.
 */
import type { Guid } from '../../wire/guid.ts';
import type { Clock } from '../clock.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';
import { countOld, cutOf } from './countOld.ts';
import { deleteOfSilent, deleteOldestOf, deleteOlder, rowsPerComputer } from './deleteBatch.ts';
import type { RemovedRows } from './purgeRuns.ts';
import { readSubjects, type Subject } from './subjects.ts';

export interface PurgeDeps {
  cmdb: Cmdb;
  clock: Clock;
  /** Between two batches, after one that took so many milliseconds. */
  pause: (took: number) => Promise<void>;
  /** Heard after every batch. True: end here. */
  progress: (step: string, planned: number, removed: number) => Promise<boolean>;
}

export interface PurgeResult {
  /** False: it was told to end before everything was done. */
  complete: boolean;
  removed: number;
  detail: RemovedRows[];
}

/** Milliseconds that a batch may hold the write lock of SQLite; SQL Server locks rows, and only those that go. */
const SLICE_MS = { sqlite: 20, mssql: 200 };
const FIRST_BATCH = 100;
const SMALLEST_BATCH = 10;
const LARGEST_BATCH = { sqlite: 5000, mssql: 2000 };
const COMPUTERS_A_STEP = 500;
/** Counting more would take longer than it tells. */
const MOST_COUNTED = 1_000_000;

export async function purge(deps: PurgeDeps): Promise<PurgeResult> {
  const subjects = await readSubjects(deps.cmdb);
  let planned = 0;
  for (const subject of subjects) {
    planned += (await countOld(deps.cmdb, subject, subject, deps.clock.now(), MOST_COUNTED)).rows;
    if (await deps.progress(`Counting: ${subject.label}`, planned, 0))
      return { complete: false, removed: 0, detail: [] };
  }
  const run = new Run(deps, planned);
  for (const subject of subjects) await run.purge(subject);
  return run.result();
}

class Run {
  readonly #deps: PurgeDeps;
  readonly #planned: number;
  readonly #detail: RemovedRows[] = [];
  #removed = 0;
  #batch = FIRST_BATCH;
  #ended = false;

  constructor(deps: PurgeDeps, planned: number) {
    this.#deps = deps;
    this.#planned = planned;
  }

  result(): PurgeResult {
    return { complete: !this.#ended, removed: this.#removed, detail: this.#detail };
  }

  async purge(subject: Subject): Promise<void> {
    const before = this.#removed;
    const { keepDays, keepRows } = subject;
    this.#batch = FIRST_BATCH;
    if (keepDays !== null) await this.#older(subject, cutOf(this.#deps.clock.now(), keepDays));
    if (keepRows !== null) await this.#surplus(subject, keepRows);
    if (this.#removed > before) this.#detail.push({ label: subject.label, removed: this.#removed - before });
  }

  async #older(subject: Subject, before: string): Promise<void> {
    const isInventory = subject.kind === 'inventory';
    for (;;) {
      const asked = this.#batch;
      const removed = await this.#one(subject, (session) =>
        isInventory ? deleteOfSilent(session, subject, before) : deleteOlder(session, subject, before, asked),
      );
      if (removed === 0 || (!isInventory && removed < asked)) return;
    }
  }

  async #surplus(subject: Subject, keepRows: number): Promise<void> {
    const { source } = subject;
    let after: Guid | undefined;
    do {
      const some = await rowsPerComputer(this.#deps.cmdb, source, after, COMPUTERS_A_STEP);
      for (const { computer, rows } of some) {
        for (let rest = rows - keepRows; rest > 0;) {
          const most = Math.min(rest, this.#batch);
          const removed = await this.#one(subject, (session) => deleteOldestOf(session, source, computer, most));
          if (removed === 0) break;
          rest -= removed;
        }
      }
      after = some.length < COMPUTERS_A_STEP ? undefined : some.at(-1)!.computer;
    } while (after !== undefined && !this.#ended);
  }

  /** One batch in a transaction of its own; 0 when the run is to end. */
  async #one(subject: Subject, work: (session: Session) => Promise<number>): Promise<number> {
    if (this.#ended) return 0;
    const { cmdb, pause, progress } = this.#deps;
    let took = 0;
    // A power cut brings rows back, and the next run deletes them again: nobody has to wait for the disk.
    const removed = await cmdb.transaction(
      async (session) => {
        const started = performance.now();
        const count = await work(session);
        took = performance.now() - started;
        return count;
      },
      { mayBeLost: true },
    );
    this.#adapt(cmdb.engine, removed, took);
    this.#removed += removed;
    this.#ended = await progress(subject.label, Math.max(this.#planned, this.#removed), this.#removed);
    if (removed > 0 && !this.#ended) await pause(took);
    return removed;
  }

  #adapt(engine: 'sqlite' | 'mssql', removed: number, took: number): void {
    if (removed === 0) return;
    const fitting = Math.floor((removed * SLICE_MS[engine]) / Math.max(took, 0.5));
    // Half-way each time: one slow batch is no measure.
    const next = Math.round((this.#batch + fitting) / 2);
    this.#batch = Math.max(SMALLEST_BATCH, Math.min(LARGEST_BATCH[engine], next));
  }
}
