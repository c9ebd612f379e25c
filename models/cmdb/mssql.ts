/**
 * The CMDB on Microsoft SQL Server: Kysely over the `mssql` pool.
 *
 * Every parameter goes out with its type, taken from the column that it is compared with or written to (types.ts): an
 * untyped GUID or time would be nvarchar, and the server would convert, in the worst case the column.
 */
import type sql from 'mssql';
import {
  Kysely,
  MssqlAdapter,
  MssqlIntrospector,
  MssqlQueryCompiler,
  type BinaryOperationNode,
  type ColumnUpdateNode,
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type InsertQueryNode,
  type OperationNode,
  type PrimitiveValueListNode,
  type QueryResult,
  type SelectQueryNode,
  type ValueListNode,
} from 'kysely';
import type { Schema } from './schema.ts';
import { CmdbUnavailable, columnKind, TypedParam, type Cmdb, type Session } from './types.ts';

type Mssql = typeof sql;

function columnName(node: OperationNode | undefined): string | undefined {
  if (node === undefined) return undefined;
  const named = node as { kind: string; column?: OperationNode & { name?: string }; name?: string };
  if (named.kind === 'ReferenceNode') return columnName((node as unknown as { column: OperationNode }).column);
  if (named.kind === 'ColumnNode') {
    return (node as unknown as { column: { name: string } }).column.name;
  }
  return undefined;
}

/** Remembers which column a value belongs to while the query is written out. */
export class TypingQueryCompiler extends MssqlQueryCompiler {
  #column: string | undefined;
  #insertColumns: string[] = [];

  #within(column: string | undefined, visit: () => void): void {
    const before = this.#column;
    this.#column = column ?? before;
    visit();
    this.#column = before;
  }

  protected override addParameter(parameter: unknown): void {
    const kind = this.#column === undefined ? 'other' : columnKind(this.#column);
    super.addParameter(
      parameter instanceof TypedParam || kind === 'other' ? parameter : new TypedParam(kind, parameter),
    );
  }

  protected override visitBinaryOperation(node: BinaryOperationNode): void {
    this.#within(columnName(node.leftOperand) ?? columnName(node.rightOperand), () => super.visitBinaryOperation(node));
  }

  /** `Guid in (select … where Name = ?)`: the query inside compares columns of its own. */
  protected override visitSelectQuery(node: SelectQueryNode): void {
    const before = this.#column;
    this.#column = undefined;
    super.visitSelectQuery(node);
    this.#column = before;
  }

  protected override visitColumnUpdate(node: ColumnUpdateNode): void {
    this.#within(columnName(node.column), () => super.visitColumnUpdate(node));
  }

  protected override visitInsertQuery(node: InsertQueryNode): void {
    const before = this.#insertColumns;
    this.#insertColumns = node.columns?.map((column) => column.column.name) ?? [];
    super.visitInsertQuery(node);
    this.#insertColumns = before;
  }

  protected override visitPrimitiveValueList(node: PrimitiveValueListNode): void {
    if (this.#insertColumns.length !== node.values.length || this.#column !== undefined) {
      super.visitPrimitiveValueList(node);
      return;
    }
    this.append('(');
    node.values.forEach((value, index) => {
      if (index > 0) this.append(', ');
      this.#within(this.#insertColumns[index], () => this.appendValue(value));
    });
    this.append(')');
  }

  protected override visitValueList(node: ValueListNode): void {
    if (this.#insertColumns.length !== node.values.length || this.#column !== undefined) {
      super.visitValueList(node);
      return;
    }
    this.append('(');
    node.values.forEach((value, index) => {
      if (index > 0) this.append(', ');
      this.#within(this.#insertColumns[index], () => this.visitNode(value));
    });
    this.append(')');
  }
}

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

const CONNECTION_CODES = new Set([
  'ESOCKET',
  'ECONNCLOSED',
  'ETIMEOUT',
  'ENOTOPEN',
  'ECONNRESET',
  'EINSTLOOKUP',
  'ELOGIN',
  'ENOCONN',
]);
// Not enough memory or disk, log full, database unavailable: https://learn.microsoft.com/sql/relational-databases/errors-events
const UNAVAILABLE_NUMBERS = new Set([1105, 9002, 701, 802, 945, 983, 4060, 40613, 17142, 18456]);

function translate(error: unknown): unknown {
  const { code, number } = error as { code?: string; number?: number };
  if ((code !== undefined && CONNECTION_CODES.has(code)) || (number !== undefined && UNAVAILABLE_NUMBERS.has(number))) {
    return new CmdbUnavailable(error);
  }
  return error;
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

type BulkColumn = { name: string; type: sql.ISqlType | (() => sql.ISqlType); nullable: boolean };

/** Column list of a table with the bulk loader's types; read once a table. */
async function describeTable(mssql: Mssql, request: sql.Request, table: string): Promise<BulkColumn[]> {
  request.input('table', mssql.NVarChar(128), table);
  const { recordset } = await request.query<{ Name: string; TypeName: string; MaxLength: number; Nullable: boolean }>(
    `SELECT COLUMN_NAME AS Name, DATA_TYPE AS TypeName, COALESCE(CHARACTER_MAXIMUM_LENGTH, 0) AS MaxLength,
            CASE WHEN IS_NULLABLE = 'YES' THEN 1 ELSE 0 END AS Nullable
     FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = @table`,
  );
  return recordset.map((column) => {
    const length = column.MaxLength === -1 ? mssql.MAX : column.MaxLength;
    const types: Record<string, () => sql.ISqlType> = {
      uniqueidentifier: () => mssql.UniqueIdentifier() as unknown as sql.ISqlType,
      datetime2: () => mssql.DateTime2(3) as unknown as sql.ISqlType,
      int: () => mssql.Int() as unknown as sql.ISqlType,
      bigint: () => mssql.BigInt() as unknown as sql.ISqlType,
      bit: () => mssql.Bit() as unknown as sql.ISqlType,
      nvarchar: () => mssql.NVarChar(length) as unknown as sql.ISqlType,
      varbinary: () => mssql.VarBinary(length) as unknown as sql.ISqlType,
    };
    const type = types[column.TypeName.toLowerCase()];
    if (type === undefined) throw new Error(`no bulk type for ${table}.${column.Name} (${column.TypeName})`);
    return { name: column.Name, type: type(), nullable: Boolean(column.Nullable) };
  });
}

async function bulkInsert(
  mssql: Mssql,
  request: () => sql.Request,
  described: Map<string, BulkColumn[]>,
  name: string,
  rows: readonly object[],
): Promise<void> {
  if (rows.length === 0) return;
  let columns = described.get(name);
  if (columns === undefined) {
    columns = await describeTable(mssql, request(), name);
    described.set(name, columns);
  }
  const used = Object.keys(rows[0]!);
  const table = new mssql.Table(name);
  table.create = false;
  const kinds = used.map((column) => {
    const found = columns.find((candidate) => candidate.name === column);
    if (found === undefined) throw new Error(`${name} has no column ${column}`);
    table.columns.add(column, found.type, { nullable: found.nullable });
    return columnKind(column);
  });
  for (const row of rows) {
    table.rows.add(
      ...used.map((column, index) => {
        const value = (row as Record<string, unknown>)[column] ?? null;
        if (value === null) return null;
        if (kinds[index] === 'time') return new Date(value as string);
        if (kinds[index] === 'bit') return Boolean(value);
        return value instanceof Uint8Array ? Buffer.from(value) : (value as string | number);
      }),
    );
  }
  try {
    await request().bulk(table);
  } catch (error) {
    throw translate(error);
  }
}

/** A bulk load takes three round trips: up to this many parameters one INSERT is quicker. The engine allows 2,098. */
const SMALL_INSERT_PARAMETERS = 1000;

function isSmall(rows: readonly object[]): boolean {
  return rows.length * Object.keys(rows[0] ?? {}).length <= SMALL_INSERT_PARAMETERS;
}

async function insertSmall(db: Kysely<Schema>, table: string, rows: readonly object[]): Promise<void> {
  if (rows.length === 0) return;
  await db
    .insertInto(table as 'Item')
    .values(rows as never)
    .execute();
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
