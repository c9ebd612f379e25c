/**
 * What differs between the engines and Kysely does not translate (tsql.md), in one place. Everything else is written
 * once.
 */
import { sql, type InsertObject, type RawBuilder, type SelectQueryBuilder, type WhereInterface } from 'kysely';
import type { Schema } from './schema.ts';
import type { Session } from './types.ts';
import { untyped, type AnySchema } from './untyped.ts';

type TableName = keyof Schema & string;
type Row<T extends TableName> = InsertObject<Schema, T>;

/** Rows `offset … offset+limit-1` of an ordered query: LIMIT/OFFSET, or OFFSET/FETCH, which needs the ORDER BY. */
export function page<DB, TB extends keyof DB, O>(
  session: Session,
  query: SelectQueryBuilder<DB, TB, O>,
  offset: number,
  limit: number,
): SelectQueryBuilder<DB, TB, O> {
  return session.engine === 'sqlite' ? query.limit(limit).offset(offset) : query.offset(offset).fetch(limit);
}

/** At most `count` rows of a query. */
export function top<DB, TB extends keyof DB, O>(
  session: Session,
  query: SelectQueryBuilder<DB, TB, O>,
  count: number,
): SelectQueryBuilder<DB, TB, O> {
  return session.engine === 'sqlite' ? query.limit(count) : query.top(count);
}

const DUPLICATE_KEY = new Set([2627, 2601]);
const SQLITE_CONSTRAINT_UNIQUE = 2067;
const SQLITE_CONSTRAINT_PRIMARY_KEY = 1555;

export function isUniqueViolation(error: unknown): boolean {
  const { number, errcode } = error as { number?: number; errcode?: number };
  return (
    (number !== undefined && DUPLICATE_KEY.has(number)) ||
    errcode === SQLITE_CONSTRAINT_UNIQUE ||
    errcode === SQLITE_CONSTRAINT_PRIMARY_KEY
  );
}

function matching<Q extends WhereInterface<AnySchema, string>>(
  query: Q,
  row: Record<string, unknown>,
  key: readonly string[],
): Q {
  return key.reduce((narrowed, column) => narrowed.where(column, '=', row[column]) as Q, query);
}

/**
 * Writes a row whether or not it is there: `key` names the columns of a unique index, all others are updated.
 * SQL Server: UPDATE first, INSERT when it met nothing, once more when another node was first (no MERGE: it races).
 */
export async function insertOrUpdate<T extends TableName>(
  session: Session,
  table: T,
  key: readonly (keyof Schema[T] & string)[],
  row: Row<T>,
): Promise<void> {
  const db = untyped(session);
  const into: string = table;
  const values = row as Record<string, unknown>;
  const changes = Object.fromEntries(
    Object.entries(values).filter(([column]) => !(key as readonly string[]).includes(column)),
  );
  if (session.engine === 'sqlite') {
    await db
      .insertInto(into)
      .values(values)
      .onConflict((conflict) =>
        Object.keys(changes).length === 0
          ? conflict.columns(key).doNothing()
          : conflict.columns(key).doUpdateSet(changes),
      )
      .execute();
    return;
  }
  for (let attempt = 0; ; attempt++) {
    if (Object.keys(changes).length > 0) {
      const updated = await matching(db.updateTable(into).set(changes), values, key).executeTakeFirst();
      if (Number(updated.numUpdatedRows) > 0) return;
    }
    try {
      if (await insertIfMissing(session, table, key, row)) return;
      if (Object.keys(changes).length === 0) return;
    } catch (error) {
      if (!isUniqueViolation(error) || attempt > 0) throw error;
    }
    if (attempt > 2) throw new Error(`could not write ${table}: the row appears and vanishes`);
  }
}

/** Inserts unless the key is taken; true when this call inserted. */
export async function insertIfMissing<T extends TableName>(
  session: Session,
  table: T,
  key: readonly (keyof Schema[T] & string)[],
  row: Row<T>,
): Promise<boolean> {
  const db = untyped(session);
  const into: string = table;
  const values = row as Record<string, unknown>;
  if (session.engine === 'sqlite') {
    const result = await db
      .insertInto(into)
      .values(values)
      .onConflict((conflict) => conflict.columns(key).doNothing())
      .executeTakeFirst();
    return Number(result.numInsertedOrUpdatedRows) > 0;
  }
  const found = await matching(db.selectFrom(into).select(sql<number>`1`.as('found')), values, key).executeTakeFirst();
  if (found !== undefined) return false;
  try {
    await db.insertInto(into).values(values).execute();
    return true;
  } catch (error) {
    // Another node was first. Inside a transaction SQL Server dooms nothing for 2627 as long as XACT_ABORT is off.
    if (isUniqueViolation(error)) return false;
    throw error;
  }
}

/** Inserts one row and answers its generated `Id`: RETURNING, or OUTPUT. */
export async function insertReturningId<T extends TableName>(session: Session, table: T, row: Row<T>): Promise<number> {
  const query = untyped(session).insertInto(table).values(row);
  const result =
    session.engine === 'sqlite'
      ? await query.returning('Id').executeTakeFirstOrThrow()
      : await query.output('inserted.Id').executeTakeFirstOrThrow();
  // The only column; Babelfish answers its name in small letters.
  return Number(Object.values(result)[0]);
}

/**
 * True where `column` holds `text`, wherever, wildcards taken literally; case-insensitive on both engines (SQLite: for
 * ASCII letters). No index serves it: use it on narrow tables.
 */
export function contains(session: Session, column: string | RawBuilder<unknown>, text: string) {
  const value = typeof column === 'string' ? sql.ref(column) : column;
  if (session.engine === 'mssql') return sql<boolean>`charindex(${text}, ${value}) > 0`;
  const pattern = `%${text.replace(/[\\%_]/g, (character) => `\\${character}`)}%`;
  return sql<boolean>`${value} like ${pattern} escape '\\'`;
}
