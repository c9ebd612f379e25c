/** Every data class with how much it holds: a few dozen rows, so sorting and searching are done here. */
import { sql } from 'kysely';
import type { Guid } from '../../wire/guid.ts';
import type { Utc } from '../cmdb/schema.ts';
import type { Session } from '../cmdb/types.ts';
import { eventTableOf } from '../events/eventTables.ts';
import { readClass, type DataClassDetail } from './readClass.ts';

export interface ClassUse {
  rows: number;
  /** `undefined` for events: to count their computers would read them all. */
  computers: number | undefined;
  lastWriteAt: Utc | null;
}

export type ListedClass = Omit<DataClassDetail, 'columns'> & ClassUse & { columns: number };

/** What was counted lately, by class: who sorts and narrows the list shall not have everything counted each time. */
const counted = new WeakMap<Session, Map<Guid, { use: ClassUse; at: number }>>();

/** @param maxAgeMs how old counts may be; definitions are always those of now */
export async function listClasses(session: Session, maxAgeMs = 0): Promise<ListedClass[]> {
  const { db } = session;
  const classes = await db.selectFrom('DataClass').select('Guid').orderBy('Name').execute();
  const listed: ListedClass[] = [];
  for (const { Guid: guid } of classes) {
    const detail = await readClass(session, guid);
    if (detail === undefined) continue;
    listed.push({ ...detail, ...(await recentUse(session, detail, maxAgeMs)), columns: detail.columns.length });
  }
  return listed;
}

async function recentUse(session: Session, detail: DataClassDetail, maxAgeMs: number): Promise<ClassUse> {
  const known = counted.get(session) ?? new Map<Guid, { use: ClassUse; at: number }>();
  counted.set(session, known);
  const recent = known.get(detail.guid);
  const now = performance.now();
  if (recent !== undefined && now - recent.at < maxAgeMs) return recent.use;
  const use = await useOfClass(session, detail);
  known.set(detail.guid, { use, at: now });
  return use;
}

/** How much a class holds. */
export async function useOfClass(
  session: Session,
  { guid, kind, table }: Pick<DataClassDetail, 'guid' | 'kind' | 'table'>,
): Promise<ClassUse> {
  return kind === 'event' ? eventUse(session, table) : inventoryUse(session, guid, table);
}

/** Each of the three is served by an index alone: summing up RowCount would read every row of ResourceUpdate. */
async function inventoryUse({ db }: Session, guid: Guid, table: string): Promise<ClassUse> {
  const { rows } = await sql<{ Rows: number }>`SELECT COUNT(*) AS Rows FROM ${sql.table(table)}`.execute(db);
  const sent = await db
    .selectFrom('ResourceUpdate')
    .select((is) => [is.fn.countAll<number>().as('computers'), is.fn.max('ModifiedAt').as('lastWriteAt')])
    .where('InventoryClassGuid', '=', guid)
    .executeTakeFirstOrThrow();
  return { rows: Number(rows[0]!.Rows), computers: Number(sent.computers), lastWriteAt: sent.lastWriteAt };
}

/** Rows by the span of their numbers: at most so many, and no millions are counted while an agent waits. */
async function eventUse({ db }: Session, view: string): Promise<ClassUse> {
  const table = eventTableOf(view);
  if (table === undefined) return { rows: 0, computers: undefined, lastWriteAt: null };
  const { rows } = await sql<{ First: number | null; Last: number | null; LastAt: Utc | null }>`
    SELECT (SELECT MIN(Id) FROM ${sql.table(table)}) AS First, (SELECT MAX(Id) FROM ${sql.table(table)}) AS Last,
           (SELECT MAX(EventAt) FROM ${sql.table(table)}) AS LastAt`.execute(db);
  const { First, Last, LastAt } = rows[0]!;
  return { rows: First === null ? 0 : Number(Last) - Number(First) + 1, computers: undefined, lastWriteAt: LastAt };
}
