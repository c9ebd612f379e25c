/** One computer's inventory, as Resource Manager and the API show it. */
import { sql } from 'kysely';
import type { Guid } from '../../wire/guid.ts';
import type { Utc } from '../cmdb/schema.ts';
import { page } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';
import { DataClasses, type DataClass } from './dataClasses.ts';
import type { ClassRow } from './inventoryRows.ts';

export interface InventoryClassSummary {
  guid: Guid;
  name: string;
  rowCount: number;
  /** When the computer first sent this class. */
  createdAt: Utc;
  /** When the class was last received, changed or not. */
  modifiedAt: Utc;
  /** By the computer's clock, but never later than it arrived. */
  eventAt: Utc;
}

/** The data classes that a computer has sent, by name. */
export async function listInventoryClasses(session: Session, computer: Guid): Promise<InventoryClassSummary[]> {
  return session.db
    .selectFrom('ResourceUpdate as u')
    .innerJoin('DataClass as d', 'd.Guid', 'u.InventoryClassGuid')
    .select([
      'd.Guid as guid',
      'd.Name as name',
      'u.RowCount as rowCount',
      'u.CreatedAt as createdAt',
      'u.ModifiedAt as modifiedAt',
      'u.EventAt as eventAt',
    ])
    .where('u.ResourceGuid', '=', computer)
    .orderBy('d.Name')
    .execute();
}

export interface InventoryRows {
  guid: Guid;
  name: string;
  /** In the order of the class's definition. */
  columns: string[];
  /** Values in the order of `columns`. */
  rows: (string | number | null)[][];
  total: number;
}

/** Rows of one class of a computer, in the order in which they were sent; `undefined` when there is no such class. */
export async function readInventoryRows(
  session: Session,
  computer: Guid,
  dataClass: Guid,
  offset: number,
  limit: number,
): Promise<InventoryRows | undefined> {
  const found = (await DataClasses.load(session)).get(dataClass);
  return found === undefined ? undefined : readRows(session, computer, found, offset, limit);
}

/** Tables and columns of inventory are data: their names come from DataClass and DataClassColumn, and are quoted. */
async function readRows(
  session: Session,
  computer: Guid,
  dataClass: DataClass,
  offset: number,
  limit: number,
): Promise<InventoryRows> {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  const db = session.db as any;
  const columns = dataClass.columns.filter((column) => column !== undefined).map((column) => column.name);
  const mine = db.selectFrom(dataClass.table).where('_ResourceGuid', '=', computer);
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  const { total } = await mine.select((row: any) => row.fn.countAll().as('total')).executeTakeFirstOrThrow();
  const rows: ClassRow[] = await page(
    session,
    mine.select(columns.map((name) => sql`${sql.id(name)}`.as(name))).orderBy('_id'),
    offset,
    limit,
  ).execute();
  return {
    guid: dataClass.guid,
    name: dataClass.name,
    columns,
    rows: rows.map((row) => columns.map((column) => row[column] ?? null)),
    total: Number(total),
  };
}

export interface InventoryClassView extends InventoryClassSummary, InventoryRows {}

/** Every class with its first rows, at most `limit` each. */
export async function readInventory(session: Session, computer: Guid, limit: number): Promise<InventoryClassView[]> {
  const classes = await DataClasses.load(session);
  const views: InventoryClassView[] = [];
  for (const summary of await listInventoryClasses(session, computer)) {
    const dataClass = classes.get(summary.guid);
    if (dataClass !== undefined)
      views.push({ ...summary, ...(await readRows(session, computer, dataClass, 0, limit)) });
  }
  return views;
}
