/**
 * Statements over many rows for the paths where a query builder per row would cost more than the rows: the rows go as one
 * JSON parameter, so that the text is the same each time and is prepared once, on SQLite (json_each) and on SQL Server
 * (OPENJSON, one plan whatever the number of rows). Names of tables and columns come from the schema and from DataClass.
 */
import { CompiledQuery } from 'kysely';
import { quoted } from './quoted.ts';
import { columnKind, TypedParam, type Engine, type Session } from './types.ts';

type Value = string | number | null;
type Values = readonly Value[];

interface BulkText {
  quote: (name: string) => string;
  /** All rows as a table `j` with these columns, from one JSON parameter … */
  source: string;
  /** … or one row, from a parameter a column. */
  rowSource: string;
  /** Column N of a row. */
  column: (index: number) => string;
}

const SQL_SERVER_TYPES = { guid: 'uniqueidentifier', time: 'datetime2(3)', bit: 'bit', other: 'nvarchar(max)' };
const KEY_TYPES = { ...SQL_SERVER_TYPES, other: 'nvarchar(450)' };

/** `keys`: so many columns of the front are compared; a key of nvarchar(max) could not be looked up in an index. */
function bulkText(engine: Engine, columns: readonly string[], keys: number): BulkText {
  const quote = (name: string): string => quoted(engine, name);
  if (engine === 'sqlite')
    return { quote, source: 'json_each(?) AS j', rowSource: '', column: (index) => `(j.value ->> ${index})` };
  const typed = columns.map((name, index) => {
    const types = index < keys ? KEY_TYPES : SQL_SERVER_TYPES;
    return `${quote(name)} ${types[columnKind(name)]} '$[${index}]'`;
  });
  return {
    quote,
    source: `OPENJSON(@1) WITH (${typed.join(', ')}) AS j`,
    rowSource: `(SELECT ${columns.map((name, index) => `@${index + 1} AS ${quote(name)}`).join(', ')}) AS j`,
    column: (index) => `j.${quote(columns[index]!)}`,
  };
}

/** A row that needs escapes in JSON: Babelfish hands text over with them, where SQL Server takes them away. */
const needsEscapes = (row: Values): boolean =>
  row.some((value) => typeof value === 'string' && /["\\\u0000-\u001f]/.test(value));

/** @param statement the text for a source of rows */
async function run<R>(
  { db, engine }: Session,
  { source, rowSource }: BulkText,
  columns: readonly string[],
  statement: (source: string) => string,
  rows: readonly Values[],
): Promise<R[]> {
  const special = engine === 'sqlite' ? [] : rows.filter(needsEscapes);
  const plain = special.length === 0 ? rows : rows.filter((row) => !needsEscapes(row));
  const found: R[] = [];
  if (plain.length > 0) {
    const result = await db.executeQuery<R>(CompiledQuery.raw(statement(source), [JSON.stringify(plain)]));
    found.push(...result.rows);
  }
  for (const row of special) {
    const typed = row.map((value, index) => new TypedParam(columnKind(columns[index]!), value));
    found.push(...(await db.executeQuery<R>(CompiledQuery.raw(statement(rowSource), typed))).rows);
  }
  return found;
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
  const bulk = bulkText(session.engine, key, key.length);
  const { quote, column } = bulk;
  const match = key.map((name, index) => `t.${quote(name)} = ${column(index)}`).join(' AND ');
  // SQLite takes CROSS JOIN as an order: each key is looked up, the table is never scanned.
  const join =
    session.engine === 'sqlite'
      ? `CROSS JOIN ${quote(table)} AS t WHERE ${match}`
      : `INNER JOIN ${quote(table)} AS t ON ${match}`;
  const sorted = order === undefined ? '' : ` ORDER BY t.${quote(order)}`;
  const names = columns.map((name) => `t.${quote(name)}`).join(', ');
  return run<R>(session, bulk, key, (source) => `SELECT ${names} FROM ${source} ${join}${sorted}`, keys);
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
  const bulk = bulkText(session.engine, columns, key.length);
  const { quote, column } = bulk;
  const names = columns.map(quote).join(', ');
  const values = columns.map((_, index) => column(index)).join(', ');
  const head = `INSERT INTO ${quote(table)} (${names})`;
  if (session.engine === 'sqlite') {
    const conflict = `WHERE true ON CONFLICT DO NOTHING RETURNING ${key.map(quote).join(', ')}`;
    return run<R>(session, bulk, columns, (source) => `${head} SELECT ${values} FROM ${source} ${conflict}`, rows);
  }
  const output = key.map((name) => `inserted.${quote(name)} AS ${quote(name)}`).join(', ');
  const same = key.map((name, index) => `t.${quote(name)} = ${column(index)}`).join(' AND ');
  const missing = `WHERE NOT EXISTS (SELECT 1 FROM ${quote(table)} AS t WHERE ${same})`;
  const statement = (source: string): string => `${head} OUTPUT ${output} SELECT ${values} FROM ${source} ${missing}`;
  return run<R>(session, bulk, columns, statement, rows);
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
  const bulk = bulkText(session.engine, columns, keys);
  const { quote, column } = bulk;
  const set = columns.slice(keys).map((name, index) => `${quote(name)} = ${column(keys + index)}`);
  const match = columns.slice(0, keys).map((name, index) => `t.${quote(name)} = ${column(index)}`);
  const target = session.engine === 'sqlite' ? `${quote(table)} AS t` : 't';
  const from = session.engine === 'sqlite' ? '' : `${quote(table)} AS t, `;
  const statement = (source: string): string =>
    `UPDATE ${target} SET ${set.join(', ')} FROM ${from}${source} WHERE ${match.join(' AND ')}`;
  await run(session, bulk, columns, statement, rows);
}

/** Deletes the rows whose `key` is one of the values. */
export async function deleteMatching(
  session: Session,
  table: string,
  key: string,
  values: readonly string[],
): Promise<void> {
  if (values.length === 0) return;
  const bulk = bulkText(session.engine, [key], 1);
  const head = `DELETE FROM ${bulk.quote(table)} WHERE ${bulk.quote(key)} IN`;
  await run(
    session,
    bulk,
    [key],
    (source) => `${head} (SELECT ${bulk.column(0)} FROM ${source})`,
    values.map((value) => [value]),
  );
}
