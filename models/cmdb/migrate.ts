/**
 * Forward-only migrations: numbered files in `sql/migrations/<engine>/`, the same numbers on both engines, one
 * transaction each with its version row inside. Two nodes that start at once take turns behind a lock.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { MssqlCmdb } from './mssql.ts';
import type { SqliteCmdb } from './sqlite.ts';
import type { Engine } from './types.ts';

export interface Migration {
  version: number;
  name: string;
  statements: string[];
}

/** A file's statements: they end with a semicolon at the end of a line (CREATE VIEW must stand alone in T-SQL). */
export function splitStatements(text: string): string[] {
  return text
    .split(/;[ \t]*(?:\r?\n|$)/)
    .map((statement) => statement.trim())
    .filter((statement) => statement.replace(/--.*$/gm, '').trim() !== '');
}

export function readMigrations(engine: Engine): Migration[] {
  const folder = fileURLToPath(new URL(`../../sql/migrations/${engine}/`, import.meta.url));
  return readdirSync(folder)
    .filter((file) => /^\d{4}_\w+\.sql$/.test(file))
    .sort()
    .map((file) => ({
      version: Number(file.slice(0, 4)),
      name: file.slice(5, -4),
      statements: splitStatements(readFileSync(folder + file, 'utf8')),
    }));
}

/** The CMDB was made by a newer program: starting this one on it could damage it. */
export class SchemaTooNew extends Error {
  constructor(found: number, known: number) {
    super(
      `the CMDB has schema version ${found}, this program knows ${known}: start the newer program, or restore a backup`,
    );
    this.name = 'SchemaTooNew';
  }
}

/**
 * Brings the schema up to date; answers the versions that it applied.
 * @param upTo only so far: what an earlier program left, for tests of upgrades
 * @throws SchemaTooNew
 */
export async function migrate(cmdb: SqliteCmdb | MssqlCmdb, upTo = Number.POSITIVE_INFINITY): Promise<number[]> {
  const migrations = readMigrations(cmdb.engine).filter(({ version }) => version <= upTo);
  return cmdb.engine === 'sqlite' ? migrateSqlite(cmdb, migrations) : migrateMssql(cmdb, migrations);
}

/** Version of the newest applied migration; 0 for an empty database. */
export async function schemaVersion(cmdb: SqliteCmdb | MssqlCmdb): Promise<number> {
  if (cmdb.engine === 'sqlite') {
    const known = cmdb.writer.prepare("SELECT 1 FROM sqlite_master WHERE name = 'SchemaVersion'").get();
    if (known === undefined) return 0;
    return Number(cmdb.writer.prepare('SELECT COALESCE(MAX(Version), 0) AS v FROM SchemaVersion').get()!.v);
  }
  const { recordset } = await cmdb.pool
    .request()
    .query<{ v: number }>("SELECT COUNT(*) AS v FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_NAME = N'SchemaVersion'");
  if (recordset[0]!.v === 0) return 0;
  const { recordset: rows } = await cmdb.pool
    .request()
    .query<{ v: number }>('SELECT COALESCE(MAX(Version), 0) AS v FROM SchemaVersion');
  return rows[0]!.v;
}

function pending(found: number, migrations: Migration[]): Migration[] {
  const known = migrations.at(-1)?.version ?? 0;
  if (found > known) throw new SchemaTooNew(found, known);
  return migrations.filter((migration) => migration.version > found);
}

async function migrateSqlite(cmdb: SqliteCmdb, migrations: Migration[]): Promise<number[]> {
  const database = cmdb.writer;
  const applied: number[] = [];
  for (;;) {
    // IMMEDIATE is the lock: the version is read after it was taken, so a second starter finds nothing left to do.
    database.exec('BEGIN IMMEDIATE');
    try {
      database.exec(
        'CREATE TABLE IF NOT EXISTS SchemaVersion (Version INTEGER PRIMARY KEY, Name TEXT NOT NULL, AppliedAt TEXT NOT NULL) STRICT',
      );
      const [next] = pending(await schemaVersion(cmdb), migrations);
      if (next === undefined) {
        database.exec('COMMIT');
        return applied;
      }
      database
        .prepare(
          "INSERT INTO SchemaVersion (Version, Name, AppliedAt) VALUES (?, ?, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))",
        )
        .run(next.version, next.name);
      for (const statement of next.statements) database.exec(statement);
      database.exec('COMMIT');
      applied.push(next.version);
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  }
}

/** Views of the schema `reports` that migration 0009 made; the others repeat a table or view of dbo. */
export const OWN_REPORT_VIEWS: ReadonlySet<string> = new Set(['item', 'itemclass', 'eventqueueentry']);

/**
 * Takes the repeating views away, which models/reports/runner/mssqlViews.ts makes again when a report runs: a migration
 * must be free to drop what lies behind them, and Babelfish refuses that while they are there.
 */
export async function dropReportViews(asked: Pick<MssqlCmdb['pool'], 'request'>): Promise<void> {
  const { recordset } = await asked
    .request()
    .query<{ name: string }>(
      "SELECT TABLE_NAME AS name FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = N'reports'",
    );
  for (const { name } of recordset.filter((row) => !OWN_REPORT_VIEWS.has(row.name.toLowerCase()))) {
    await asked.request().batch(`DROP VIEW reports.[${name.replaceAll(']', ']]')}]`);
  }
}

async function migrateMssql(cmdb: MssqlCmdb, migrations: Migration[]): Promise<number[]> {
  const { pool, driver } = cmdb;
  const applied: number[] = [];
  for (;;) {
    const transaction = pool.transaction();
    await transaction.begin(driver.ISOLATION_LEVEL.READ_COMMITTED);
    try {
      // Released with the transaction; works where READPAST and UPDLOCK are ignored (tsql.md).
      const lock = await transaction.request().query<{ result: number }>(
        `DECLARE @result int;
         EXEC @result = sp_getapplock @Resource = N'notification-server migrate', @LockMode = N'Exclusive', @LockOwner = N'Transaction', @LockTimeout = 60000;
         SELECT @result AS result;`,
      );
      if ((lock.recordset[0]?.result ?? -1) < 0)
        throw new Error('another node has been migrating the CMDB for over a minute');
      await transaction.request().batch(
        `IF OBJECT_ID(N'SchemaVersion', N'U') IS NULL
           CREATE TABLE SchemaVersion (Version int NOT NULL CONSTRAINT PK_SchemaVersion PRIMARY KEY, Name nvarchar(100) NOT NULL, AppliedAt datetime2(3) NOT NULL)`,
      );
      const { recordset } = await transaction
        .request()
        .query<{ v: number }>('SELECT COALESCE(MAX(Version), 0) AS v FROM SchemaVersion');
      const [next] = pending(recordset[0]!.v, migrations);
      if (next === undefined) {
        await transaction.commit();
        return applied;
      }
      await transaction
        .request()
        .input('version', driver.Int, next.version)
        .input('name', driver.NVarChar(100), next.name)
        .query('INSERT INTO SchemaVersion (Version, Name, AppliedAt) VALUES (@version, @name, SYSUTCDATETIME())');
      await dropReportViews(transaction);
      for (const statement of next.statements) await transaction.request().batch(statement);
      await transaction.commit();
      applied.push(next.version);
    } catch (error) {
      await transaction.rollback().catch(() => undefined);
      throw error;
    }
  }
}
