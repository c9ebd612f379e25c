/** Data classes and what was sent of them; their own tables (`Inv_*`) are data. */
import type { Generated } from 'kysely';
import type { Guid } from '../../../wire/guid.ts';
import type { Bit, Utc } from './values.ts';

/** Kind: inventory or event. Days and rows null: kept for ever; KeepRows: rows of an event class kept of each resource. */
export interface DataClassTable {
  Guid: Guid;
  Name: string;
  DataTableName: string;
  Kind: string;
  IsMultiRow: Bit;
  Description: string;
  IsBuiltIn: Generated<Bit>;
  HasHistory: Generated<Bit>;
  HistoryKeepDays: number | null;
  KeepDays: number | null;
  KeepRows: number | null;
}

/** Position N is attribute cN of a row. DataType: text, int, time. IsVolatile: counts neither as a change nor in history. */
export interface DataClassColumnTable {
  DataClassGuid: Guid;
  Position: number;
  Name: string;
  DataType: string;
  MaxLength: number | null;
  IsVolatile: Generated<Bit>;
}

/** Base of the view ResourceUpdateSummary. EventAt: time of the event that wrote; an older one never overwrites. */
export interface ResourceUpdateTable {
  ResourceGuid: Guid;
  InventoryClassGuid: Guid;
  CreatedAt: Utc;
  ModifiedAt: Utc;
  EventAt: Utc;
  RowCount: number;
  DataHash: string;
}

/**
 * What changed in the data of a class, and when. `At`: when it was applied; `EventAt`: when it was sent. Change: JSON, read
 * and written by models/inventory/history.
 */
export interface InventoryHistoryTable {
  Id: Generated<number>;
  ResourceGuid: Guid;
  InventoryClassGuid: Guid;
  At: Utc;
  EventAt: Utc;
  Change: string;
}

export interface InventoryTables {
  DataClass: DataClassTable;
  DataClassColumn: DataClassColumnTable;
  ResourceUpdate: ResourceUpdateTable;
  InventoryHistory: InventoryHistoryTable;
}
