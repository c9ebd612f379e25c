/**
 * Statements over many rows for the paths where a query builder per row would cost more than the rows: the rows go as one
 * JSON parameter, so that the text is the same each time and is prepared once, on SQLite (json_each) and on SQL Server
 * (OPENJSON, one plan whatever the number of rows). Names of tables and columns come from the schema and from DataClass.
 */
import { CompiledQuery } from 'kysely';
import { quoted } from './quoted.ts';
import { columnKind, type Engine, type Session } from './types.ts';

type Value = string | number | null;
type Values = readonly Value[];

interface BulkText {
  quote: (name: string) => string;
  /** The rows as a table `j` with these columns. */
  source: string;
  /** Column N of a row. */
  column: (index: number) => string;
}

const SQL_SERVER_TYPES = { guid: 'uniqueidentifier', time: 'datetime2(3)', bit: 'bit', other: 'nvarchar(max)' };
const KEY_TYPES = { ...SQL_SERVER_TYPES, other: 'nvarchar(450)' };

/** `keys`: so many columns of the front are compared; a key of nvarchar(max) could not be looked up in an index. */
function bulkText(engine: Engine, columns: readonly string[], keys: number): BulkText {
  const quote = (name: string): string => quoted(engine, name);
  if (engine === 'sqlite') return { quote, source: 'json_each(?) AS j', column: (index) => `(j.value ->> ${index})` };
  const typed = columns.map((name, index) => {
    const types = index < keys ? KEY_TYPES : SQL_SERVER_TYPES;
    return `${quote(name)} ${types[columnKind(name)]} '$[${index}]'`;
  });
  return {
    quote,
    source: `OPENJSON(@1) WITH (${typed.join(', ')}) AS j`,
    column: (index) => `j.${quote(columns[index]!)}`,
  };
}

async function run<R>({ db }: Session, text: string, rows: readonly Values[]): Promise<R[]> {
  const result = await db.executeQuery<R>(CompiledQuery.raw(text, [JSON.stringify(rows)]));
  return result.rows;
}

/**
 * Rows whose `key` columns equal one of `keys`, each of which should be given once.
 * @param order column to order the rows by
 */
export async function readMatching<R>(
  session: Session,
  table: string,
  columns: readonly string[],
  key: readonly string[],
  keys: readonly Values[],
  order?: string,
): Promise<R[]> {
  if (keys.length === 0) return [];
  const { quote, source, column } = bulkText(session.engine, key, key.length);
  const match = key.map((name, index) => `t.${quote(name)} = ${column(index)}`).join(' AND ');
  // SQLite takes CROSS JOIN as an order: each key is looked up, the table is never scanned.
  const join =
    session.engine === 'sqlite'
      ? `CROSS JOIN ${quote(table)} AS t WHERE ${match}`
      : `INNER JOIN ${quote(table)} AS t ON ${match}`;
  const sorted = order === undefined ? '' : ` ORDER BY t.${quote(order)}`;
  const text = `SELECT ${columns.map((name) => `t.${quote(name)}`).join(', ')} FROM ${source} ${join}${sorted}`;
  return run<R>(session, text, keys);
}

/**
 * Inserts those rows whose key is not taken, and answers the keys of these. Give each key once. On SQL Server another
 * node may insert the same key at the same moment: then the primary key is violated, and the caller's transaction is
 * undone and tried again.
 */
export async function insertMissing<R>(
  session: Session,
  table: string,
  columns: readonly string[],
  key: readonly string[],
  rows: readonly Values[],
): Promise<R[]> {
  if (rows.length === 0) return [];
  const { quote, source, column } = bulkText(session.engine, columns, key.length);
  const names = columns.map(quote).join(', ');
  const values = columns.map((_, index) => column(index)).join(', ');
  const head = `INSERT INTO ${quote(table)} (${names})`;
  if (session.engine === 'sqlite') {
    const conflict = 'WHERE true ON CONFLICT DO NOTHING RETURNING';
    return run<R>(session, `${head} SELECT ${values} FROM ${source} ${conflict} ${key.map(quote).join(', ')}`, rows);
  }
  const output = key.map((name) => `inserted.${quote(name)} AS ${quote(name)}`).join(', ');
  const same = key.map((name, index) => `t.${quote(name)} = ${column(index)}`).join(' AND ');
  const missing = `WHERE NOT EXISTS (SELECT 1 FROM ${quote(table)} AS t WHERE ${same})`;
  return run<R>(session, `${head} OUTPUT ${output} SELECT ${values} FROM ${source} ${missing}`, rows);
}

/** Sets all columns that are not `key` in the rows with those keys; the first columns are the key. */
export async function updateMany(
  session: Session,
  table: string,
  columns: readonly string[],
  keys: number,
  rows: readonly Values[],
): Promise<void> {
  if (rows.length === 0) return;
  const { quote, source, column } = bulkText(session.engine, columns, keys);
  const set = columns.slice(keys).map((name, index) => `${quote(name)} = ${column(keys + index)}`);
  const match = columns.slice(0, keys).map((name, index) => `t.${quote(name)} = ${column(index)}`);
  const target = session.engine === 'sqlite' ? `${quote(table)} AS t` : 't';
  const from = session.engine === 'sqlite' ? source : `${quote(table)} AS t, ${source}`;
  await run(session, `UPDATE ${target} SET ${set.join(', ')} FROM ${from} WHERE ${match.join(' AND ')}`, rows);
}

/** Deletes the rows whose `key` is one of the values. */
export async function deleteMatching(
  session: Session,
  table: string,
  key: string,
  values: readonly string[],
): Promise<void> {
  if (values.length === 0) return;
  const { quote, source, column } = bulkText(session.engine, [key], 1);
  const text = `DELETE FROM ${quote(table)} WHERE ${quote(key)} IN (SELECT ${column(0)} FROM ${source})`;
  await run(
    session,
    text,
    values.map((value) => [value]),
  );
}
