/**
 * Runs reports on SQL Server, under a login of their own that may read the schema `reports` and nothing else. Every query
 * runs in a transaction that is undone, and is cancelled on the server when its time is over.
 */
import type sql from 'mssql';
import type { ParameterValue } from '../parameterValues.ts';
import { ResultWriter } from '../resultWriter.ts';
import { connectionSettings } from './mssqlAddress.ts';
import { explainOnServer } from './explainMssql.ts';
import { withoutOwner } from './mssqlDialect.ts';
import {
  QueryFailed,
  tookTooLong,
  type QueryOrder,
  type QueryOutcome,
  type QueryPlan,
  type ReportRunner,
  type RunningQuery,
} from './runner.ts';

type Mssql = typeof sql;

export interface MssqlRunnerOptions {
  /** `mssql://login:password@host:1433/database`: NS_REPORTS_CMDB. */
  address: string;
  /** Brings the views up to date, with the rights of the server itself. */
  refreshViews: () => Promise<unknown>;
  atOnce: number;
}

/** A data class that was added just now is in reports after so long. */
const VIEWS_FRESH_MS = 30_000;
const MOST_ERROR_TEXT = 2000;

export class MssqlRunner implements ReportRunner {
  readonly switchedOff = undefined;
  readonly #options: MssqlRunnerOptions;
  #opened: Promise<{ mssql: Mssql; pool: sql.ConnectionPool }> | undefined;
  #viewsAt = -Infinity;
  readonly #running = new Set<RunningQuery>();

  constructor(options: MssqlRunnerOptions) {
    this.#options = options;
  }

  run(order: QueryOrder): RunningQuery {
    const startedAt = performance.now();
    const stop = new Stop(order.timeLimitSeconds);
    const milliseconds = (): number => Math.round(performance.now() - startedAt);
    const done = this.#carryOut(order, stop).then(
      (result): QueryOutcome => ({ state: 'succeeded', milliseconds: milliseconds(), result }),
      (error: unknown): QueryOutcome => {
        if (stop.why === 'cancel') return { state: 'cancelled', milliseconds: milliseconds() };
        const reason = stop.why === 'time' ? tookTooLong(order.timeLimitSeconds) : reasonOf(error);
        return { state: 'failed', milliseconds: milliseconds(), reason };
      },
    );
    const running: RunningQuery = { cancel: () => stop.now('cancel'), done: done.finally(() => stop.over()) };
    this.#running.add(running);
    void running.done.finally(() => this.#running.delete(running));
    return running;
  }

  async explain(order: Omit<QueryOrder, 'file' | 'rowLimit'>): Promise<QueryPlan> {
    try {
      const { pool } = await this.#open();
      return await explainOnServer(pool, withoutOwner(order.sql), order.values);
    } catch (error) {
      throw new QueryFailed(reasonOf(error), { cause: error });
    }
  }

  async close(): Promise<void> {
    const running = [...this.#running];
    for (const { cancel } of running) cancel();
    await Promise.all(running.map(({ done }) => done));
    await this.#opened?.then(
      ({ pool }) => pool.close(),
      () => undefined,
    );
  }

  async #carryOut(order: QueryOrder, stop: Stop) {
    const { mssql, pool } = await this.#open();
    const transaction = pool.transaction();
    await transaction.begin(mssql.ISOLATION_LEVEL.READ_COMMITTED);
    try {
      const request = transaction.request();
      stop.ends(() => request.cancel());
      bind(mssql, request, order.values);
      return await readRows(mssql, request, order);
    } finally {
      // Nothing of it stays, whatever it was; after a cancel the server may have undone it already.
      await transaction.rollback().catch(() => undefined);
    }
  }

  async #open(): Promise<{ mssql: Mssql; pool: sql.ConnectionPool }> {
    if (performance.now() - this.#viewsAt > VIEWS_FRESH_MS) {
      await this.#options.refreshViews();
      this.#viewsAt = performance.now();
    }
    this.#opened ??= this.#connect();
    try {
      return await this.#opened;
    } catch (error) {
      this.#opened = undefined;
      throw error;
    }
  }

  async #connect(): Promise<{ mssql: Mssql; pool: sql.ConnectionPool }> {
    const { default: mssql } = await import('mssql');
    // Twice: previews and choices run beside reports.
    const pool = new mssql.ConnectionPool(connectionSettings(this.#options.address, this.#options.atOnce * 2));
    await pool.connect();
    pool.on('error', () => undefined);
    return { mssql, pool };
  }
}

/** Why and how a query is ended before its end. */
class Stop {
  why: 'cancel' | 'time' | undefined;
  #act: (() => void) | undefined;
  readonly #timer: NodeJS.Timeout;

  constructor(seconds: number) {
    this.#timer = setTimeout(() => this.now('time'), seconds * 1000);
  }
  now(why: 'cancel' | 'time'): void {
    if (this.why !== undefined) return;
    this.why = why;
    this.#act?.();
  }
  ends(act: () => void): void {
    this.#act = act;
    if (this.why !== undefined) throw new Error('ended before it began');
  }
  over(): void {
    clearTimeout(this.#timer);
  }
}

export function bind(mssql: Mssql, request: sql.Request, values: readonly ParameterValue[]): void {
  for (const { name, type, value } of values) {
    if (type === 'guid') request.input(name, mssql.UniqueIdentifier, value);
    else if (type === 'date')
      request.input(name, mssql.DateTime2(0), value === null ? null : new Date(`${String(value).replace(' ', 'T')}Z`));
    else if (type === 'number' && !Number.isInteger(value ?? 0)) request.input(name, mssql.Float, value);
    else if (type === 'number')
      request.input(name, Math.abs(Number(value)) > 0x7fffffff ? mssql.BigInt : mssql.Int, value);
    else request.input(name, mssql.NVarChar(4000), value);
  }
}

/** Streams the first set of rows into the file. */
function readRows(mssql: Mssql, request: sql.Request, order: QueryOrder) {
  return new Promise<ReturnType<ResultWriter['finish']>>((resolve, reject) => {
    let writer: ResultWriter | undefined;
    let convert: ((row: unknown[]) => unknown[]) | undefined;
    let isFull = false;
    let sets = 0;
    request.stream = true;
    request.arrayRowMode = true;
    request.on('recordset', (columns: unknown) => {
      if (++sets > 1) return;
      const list = columns as sql.IColumn[];
      writer = new ResultWriter(
        order.file,
        list.map(({ name }) => name),
        order.rowLimit,
      );
      convert = conversion(mssql, list);
    });
    request.on('row', (row: unknown) => {
      if (sets !== 1 || isFull || writer!.write(convert!(row as unknown[]))) return;
      isFull = true;
      request.cancel();
    });
    let fault: unknown;
    request.on('error', (error: unknown) => (fault ??= error));
    request.on('done', () => {
      const summary = writer?.finish();
      if (summary !== undefined && (fault === undefined || isFull)) resolve(summary);
      else reject((fault as Error | undefined) ?? new Error('It answered no rows'));
    });
    void request.query(withoutOwner(order.sql));
  });
}

/** GUIDs as all pages spell them; bigints, which come as text, as numbers where those are exact. */
function conversion(mssql: Mssql, columns: readonly sql.IColumn[]): (row: unknown[]) => unknown[] {
  const changes = columns.map(({ type }) => {
    if ((type as unknown) === mssql.UniqueIdentifier) return (value: unknown) => String(value).toLowerCase();
    if ((type as unknown) === mssql.BigInt) return (value: unknown) => BigInt(value as string);
    return undefined;
  });
  return (row) =>
    row.map((value, index) => (value === null || changes[index] === undefined ? value : changes[index](value)));
}

function reasonOf(error: unknown): string {
  const { message, code } = error as Error & { code?: string };
  if (code === 'ELOGIN') return 'The database refused the login of NS_REPORTS_CMDB.';
  if (code === 'ESOCKET' || code === 'ETIMEOUT' || code === 'ECONNCLOSED')
    return 'The database of NS_REPORTS_CMDB cannot be reached.';
  const text = message.slice(0, MOST_ERROR_TEXT);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
