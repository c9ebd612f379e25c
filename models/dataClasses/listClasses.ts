/** Every data class with how much it holds: a few dozen rows, so sorting and searching are done here. */
import { sql } from 'kysely';
import type { Guid } from '../../wire/guid.ts';
import type { Utc } from '../cmdb/schema.ts';
import type { Session } from '../cmdb/types.ts';
import { EVENT_TABLES } from '../retention/subjects.ts';
import { readClass, type DataClassDetail } from './readClass.ts';

export interface ClassUse {
  rows: number;
  /** `undefined` for events: to count their computers would read them all. */
  computers: number | undefined;
  lastWriteAt: Utc | null;
}

export type ListedClass = Omit<DataClassDetail, 'columns'> & ClassUse & { columns: number };

export async function listClasses(session: Session): Promise<ListedClass[]> {
  const { db } = session;
  const classes = await db.selectFrom('DataClass').select('Guid').orderBy('Name').execute();
  const inventory = await inventoryUse(session);
  const listed: ListedClass[] = [];
  for (const { Guid: guid } of classes) {
    const detail = await readClass(session, guid);
    if (detail === undefined) continue;
    const use =
      detail.kind === 'event'
        ? await eventUse(session, detail.table)
        : (inventory.get(guid) ?? { rows: 0, computers: 0, lastWriteAt: null });
    listed.push({ ...detail, ...use, columns: detail.columns.length });
  }
  return listed;
}

async function inventoryUse({ db }: Session): Promise<ReadonlyMap<Guid, ClassUse>> {
  const rows = await db
    .selectFrom('ResourceUpdate')
    .select((is) => [
      'InventoryClassGuid as guid',
      is.fn.countAll<number>().as('computers'),
      is.fn.sum<number>('RowCount').as('rows'),
      is.fn.max('ModifiedAt').as('lastWriteAt'),
    ])
    .groupBy('InventoryClassGuid')
    .execute();
  return new Map(
    rows.map(({ guid, computers, rows: count, lastWriteAt }) => [
      guid,
      { computers: Number(computers), rows: Number(count ?? 0), lastWriteAt },
    ]),
  );
}

/** Rows by the span of their numbers: at most so many, and no millions are counted while an agent waits. */
async function eventUse({ db }: Session, view: string): Promise<ClassUse> {
  const table = EVENT_TABLES[view];
  if (table === undefined) return { rows: 0, computers: undefined, lastWriteAt: null };
  const { rows } = await sql<{ First: number | null; Last: number | null; LastAt: Utc | null }>`
    SELECT (SELECT MIN(Id) FROM ${sql.table(table)}) AS First, (SELECT MAX(Id) FROM ${sql.table(table)}) AS Last,
           (SELECT MAX(EventAt) FROM ${sql.table(table)}) AS LastAt`.execute(db);
  const { First, Last, LastAt } = rows[0]!;
  return { rows: First === null ? 0 : Number(Last) - Number(First) + 1, computers: undefined, lastWriteAt: LastAt };
}

/** How much one class holds. */
export async function useOfClass(session: Session, { guid, kind, table }: DataClassDetail): Promise<ClassUse> {
  if (kind === 'event') return eventUse(session, table);
  const row = await session.db
    .selectFrom('ResourceUpdate')
    .select((is) => [
      is.fn.countAll<number>().as('computers'),
      is.fn.sum<number>('RowCount').as('rows'),
      is.fn.max('ModifiedAt').as('lastWriteAt'),
    ])
    .where('InventoryClassGuid', '=', guid)
    .executeTakeFirstOrThrow();
  return { computers: Number(row.computers), rows: Number(row.rows ?? 0), lastWriteAt: row.lastWriteAt };
}
