/** The CMDB on Microsoft SQL Server: Kysely over the `mssql` pool. */
import type sql from 'mssql';
import {
  Kysely,
  MssqlAdapter,
  MssqlIntrospector,
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
} from 'kysely';
import { bulkInsert, insertSmall, isSmall, type BulkColumn } from './mssqlBulk.ts';
import { translateMssqlError as translate } from './mssqlErrors.ts';
import type { Schema } from './schema.ts';
import { CmdbUnavailable, TypedParam, type Cmdb, type Session } from './types.ts';
import { TypingQueryCompiler } from './typingQueryCompiler.ts';

type Mssql = typeof sql;

function addInput(mssql: Mssql, request: sql.Request, name: string, parameter: unknown): void {
  const kind = parameter instanceof TypedParam ? parameter.kind : 'other';
  const value = parameter instanceof TypedParam ? parameter.value : parameter;
  if (kind === 'guid') request.input(name, mssql.UniqueIdentifier, value);
  else if (kind === 'time')
    request.input(name, mssql.DateTime2(3), value === null || value === undefined ? null : new Date(value as string));
  else if (kind === 'bit' || typeof value === 'boolean') request.input(name, mssql.Bit, value);
  else if (typeof value === 'number') {
    if (!Number.isInteger(value)) request.input(name, mssql.Float, value);
    else if (Math.abs(value) <= 0x7fffffff) request.input(name, mssql.Int, value);
    else request.input(name, mssql.BigInt, value);
  } else if (typeof value === 'bigint') request.input(name, mssql.BigInt, value.toString());
  else if (value instanceof Uint8Array) request.input(name, mssql.VarBinary(mssql.MAX), Buffer.from(value));
  else if (value === null || value === undefined) request.input(name, mssql.NVarChar(4000), null);
  else {
    // Two lengths only, so that the server keeps one plan a statement and not one for each length of text.
    const text = String(value);
    request.input(name, text.length <= 4000 ? mssql.NVarChar(4000) : mssql.NVarChar(mssql.MAX), text);
  }
}

/** Puts a row into the form that all code expects (types.ts): lower-case GUIDs, ISO times, numbers, 0 and 1. */
function normalise(mssql: Mssql, recordset: sql.IRecordSet<Record<string, unknown>>): Record<string, unknown>[] {
  const convert: [string, (value: unknown) => unknown][] = [];
  for (const [name, column] of Object.entries(recordset.columns)) {
    const type = column.type as unknown;
    if (type === mssql.UniqueIdentifier) convert.push([name, (value) => (value as string).toLowerCase()]);
    else if (type === mssql.BigInt) convert.push([name, Number]);
    else if (type === mssql.Bit) convert.push([name, (value) => (value ? 1 : 0)]);
    else if (type === mssql.DateTime2 || type === mssql.DateTime) {
      convert.push([name, (value) => (value as Date).toISOString()]);
    }
  }
  if (convert.length > 0) {
    for (const row of recordset) {
      for (const [name, change] of convert) {
        if (row[name] !== null) row[name] = change(row[name]);
      }
    }
  }
  return recordset;
}

class MssqlConnection implements DatabaseConnection {
  transaction: sql.Transaction | undefined;
  readonly #mssql: Mssql;
  readonly pool: sql.ConnectionPool;
  constructor(mssql: Mssql, pool: sql.ConnectionPool) {
    this.#mssql = mssql;
    this.pool = pool;
  }

  request(): sql.Request {
    return this.transaction === undefined ? this.pool.request() : this.transaction.request();
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const request = this.request();
    query.parameters.forEach((parameter, index) => addInput(this.#mssql, request, String(index + 1), parameter));
    try {
      const result = await request.query<Record<string, unknown>>(query.sql);
      const affected = result.rowsAffected.reduce((sum, count) => sum + count, 0);
      return {
        rows: (result.recordset === undefined ? [] : normalise(this.#mssql, result.recordset)) as R[],
        numAffectedRows: BigInt(affected),
      };
    } catch (error) {
      throw translate(error);
    }
  }

  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('streaming is not offered: read in pages');
  }
}

class MssqlDriver implements Driver {
  readonly #mssql: Mssql;
  readonly #pool: sql.ConnectionPool;
  constructor(mssql: Mssql, pool: sql.ConnectionPool) {
    this.#mssql = mssql;
    this.#pool = pool;
  }
  async init(): Promise<void> {}
  async acquireConnection(): Promise<DatabaseConnection> {
    return new MssqlConnection(this.#mssql, this.#pool);
  }
  async beginTransaction(connection: MssqlConnection): Promise<void> {
    const transaction = this.#pool.transaction();
    try {
      await transaction.begin(this.#mssql.ISOLATION_LEVEL.READ_COMMITTED);
    } catch (error) {
      throw translate(error);
    }
    connection.transaction = transaction;
  }
  async commitTransaction(connection: MssqlConnection): Promise<void> {
    try {
      await connection.transaction!.commit();
    } catch (error) {
      throw translate(error);
    }
    connection.transaction = undefined;
  }
  async rollbackTransaction(connection: MssqlConnection): Promise<void> {
    const transaction = connection.transaction;
    connection.transaction = undefined;
    // A deadlock victim or a cut connection has been rolled back by the server; then this fails, and that is right.
    await transaction?.rollback().catch(() => undefined);
  }
  async releaseConnection(): Promise<void> {}
  async destroy(): Promise<void> {
    await this.#pool.close();
  }
}

const DEADLOCK = 1205;
const LOCK_TIMEOUT = 1222;
const TRANSACTION_ATTEMPTS = 4;

/** A CMDB on SQL Server with its pool: for migrations and the queue. */
export interface MssqlCmdb extends Cmdb {
  readonly engine: 'mssql';
  readonly pool: sql.ConnectionPool;
  readonly driver: Mssql;
}

/**
 * Opens a pool for `mssql://user:password@host:1433/Database?encrypt=true&trustServerCertificate=true`.
 * The driver is loaded only here: it costs memory that the embedded default does not need.
 */
export async function openMssql(url: string): Promise<MssqlCmdb> {
  const { default: mssql } = await import('mssql');
  const address = new URL(url);
  const option = (name: string, byDefault: boolean): boolean =>
    (address.searchParams.get(name) ?? String(byDefault)) === 'true';
  const database = decodeURIComponent(address.pathname.slice(1)) || 'Symantec_CMDB';
  const pool = new mssql.ConnectionPool({
    server: address.hostname,
    port: address.port === '' ? 1433 : Number(address.port),
    user: decodeURIComponent(address.username),
    password: decodeURIComponent(address.password),
    database,
    pool: { max: Number(address.searchParams.get('pool') ?? 10), min: 0 },
    connectionTimeout: 15_000,
    requestTimeout: 60_000,
    options: {
      encrypt: option('encrypt', true),
      trustServerCertificate: option('trustServerCertificate', false),
      useUTC: true,
      appName: 'notification-server',
    },
  });
  try {
    await pool.connect();
  } catch (error) {
    throw new CmdbUnavailable(error);
  }
  // Without a listener a cut idle connection would end the process; the next query reports it to its caller.
  pool.on('error', () => undefined);

  const dialect: Dialect = {
    createAdapter: () => new MssqlAdapter(),
    createDriver: () => new MssqlDriver(mssql, pool),
    createIntrospector: (db) => new MssqlIntrospector(db),
    createQueryCompiler: () => new TypingQueryCompiler(),
  };
  const db = new Kysely<Schema>({ dialect });
  const described = new Map<string, BulkColumn[]>();
  const cmdb: MssqlCmdb = {
    engine: 'mssql',
    db,
    pool,
    driver: mssql,
    location: `mssql://${address.host}/${database}`,
    insertMany: (table, rows) => cmdb.transaction((session) => session.insertMany(table, rows)),
    transaction: async (work) => {
      for (let attempt = 1; ; attempt++) {
        try {
          return await runTransaction(mssql, db, described, work);
        } catch (error) {
          const number = (error as { number?: number }).number;
          if ((number !== DEADLOCK && number !== LOCK_TIMEOUT) || attempt === TRANSACTION_ATTEMPTS) throw error;
        }
      }
    },
    close: () => db.destroy(),
  };
  return cmdb;
}

async function runTransaction<T>(
  mssql: Mssql,
  db: Kysely<Schema>,
  described: Map<string, BulkColumn[]>,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  return db.connection().execute(async (bound) => {
    // Kysely hands out a connection of ours: bulk load needs the request that belongs to its transaction.
    let connection: MssqlConnection | undefined;
    return bound.transaction().execute(async (trx) => {
      await trx.getExecutor().provideConnection(async (own) => {
        connection = own as MssqlConnection;
      });
      return work({
        engine: 'mssql',
        db: trx,
        insertMany: (table, rows) =>
          isSmall(rows)
            ? insertSmall(trx, table, rows)
            : bulkInsert(mssql, () => connection!.request(), described, table, rows),
      });
    });
  });
}
