/**
 * Tables of administrators' own classes: the only place of the product that makes, alters or drops a table at run time,
 * and never for an event. Names are checked before they come here and quoted here; types come from a list.
 */
import { sql, type RawBuilder } from 'kysely';
import type { Engine, Session } from '../cmdb/types.ts';

export type ColumnType = 'text' | 'int' | 'time';

export interface TableColumn {
  name: string;
  dataType: ColumnType;
  /** Of text. */
  maxLength: number | null;
}

/** What a name may be, class or column: it becomes a name in SQL, and reports are written with it. */
export const NAME_PATTERN = /^[A-Za-z][A-Za-z0-9 _-]{0,58}[A-Za-z0-9]$|^[A-Za-z]$/;

/** `Inv_`, then the name with underscores for blanks (cmdb.md section 1). */
export const tableNameOf = (className: string): string => `Inv_${className.replace(/[ -]/g, '_')}`;

/** @throws Error for a name that was not checked: a fault in the program, never in what somebody typed */
function quoted(name: string): RawBuilder<unknown> {
  const bare = name.replace(/^(Inv|PK_Inv|FK_Inv|IX_Inv)_/, '').replace(/_(ResourceGuid|Resource)$/, '');
  if (!NAME_PATTERN.test(bare)) throw new Error(`not a name for a table or column: ${name.slice(0, 80)}`);
  return sql.id(name);
}

const LONGEST_INDEXABLE = 4000;

/** The column's type on the engine. Whole numbers are as wide as those that an event can carry. */
function typeText(engine: Engine, { dataType, maxLength }: TableColumn): RawBuilder<unknown> {
  if (engine === 'sqlite') return sql.raw(dataType === 'int' ? 'INTEGER' : 'TEXT');
  if (dataType === 'int') return sql.raw('bigint');
  if (dataType === 'time') return sql.raw('datetime2(3)');
  return sql.raw(
    maxLength === null || maxLength > LONGEST_INDEXABLE ? 'nvarchar(max)' : `nvarchar(${Math.trunc(maxLength)})`,
  );
}

/** Call it in the transaction that writes the definition. */
export async function createTable(session: Session, table: string, columns: readonly TableColumn[]): Promise<void> {
  const { engine, db } = session;
  const own = columns.map((column) => sql`${quoted(column.name)} ${typeText(engine, column)} NULL`);
  const key = engine === 'sqlite' ? sql`_id INTEGER PRIMARY KEY AUTOINCREMENT` : sql`_id bigint IDENTITY(1,1) NOT NULL`;
  const owner = engine === 'sqlite' ? sql`_ResourceGuid TEXT NOT NULL` : sql`_ResourceGuid uniqueidentifier NOT NULL`;
  const constraints = [
    ...(engine === 'sqlite' ? [] : [sql`CONSTRAINT ${quoted(`PK_${table}`)} PRIMARY KEY (_id)`]),
    sql`CONSTRAINT ${quoted(`FK_${table}_Resource`)} FOREIGN KEY (_ResourceGuid) REFERENCES Resource (Guid)`,
  ];
  const end = sql.raw(engine === 'sqlite' ? ') STRICT' : ')');
  await sql`CREATE TABLE ${quoted(table)} (${sql.join([key, owner, ...own, ...constraints])}${end}`.execute(db);
  const index = quoted(`IX_${table}_ResourceGuid`);
  await sql`CREATE INDEX ${index} ON ${quoted(table)} (_ResourceGuid)`.execute(db);
}

export async function addTableColumn(session: Session, table: string, column: TableColumn): Promise<void> {
  const add = sql.raw(session.engine === 'sqlite' ? 'ADD COLUMN' : 'ADD');
  const type = typeText(session.engine, column);
  await sql`ALTER TABLE ${quoted(table)} ${add} ${quoted(column.name)} ${type} NULL`.execute(session.db);
}

export async function dropTable(session: Session, table: string): Promise<void> {
  // The view by which reports read it: SQL Server would leave it broken, Babelfish would not drop the table.
  if (session.engine === 'mssql') await sql`DROP VIEW IF EXISTS reports.${quoted(table)}`.execute(session.db);
  await sql`DROP TABLE ${quoted(table)}`.execute(session.db);
}

/** Whether the CMDB has a table or view of this name, whoever made it. */
export async function nameIsTaken(session: Session, table: string): Promise<boolean> {
  const { rows } =
    session.engine === 'sqlite'
      ? await sql`SELECT 1 AS Found FROM sqlite_master WHERE name = ${table} COLLATE NOCASE`.execute(session.db)
      : await sql`SELECT 1 AS Found FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_NAME = ${table}`.execute(session.db);
  return rows.length > 0;
}
