/**
 * Runs of reports: at most so many at once, the others wait in turn. A run goes on when its page is closed; its result
 * is kept for a day.
 */
import { newGuid, type Guid } from '../../wire/guid.ts';
import { utc, type Clock } from '../clock.ts';
import { InvalidInput } from '../fieldErrors.ts';
import type { ReportDefinition } from './definition.ts';
import type { ParameterValue } from './parameterValues.ts';
import { readResult } from './resultReader.ts';
import type { ResultSummary, ResultValue } from './resultWriter.ts';
import { RunFiles, type ReportRun } from './runFiles.ts';
import type { QueryPlan, ReportRunner } from './runner/runner.ts';
import { Slots } from './slots.ts';

export interface ReportRunsOptions {
  runner: ReportRunner;
  /** Below the data folder. */
  folder: string;
  clock: Clock;
  atOnce: number;
  /** Hears of every run that succeeded. */
  onSuccess: (run: ReportRun) => Promise<void>;
  /** Hears of what went wrong on the server's side. */
  onError: (error: unknown) => void;
}

export interface RunOwner {
  guid: Guid;
  name: string;
}

export interface Preview {
  result: ResultSummary;
  rows: ResultValue[][];
  milliseconds: number;
}

const KEPT_MS = 24 * 3_600_000;
const SWEEP_MS = 3_600_000;
/** Of one user: results that are kept, and runs that wait or run. */
const MOST_KEPT = 50;
const MOST_ACTIVE = 4;
const PREVIEW_ROWS = 50;
const PREVIEW_SECONDS = 10;

interface Active {
  run: ReportRun;
  abort: AbortController;
  ended: Promise<void>;
}

export class ReportRuns {
  readonly runner: ReportRunner;
  readonly #options: ReportRunsOptions;
  readonly #files: RunFiles;
  readonly #slots: Slots;
  /** For what somebody waits for in front of a form: never behind a long report. */
  readonly #quick: Slots;
  readonly #active = new Map<Guid, Active>();
  readonly #sweeper: NodeJS.Timeout;
  #closed = false;

  constructor(options: ReportRunsOptions) {
    this.#options = options;
    this.runner = options.runner;
    this.#files = new RunFiles(options.folder);
    this.#slots = new Slots(options.atOnce);
    this.#quick = new Slots(options.atOnce);
    this.#interruptOld();
    this.#sweep();
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS);
    this.#sweeper.unref();
  }

  /** Starts it, or lets it wait for its turn. @throws InvalidInput when the user has too many under way */
  start(owner: RunOwner, report: ReportDefinition & { guid: Guid }, values: ParameterValue[]): ReportRun {
    if (this.#closed) throw new InvalidInput([{ field: '', message: 'The server is stopping.' }]);
    const own = [...this.#active.values()].filter(({ run }) => run.owner === owner.guid);
    if (own.length >= MOST_ACTIVE) {
      const message = `${MOST_ACTIVE} reports of yours are under way already: wait for one, or cancel one.`;
      throw new InvalidInput([{ field: '', message }]);
    }
    const run: ReportRun = {
      id: newGuid(),
      owner: owner.guid,
      ownerName: owner.name,
      reportGuid: report.guid,
      title: report.name,
      sql: report.sql,
      values,
      chart: report.chart,
      rowLimit: report.rowLimit,
      timeLimitSeconds: report.timeLimitSeconds,
      state: 'waiting',
      requestedAt: this.#now(),
    };
    for (const old of this.#files.ofOwner(owner.guid).slice(MOST_KEPT - 1)) {
      if (!this.#active.has(old.id)) this.#files.remove(old);
    }
    this.#files.write(run);
    const abort = new AbortController();
    this.#active.set(run.id, { run, abort, ended: this.#carryOut(run, abort.signal) });
    return run;
  }

  get(owner: Guid, id: Guid): ReportRun | undefined {
    const active = this.#active.get(id)?.run;
    if (active !== undefined) return active.owner === owner ? active : undefined;
    return this.#files.read(owner, id);
  }

  /** A user's own, newest first. */
  list(owner: Guid): ReportRun[] {
    return this.#files.ofOwner(owner).map((run) => this.#active.get(run.id)?.run ?? run);
  }

  /** Resolves when the run has ended, or after so many milliseconds. */
  async settled(run: ReportRun, milliseconds: number): Promise<void> {
    const active = this.#active.get(run.id);
    if (active === undefined) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, milliseconds)));
    await Promise.race([active.ended, late]);
    clearTimeout(timer);
  }

  /** False when there is nothing to cancel. Resolves when it has ended. */
  async cancel(owner: Guid, id: Guid): Promise<boolean> {
    const active = this.#active.get(id);
    if (active === undefined || active.run.owner !== owner) return false;
    active.abort.abort();
    await active.ended;
    return true;
  }

  remove(owner: Guid, id: Guid): boolean {
    const run = this.get(owner, id);
    if (run === undefined || this.#active.has(id)) return false;
    this.#files.remove(run);
    return true;
  }

  /** Rows of a result; none when its file is gone. */
  rows(run: ReportRun, offset: number, limit: number): Promise<ResultValue[][]> {
    return run.result === undefined ? Promise.resolve([]) : readResult(this.rowsFile(run), run.result, offset, limit);
  }

  rowsFile(run: ReportRun): string {
    return this.#files.rowsFile(run);
  }

  /** The first rows, at once: for somebody who is writing a report, and for lists of choices. @throws InvalidInput `sql` */
  async preview(
    owner: Guid,
    sql: string,
    values: readonly ParameterValue[],
    rowLimit = PREVIEW_ROWS,
  ): Promise<Preview> {
    const release = (await this.#quick.take())!;
    const run = { owner, id: newGuid() };
    const file = this.#files.rowsFile(run);
    try {
      this.#files.makeRoom(owner);
      const order = { sql, values, rowLimit, timeLimitSeconds: PREVIEW_SECONDS, file };
      const outcome = await this.runner.run(order).done;
      if (outcome.state !== 'succeeded') {
        const message = outcome.state === 'failed' ? outcome.reason : 'It was cancelled.';
        throw new InvalidInput([{ field: 'sql', message }]);
      }
      const { result, milliseconds } = outcome;
      return { result, milliseconds, rows: await readResult(file, result, 0, rowLimit) };
    } finally {
      this.#files.remove(run);
      release();
    }
  }

  /** How the database would find the rows. @throws QueryFailed */
  async explain(sql: string, values: readonly ParameterValue[]): Promise<QueryPlan> {
    const release = (await this.#quick.take())!;
    try {
      return await this.runner.explain({ sql, values, timeLimitSeconds: PREVIEW_SECONDS });
    } finally {
      release();
    }
  }

  /** Cancels what is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#sweeper);
    const active = [...this.#active.values()];
    for (const { abort } of active) abort.abort();
    await Promise.all(active.map(({ ended }) => ended));
    await this.runner.close();
  }

  async #carryOut(run: ReportRun, abort: AbortSignal): Promise<void> {
    const release = await this.#slots.take(abort);
    try {
      if (release === undefined || abort.aborted) Object.assign(run, { state: 'cancelled' });
      else await this.#runNow(run, abort);
    } catch (error) {
      this.#options.onError(error);
      Object.assign(run, { state: 'failed', reason: 'The server could not run it; its log says why.' });
    } finally {
      release?.();
    }
    run.endedAt = this.#now();
    this.#files.write(run);
    this.#active.delete(run.id);
    if (run.state === 'succeeded') await this.#options.onSuccess(run).catch(this.#options.onError);
  }

  async #runNow(run: ReportRun, abort: AbortSignal): Promise<void> {
    Object.assign(run, { state: 'running', startedAt: this.#now() });
    this.#files.write(run);
    const query = this.runner.run({ ...run, file: this.#files.rowsFile(run) });
    const cancel = (): void => query.cancel();
    abort.addEventListener('abort', cancel, { once: true });
    const outcome = await query.done;
    abort.removeEventListener('abort', cancel);
    Object.assign(run, outcome);
  }

  /** What a former process was at has no end of its own. */
  #interruptOld(): void {
    for (const run of this.#files.owners().flatMap((owner) => this.#files.ofOwner(owner))) {
      if (run.state === 'waiting' || run.state === 'running') {
        this.#files.write({ ...run, state: 'interrupted', reason: 'The server was stopped while it ran.' });
      }
    }
  }

  #sweep(): void {
    this.#files.removeOlder(Date.now() - KEPT_MS);
  }

  #now(): string {
    return utc(this.#options.clock.now());
  }
}
