/**
 * What the drain rows are held against: the rows that the events became, inserted once more into an empty CMDB by
 * prepared statements, resource by resource in the order of the events. A transaction ends when its statements have
 * taken as long as those of a slice of events may.
 */
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { migrate } from '../models/cmdb/migrate.ts';
import { forManyWrites, openSqlite } from '../models/cmdb/sqlite.ts';
import { SLICE_MS } from '../models/events/processingLoop.ts';

export interface BoundOrder {
  /** Data folder whose CMDB holds the rows, and an empty folder. */
  from: string;
  into: string;
}

export interface BoundResult {
  seconds: number;
  processorSeconds: number;
  rows: number;
}

/** By which column a table says whose a row is. */
const OWNERS = ['_ResourceGuid', 'ResourceGuid', 'SenderGuid', 'ItemGuid'];
/** Numbered by the database. */
const GENERATED = new Set(['_id', 'Id']);

interface Table {
  name: string;
  columns: string[];
  rows: Map<string, SQLInputValue[][]>;
}

function readTables(database: DatabaseSync): { tables: Table[]; resources: string[] } {
  const resources = database.prepare('SELECT Guid FROM Resource WHERE IsManaged = 1 ORDER BY rowid').all();
  const names = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid").all();
  const tables = names.map((row) => readTable(database, String(row.name)));
  return {
    tables: tables.filter((table) => table !== undefined).filter((table) => table.rows.size > 0),
    resources: resources.map((row) => String(row.Guid)),
  };
}

function readTable(database: DatabaseSync, name: string): Table | undefined {
  const all = database.prepare(`SELECT name FROM pragma_table_info(?)`).all(name);
  const columns = all.map((row) => String(row.name)).filter((column) => !GENERATED.has(column));
  const owner = name === 'Resource' ? 'Guid' : OWNERS.find((column) => columns.includes(column));
  if (owner === undefined) return undefined;
  const rows: Table['rows'] = new Map();
  for (const row of database.prepare(`SELECT * FROM "${name}"`).iterate()) {
    const key = String(row[owner]);
    const values = columns.map((column) => row[column] as SQLInputValue);
    const list = rows.get(key);
    if (list === undefined) rows.set(key, [values]);
    else list.push(values);
  }
  return { name, columns, rows };
}

function insertInto(database: DatabaseSync, { name, columns }: Table): StatementSync {
  const names = columns.map((column) => `"${column}"`).join(', ');
  return database.prepare(`INSERT INTO "${name}" (${names}) VALUES (${columns.map(() => '?').join(', ')})`);
}

function insertAll(database: DatabaseSync, tables: readonly Table[], resources: readonly string[]): number {
  const statements = tables.map((table) => insertInto(database, table));
  let rows = 0;
  let startedAt = 0;
  for (const resource of resources) {
    if (startedAt === 0) {
      database.exec('BEGIN IMMEDIATE');
      startedAt = performance.now();
    }
    tables.forEach((table, index) => {
      for (const values of table.rows.get(resource) ?? []) {
        statements[index]!.run(...values);
        rows++;
      }
    });
    if (performance.now() - startedAt < SLICE_MS) continue;
    database.exec('COMMIT');
    startedAt = 0;
  }
  if (startedAt !== 0) database.exec('COMMIT');
  return rows;
}

async function measure({ from, into }: BoundOrder): Promise<BoundResult> {
  const source = new DatabaseSync(join(from, 'cmdb.sqlite'), { readOnly: true });
  const { tables, resources } = readTables(source);
  source.close();
  const cmdb = openSqlite(join(into, 'cmdb.sqlite'));
  await migrate(cmdb);
  forManyWrites(cmdb);
  const usage = process.cpuUsage();
  const startedAt = performance.now();
  const rows = insertAll(cmdb.writer, tables, resources);
  const seconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(usage);
  await cmdb.close();
  return { seconds, processorSeconds: (user + system) / 1e6, rows };
}

process.once('message', (order: BoundOrder) => {
  void measure(order).then((result) => {
    process.send!(result);
    process.disconnect();
  });
});
process.send!('ready');
