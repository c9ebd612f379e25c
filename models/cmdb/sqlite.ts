/**
 * The embedded CMDB: Kysely over `node:sqlite`.
 *
 * Two connections. Reads outside a transaction use the one that never writes and see the last commit; writes and
 * transactions take turns on the other, because a statement that slipped in between the awaits of somebody else's
 * transaction would become a part of it. Other threads open their own pair; the write lock between them is SQLite's.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import {
  Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  type TransactionSettings,
} from 'kysely';
import { quoted } from './quoted.ts';
import type { Schema } from './schema.ts';
import { CmdbUnavailable, TypedParam, type Cmdb, type Session } from './types.ts';

const STATEMENTS_KEPT = 500;

/** Milliseconds a connection waits for another thread's write lock; it blocks the thread, so writers keep it short. */
const BUSY_TIMEOUT = 5000;
/** Milliseconds between two tries to take the write lock: a slice of events holds it for about 20. */
const BUSY_PAUSE = 2;

class Connection {
  readonly database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(path: string) {
    this.database = new DatabaseSync(path);
    // WAL lets readers go on beside the writer; FULL makes a commit survive a power cut: what was acknowledged stays.
    // The time-out comes first: two processes that start at once both switch a new file to WAL, under an exclusive lock.
    this.database.exec(
      `PRAGMA busy_timeout = ${BUSY_TIMEOUT}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
       PRAGMA cache_size = -4000; PRAGMA temp_store = MEMORY;`,
    );
  }

  prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      if (this.#statements.size >= STATEMENTS_KEPT) {
        this.#statements.delete(this.#statements.keys().next().value!);
      }
      statement = this.database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

function bind(value: unknown): SQLInputValue {
  if (typeof value === 'string' || typeof value === 'number') return value;
  if (value instanceof TypedParam) return bind(value.value);
  if (value === undefined) return null;
  if (typeof value === 'boolean') return value ? 1 : 0;
  return value as SQLInputValue;
}

function run<R>(connection: Connection, query: CompiledQuery): QueryResult<R> {
  try {
    const statement = connection.prepare(query.sql);
    const parameters = query.parameters.map(bind);
    if (statement.columns().length > 0) return { rows: statement.all(...parameters) as R[] };
    const { changes, lastInsertRowid } = statement.run(...parameters);
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
  } catch (error) {
    throw isUnavailable(error) ? new CmdbUnavailable(error) : error;
  }
}

/** Disk full, I/O error, cannot open, locked for too long, read-only: not the caller's fault, and it may pass. */
function isUnavailable(error: unknown): boolean {
  const code = (error as { errcode?: number }).errcode;
  return code !== undefined && [5, 6, 8, 10, 13, 14].includes(code & 0xff);
}

function isBusy(error: unknown): boolean {
  const { errcode } = (error instanceof CmdbUnavailable ? error.cause : error) as { errcode?: number };
  return errcode !== undefined && (errcode & 0xff) === 5;
}

/** Lets one holder through at a time, in order. */
class Turnstile {
  #last: Promise<void> = Promise.resolve();
  enter(): Promise<() => void> {
    const before = this.#last;
    let leave!: () => void;
    this.#last = new Promise<void>((resolve) => (leave = resolve));
    return before.then(() => leave);
  }
}

class SqliteConnection implements DatabaseConnection {
  /** Set while this connection is inside a transaction. */
  leave: (() => void) | undefined;
  readonly #driver: SqliteDriver;
  constructor(driver: SqliteDriver) {
    this.#driver = driver;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { reader, writer, turnstile } = this.#driver;
    if (this.leave !== undefined) return run(writer, query);
    if (query.query.kind === 'SelectQueryNode' || /^\s*(select|with|explain)\b/i.test(query.sql)) {
      return run(reader, query);
    }
    const leave = await turnstile.enter();
    try {
      return await this.#driver.whenFree(() => run(writer, query));
    } finally {
      leave();
    }
  }

  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('streaming is not offered: read in pages');
  }
}

class SqliteDriver implements Driver {
  readonly writer: Connection;
  readonly reader: Connection;
  readonly turnstile = new Turnstile();

  constructor(path: string) {
    this.writer = new Connection(path);
    // A database in memory lives in its one connection.
    this.reader = path === ':memory:' ? this.writer : new Connection(path);
    if (this.reader !== this.writer) this.reader.database.exec('PRAGMA query_only = ON');
  }

  async init(): Promise<void> {}
  async acquireConnection(): Promise<DatabaseConnection> {
    return new SqliteConnection(this);
  }
  async beginTransaction(
    connection: SqliteConnection,
    _settings?: TransactionSettings,
    mayBeLost = false,
  ): Promise<void> {
    const leave = await this.turnstile.enter();
    try {
      // Outside of a transaction only; set back by #end, before the next writer's turn.
      if (mayBeLost) this.writer.database.exec('PRAGMA synchronous = NORMAL');
      // IMMEDIATE: the lock is asked for before anything is read, so a transaction never fails half-way for want of it.
      await this.whenFree(() => this.writer.database.exec('BEGIN IMMEDIATE'));
      connection.leave = leave;
    } catch (error) {
      connection.leave = leave;
      this.#end(connection);
      throw isUnavailable(error) ? new CmdbUnavailable(error) : error;
    }
  }
  /**
   * Runs what begins by taking the write lock. While another thread holds it this one goes on with other work: SQLite's
   * own waiting would hold up every request for as long.
   */
  async whenFree<T>(work: () => T): Promise<T> {
    const until = performance.now() + BUSY_TIMEOUT;
    for (;;) {
      this.writer.database.exec('PRAGMA busy_timeout = 0');
      try {
        return work();
      } catch (error) {
        if (!isBusy(error) || performance.now() > until) throw error;
      } finally {
        this.writer.database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT}`);
      }
      await new Promise((resolve) => setTimeout(resolve, BUSY_PAUSE));
    }
  }
  async commitTransaction(connection: SqliteConnection): Promise<void> {
    try {
      this.writer.database.exec('COMMIT');
    } catch (error) {
      throw isUnavailable(error) ? new CmdbUnavailable(error) : error;
    }
    this.#end(connection);
  }
  async rollbackTransaction(connection: SqliteConnection): Promise<void> {
    try {
      // SQLite rolls back by itself on some errors (disk full); then there is nothing left to roll back.
      if (this.writer.database.isTransaction) this.writer.database.exec('ROLLBACK');
    } finally {
      // Whatever became of it, the next writer gets its turn.
      this.#end(connection);
    }
  }
  #end(connection: SqliteConnection): void {
    if (connection.leave !== undefined && !this.writer.database.isTransaction) {
      this.writer.database.exec('PRAGMA synchronous = FULL');
    }
    connection.leave?.();
    connection.leave = undefined;
  }
  async releaseConnection(): Promise<void> {}
  async destroy(): Promise<void> {
    this.close();
  }
  close(): void {
    for (const { database } of [this.reader, this.writer]) if (database.isOpen) database.close();
  }
}

/** The same connections, for transactions that a power cut may take. */
function relaxed(driver: SqliteDriver): Driver {
  return {
    init: () => driver.init(),
    acquireConnection: () => driver.acquireConnection(),
    beginTransaction: (connection, settings) => driver.beginTransaction(connection as SqliteConnection, settings, true),
    commitTransaction: (connection) => driver.commitTransaction(connection as SqliteConnection),
    rollbackTransaction: (connection) => driver.rollbackTransaction(connection as SqliteConnection),
    releaseConnection: () => driver.releaseConnection(),
    destroy: () => driver.destroy(),
  };
}

function insertMany(driver: SqliteDriver, table: string, rows: readonly object[]): void {
  const first = rows[0];
  if (first === undefined) return;
  const columns = Object.keys(first);
  const names = columns.map((name) => quoted('sqlite', name)).join(', ');
  const places = columns.map(() => '?').join(', ');
  const statement = driver.writer.prepare(`INSERT INTO ${quoted('sqlite', table)} (${names}) VALUES (${places})`);
  const values: SQLInputValue[] = new Array<SQLInputValue>(columns.length);
  try {
    for (const row of rows as readonly Record<string, unknown>[]) {
      for (let index = 0; index < columns.length; index++) values[index] = bind(row[columns[index]!]);
      statement.run(...values);
    }
  } catch (error) {
    throw isUnavailable(error) ? new CmdbUnavailable(error) : error;
  }
}

/** A CMDB on SQLite, with the connection that writes: for the event worker's prepared statements and for migrations. */
export interface SqliteCmdb extends Cmdb {
  readonly engine: 'sqlite';
  readonly writer: DatabaseSync;
  /** Prepared once, kept. */
  prepare(sql: string): StatementSync;
}

/**
 * For a thread that writes all day, rows of many computers: its pages stay in memory (16 MB), and it is the one that
 * brings the log into the file, seldom, so that a page that was written ten times goes there once.
 */
export function forManyWrites(cmdb: SqliteCmdb): void {
  cmdb.writer.exec('PRAGMA cache_size = -16000; PRAGMA wal_autocheckpoint = 4000');
}

/** Opens the file, which is made when it is missing. `:memory:` is for tests of one connection. */
export function openSqlite(path: string): SqliteCmdb {
  let driver: SqliteDriver;
  try {
    driver = new SqliteDriver(path);
  } catch (error) {
    throw new CmdbUnavailable(error);
  }
  const dialect: Dialect = {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => driver,
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
  const db = new Kysely<Schema>({ dialect });
  const relaxedDb = new Kysely<Schema>({ dialect: { ...dialect, createDriver: () => relaxed(driver) } });
  const cmdb: SqliteCmdb = {
    engine: 'sqlite',
    db,
    location: `sqlite:${path}`,
    writer: driver.writer.database,
    prepare: (sql) => driver.writer.prepare(sql),
    insertMany: (table, rows) => cmdb.transaction((session) => session.insertMany(table, rows)),
    transaction: (work, options) =>
      (options?.mayBeLost === true ? relaxedDb : db).transaction().execute((trx) => {
        const session: Session = {
          engine: 'sqlite',
          db: trx,
          insertMany: async (table, rows) => insertMany(driver, table, rows),
        };
        return work(session);
      }),
    close: async () => {
      await db.destroy();
      // Kysely forgets a driver that never ran a query.
      driver.close();
    },
  };
  return cmdb;
}
