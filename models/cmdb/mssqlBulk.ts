/** Many rows at once on SQL Server: one INSERT for a few, a bulk load with the table's own types for many. */
import type sql from 'mssql';
import type { Kysely } from 'kysely';
import { translateMssqlError as translate } from './mssqlErrors.ts';
import type { Schema } from './schema.ts';
import { columnKind } from './types.ts';

type Mssql = typeof sql;

export type BulkColumn = { name: string; type: sql.ISqlType | (() => sql.ISqlType); nullable: boolean };

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

/** `described` keeps the column lists of tables that were loaded before. */
export async function bulkInsert(
  mssql: Mssql,
  request: () => sql.Request,
  described: Map<string, BulkColumn[]>,
  name: string,
  rows: readonly object[],
): Promise<void> {
  if (rows.length === 0) return;
  const used = Object.keys(rows[0]!);
  let columns = described.get(name);
  // An administrator may have added a column to a class, or made another class of the same name, since it was read.
  if (columns === undefined || used.some((column) => !columns!.some((known) => known.name === column))) {
    columns = await describeTable(mssql, request(), name);
    described.set(name, columns);
  }
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

export function isSmall(rows: readonly object[]): boolean {
  return rows.length * Object.keys(rows[0] ?? {}).length <= SMALL_INSERT_PARAMETERS;
}

export async function insertSmall(db: Kysely<Schema>, table: string, rows: readonly object[]): Promise<void> {
  if (rows.length === 0) return;
  await db
    .insertInto(table as 'Item')
    .values(rows as never)
    .execute();
}
