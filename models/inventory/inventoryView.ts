/** One resource's inventory, as Resource Manager and the API show it. */
import { sql } from 'kysely';
import type { Guid } from '../../wire/guid.ts';
import type { Utc } from '../cmdb/schema.ts';
import { contains, page } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';
import { untyped } from '../cmdb/untyped.ts';
import { DataClasses, type DataClass, type DataClassColumn } from './dataClasses.ts';
import type { ClassRow } from './inventoryRows.ts';

export interface InventoryClassSummary {
  guid: Guid;
  name: string;
  rowCount: number;
  /** When the resource first sent this class. */
  createdAt: Utc;
  /** When the class was last received, changed or not. */
  modifiedAt: Utc;
  /** By the computer's clock, but never later than it arrived. */
  eventAt: Utc;
  /** When its data last changed, as far as history reaches back; null for a class whose history is not kept. */
  changedAt: Utc | null;
  hasHistory: boolean;
}

/** The data classes that a resource has, by name. */
export async function listInventoryClasses(session: Session, resource: Guid): Promise<InventoryClassSummary[]> {
  const rows = await session.db
    .selectFrom('ResourceUpdate as u')
    .innerJoin('DataClass as d', 'd.Guid', 'u.InventoryClassGuid')
    .select((row) => [
      'd.Guid as guid',
      'd.Name as name',
      'u.RowCount as rowCount',
      'u.CreatedAt as createdAt',
      'u.ModifiedAt as modifiedAt',
      'u.EventAt as eventAt',
      'd.HasHistory as keepsHistory',
      // The end of a range of the index by resource, class and time: one step a class, however much history there is.
      row
        .selectFrom('InventoryHistory as h')
        .select((last) => last.fn.max('h.At').as('at'))
        .whereRef('h.ResourceGuid', '=', 'u.ResourceGuid')
        .whereRef('h.InventoryClassGuid', '=', 'u.InventoryClassGuid')
        .as('lastChangeAt'),
    ])
    .where('u.ResourceGuid', '=', resource)
    .orderBy('d.Name')
    .execute();
  return rows.map(({ keepsHistory, lastChangeAt, ...row }) => ({
    ...row,
    hasHistory: keepsHistory === 1,
    // The first data of a class is no change in history: until there is one, it is what changed last.
    changedAt: lastChangeAt ?? (keepsHistory === 1 ? row.createdAt : null),
  }));
}

export interface MissingClass {
  guid: Guid;
  name: string;
  description: string;
}

/** The inventory classes that the CMDB defines and the resource has not sent, by name. */
export async function listMissingClasses({ db }: Session, resource: Guid): Promise<MissingClass[]> {
  return db
    .selectFrom('DataClass as d')
    .select(['d.Guid as guid', 'd.Name as name', 'd.Description as description'])
    .where('d.Kind', '=', 'inventory')
    .where((row) =>
      row.not(
        row.exists(
          row
            .selectFrom('ResourceUpdate as u')
            .select('u.ResourceGuid')
            .where('u.ResourceGuid', '=', resource)
            .whereRef('u.InventoryClassGuid', '=', 'd.Guid'),
        ),
      ),
    )
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

export interface RowOrder {
  /** Index in `columns`; without it rows come in the order in which they were sent. */
  sort?: number | undefined;
  descending?: boolean;
  /** Only rows with this text in any of their values. */
  search?: string;
}

/** Rows of one class of a resource; `undefined` when there is no such class. */
export async function readInventoryRows(
  session: Session,
  resource: Guid,
  dataClass: Guid,
  offset: number,
  limit: number,
  order: RowOrder = {},
): Promise<InventoryRows | undefined> {
  const found = (await DataClasses.load(session)).get(dataClass);
  return found === undefined ? undefined : readClassRows(session, resource, found, offset, limit, order);
}

/** Columns of a class without the holes that an older definition left. */
export const columnsOf = (dataClass: DataClass): DataClassColumn[] =>
  dataClass.columns.filter((column) => column !== undefined);

/** Tables and columns of inventory are data: their names come from DataClass and DataClassColumn, and are quoted. */
export async function readClassRows(
  session: Session,
  resource: Guid,
  dataClass: DataClass,
  offset: number,
  limit: number,
  { sort, descending = false, search = '' }: RowOrder = {},
): Promise<InventoryRows> {
  const columns = columnsOf(dataClass);
  const names = columns.map((column) => column.name);
  let mine = untyped(session).selectFrom(dataClass.table).where('_ResourceGuid', '=', resource);
  if (search !== '') mine = mine.where(anyValueHolds(session, columns, search));
  const { total } = await mine.select((row) => row.fn.countAll().as('total')).executeTakeFirstOrThrow();
  const by = sort === undefined ? undefined : columns[sort];
  const direction = descending ? 'desc' : 'asc';
  let sorted = mine.select(names.map((name) => sql`${sql.id(name)}`.as(name)));
  if (by !== undefined) sorted = sorted.orderBy(sql.id(by.name), direction);
  // No row of a resource is beyond the index on its GUID: what is sorted is never more than that resource's own rows.
  const rows = (await page(session, sorted.orderBy('_id', direction), offset, limit).execute()) as ClassRow[];
  return {
    guid: dataClass.guid,
    name: dataClass.name,
    columns: names,
    rows: rows.map((row) => names.map((name) => row[name] ?? null)),
    total: Number(total),
  };
}

/** True for rows that hold the text in a value of any column, numbers and times read as text. */
export function anyValueHolds(session: Session, columns: readonly DataClassColumn[], text: string) {
  const tests = columns.map((column) => contains(session, asText(session, column), text));
  return tests.length === 0 ? sql<boolean>`1 = 0` : sql<boolean>`(${sql.join(tests, sql` or `)})`;
}

function asText(session: Session, { name, dataType }: DataClassColumn) {
  const value = sql.id(name);
  // 126: ISO 8601, as times are shown.
  return dataType === 'text' || session.engine === 'sqlite' ? value : sql`convert(nvarchar(40), ${value}, 126)`;
}
