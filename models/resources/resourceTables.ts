/**
 * Every table that has rows of a resource, by what becomes of them when it is merged, deleted or purged. A test compares
 * the list with the foreign keys of the schema: a table that is missing here would make every merge fail.
 */
import type { Guid } from '../../wire/guid.ts';
import type { Session } from '../cmdb/types.ts';
import { EVENT_TABLES } from '../events/eventTables.ts';

/** What happened, never changed afterwards: moves with the resource, row by row. */
export interface LogTable {
  table: string;
  /** Holds the resource's GUID. */
  column: string;
  /** Numbers the rows. */
  id: string;
}

const log = (table: string): LogTable => ({ table, column: 'ResourceGuid', id: 'Id' });

export const LOG_TABLES: readonly LogTable[] = ['Timeline', 'InventoryHistory', ...Object.values(EVENT_TABLES)].map(
  log,
);

/** With the tables of event classes that administrators added. */
export async function logTables({ db }: Session): Promise<LogTable[]> {
  const rows = await db
    .selectFrom('DataClass')
    .select('DataTableName')
    .where('Kind', '=', 'event')
    .where('IsBuiltIn', '=', 0)
    .execute();
  const own = rows.map((row) => ({ table: row.DataTableName, column: '_ResourceGuid', id: '_id' }));
  return [...LOG_TABLES, ...own];
}

/** What holds now: rows with the resource in this column. */
export const STATE_TABLES = {
  ResourceKey: 'ResourceGuid',
  ResourceAlias: 'ResourceGuid',
  ResourceUpdate: 'ResourceGuid',
  Computer: 'ResourceGuid',
  ComputerContact: 'ResourceGuid',
  TargetMember: 'ResourceGuid',
  Delivery: 'ResourceGuid',
  HardwareSeen: 'ResourceGuid',
  RecycledResource: 'ResourceGuid',
} as const;

/** Both ends of a relation. */
export const RELATION_TABLES = { ResourceAssociation: ['ParentResourceGuid', 'ChildResourceGuid'] } as const;

export interface InventoryTable {
  classGuid: Guid;
  name: string;
  table: string;
}

/** Tables of the data classes of inventory, those of administrators included. */
export async function inventoryTables({ db }: Session): Promise<InventoryTable[]> {
  const rows = await db
    .selectFrom('DataClass')
    .select(['Guid', 'Name', 'DataTableName'])
    .where('Kind', '=', 'inventory')
    .orderBy('Name')
    .execute();
  return rows.map((row) => ({ classGuid: row.Guid, name: row.Name, table: row.DataTableName }));
}
