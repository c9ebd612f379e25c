/** How many rows and bytes each table holds: counted once a day, off the threads that answer agents. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { utc, type Clock } from '../clock.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';

export interface TableSize {
  table: string;
  rows: number;
  /** Indexes included, unless it is an estimate. */
  bytes: number;
  isEstimate: boolean;
}

/** Names in SpaceSample of what is no table: whole files, and room inside the CMDB's file that is free for new rows. */
export const CMDB_FILE = '(CMDB file)';
export const FREE_INSIDE = '(free inside the CMDB file)';
export const QUEUE_FILE = '(event queue file)';

const DAY = 86_400_000;

/** Writes the sample of today; one of today is written over. */
export async function sampleSpace(cmdb: Cmdb, clock: Clock, dataDir: string): Promise<void> {
  const DayAt = utc(Math.floor(clock.now() / DAY) * DAY);
  const sizes = cmdb.engine === 'sqlite' ? await sqliteSizes(cmdb, dataDir) : await mssqlSizes(cmdb);
  const samples = sizes.map(({ table, rows, bytes, isEstimate }) => ({
    DayAt,
    TableName: table,
    RowCount: rows,
    Bytes: bytes,
    IsEstimate: isEstimate ? 1 : 0,
  }));
  // At once: a page must not take half of the tables for all.
  await cmdb.transaction(
    async (session) => {
      await session.db.deleteFrom('SpaceSample').where('DayAt', '=', DayAt).execute();
      await session.insertMany('SpaceSample', samples);
    },
    { mayBeLost: true },
  );
}

/** A tree at a time: one look at all of them would keep the write-ahead log from being emptied for as long. */
async function sqliteSizes(session: Session, dataDir: string): Promise<TableSize[]> {
  const { rows: trees } = await sql<{ name: string; owner: string; isTable: number; hasRowid: number }>`
    select s.name, s.tbl_name as owner, s.type = 'table' as isTable, coalesce(l.wr, 0) = 0 as hasRowid
    from sqlite_schema as s left join pragma_table_list as l on l.name = s.name and l.schema = 'main'
    where s.rootpage > 0`.execute(session.db);
  const sizes = new Map<string, TableSize>();
  for (const { name, owner, isTable, hasRowid } of trees) {
    const tree = await sqliteTree(session, name);
    const size = sizes.get(owner) ?? { table: owner, rows: 0, bytes: 0, isEstimate: false };
    size.bytes += tree.bytes;
    // A table without rowid keeps rows in its inner pages, too.
    if (isTable === 1) size.rows = hasRowid === 1 ? tree.leafCells : tree.cells;
    sizes.set(owner, size);
  }
  return [...sizes.values(), ...(await sqliteFiles(session, dataDir))];
}

async function sqliteTree(
  session: Session,
  name: string,
): Promise<{ bytes: number; cells: number; leafCells: number }> {
  const { rows } = await sql<{ bytes: number | null; cells: number | null; leafCells: number | null }>`
    select sum(pgsize) as bytes, sum(ncell) as cells, sum(case when pagetype = 'leaf' then ncell else 0 end) as leafCells
    from dbstat where name = ${name}`.execute(session.db);
  const [row] = rows;
  return { bytes: row?.bytes ?? 0, cells: row?.cells ?? 0, leafCells: row?.leafCells ?? 0 };
}

async function sqliteFiles(session: Session, dataDir: string): Promise<TableSize[]> {
  const { rows } = await sql<{ pages: number; free: number; size: number }>`
    select p.page_count as pages, f.freelist_count as free, s.page_size as size
    from pragma_page_count as p, pragma_freelist_count as f, pragma_page_size as s`.execute(session.db);
  const { pages, free, size } = rows[0]!;
  const file = (table: string, bytes: number): TableSize => ({ table, rows: 0, bytes, isEstimate: false });
  const queue = statSync(join(dataDir, 'queue.sqlite'), { throwIfNoEntry: false });
  return [
    file(CMDB_FILE, pages * size),
    file(FREE_INSIDE, free * size),
    ...(queue === undefined ? [] : [file(QUEUE_FILE, queue.size)]),
  ];
}

/** What the server keeps about its pages; needs VIEW DATABASE STATE. Without it, or on another server: an estimate. */
async function mssqlSizes(session: Session): Promise<TableSize[]> {
  try {
    const { rows } = await sql<{ name: string; total: number; pages: number }>`
      select t.name, sum(case when p.index_id in (0, 1) then p.row_count else 0 end) as total, sum(p.reserved_page_count) as pages
      from sys.dm_db_partition_stats as p join sys.tables as t on t.object_id = p.object_id
      group by t.name`.execute(session.db);
    return rows.map((row) => ({
      table: row.name,
      rows: Number(row.total),
      bytes: Number(row.pages) * 8192,
      isEstimate: false,
    }));
  } catch {
    return estimatedSizes(session);
  }
}

/** Rows counted, their length by the average of some: neither indexes nor free space are in it. */
async function estimatedSizes(session: Session): Promise<TableSize[]> {
  // Two questions: where these views are slow, as on Babelfish, joining them takes minutes.
  const { rows: names } = await sql<{ table: string }>`
    select TABLE_NAME as [table] from INFORMATION_SCHEMA.TABLES
    where TABLE_TYPE = 'BASE TABLE' and TABLE_SCHEMA = 'dbo'`.execute(session.db);
  const isTable = new Set(names.map(({ table }) => table));
  const { rows: columns } = await sql<{ table: string; column: string }>`
    select TABLE_NAME as [table], COLUMN_NAME as [column] from INFORMATION_SCHEMA.COLUMNS
    where TABLE_SCHEMA = 'dbo'`.execute(session.db);
  const tables = Map.groupBy(
    columns.filter(({ table }) => isTable.has(table)),
    ({ table }) => table,
  );
  const sizes: TableSize[] = [];
  for (const [table, list] of tables) {
    const length = sql.join(
      list.map(({ column }) => sql`coalesce(cast(datalength(${sql.ref(column)}) as bigint), 0)`),
      sql` + `,
    );
    const { rows } = await sql<{ total: number; average: number | null }>`
      select (select count_big(*) from ${sql.table(table)}) as total,
        (select avg(cast(s.Length as float)) from (select top (200) ${length} as Length from ${sql.table(table)}) as s) as average`.execute(
      session.db,
    );
    const { total, average } = rows[0]!;
    sizes.push({
      table,
      rows: Number(total),
      bytes: Math.round(Number(total) * Number(average ?? 0)),
      isEstimate: true,
    });
  }
  return sizes;
}
