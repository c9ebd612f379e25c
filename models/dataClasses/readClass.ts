/** One data class with its definition, for its page and for the audit log. */
import type { Selectable } from 'kysely';
import type { Guid } from '../../wire/guid.ts';
import type { DataClassTable } from '../cmdb/schema.ts';
import type { Session } from '../cmdb/types.ts';

export interface ClassColumn {
  position: number;
  name: string;
  dataType: string;
  maxLength: number | null;
  isVolatile: boolean;
}

export interface DataClassDetail {
  guid: Guid;
  name: string;
  table: string;
  /** inventory, event, or deleting: it is on its way out, and events for it are refused. */
  kind: string;
  isMultiRow: boolean;
  description: string;
  isBuiltIn: boolean;
  hasHistory: boolean;
  historyKeepDays: number | null;
  keepDays: number | null;
  keepRows: number | null;
  /** By position. */
  columns: ClassColumn[];
}

export async function readClass({ db }: Session, guid: Guid): Promise<DataClassDetail | undefined> {
  const row = await db.selectFrom('DataClass').selectAll().where('Guid', '=', guid).executeTakeFirst();
  if (row === undefined) return undefined;
  const columns = await db
    .selectFrom('DataClassColumn')
    .selectAll()
    .where('DataClassGuid', '=', guid)
    .orderBy('Position')
    .execute();
  return {
    ...detailOf(row),
    columns: columns.map((column) => ({
      position: column.Position,
      name: column.Name,
      dataType: column.DataType,
      maxLength: column.MaxLength,
      isVolatile: column.IsVolatile === 1,
    })),
  };
}

function detailOf(row: Selectable<DataClassTable>): Omit<DataClassDetail, 'columns'> {
  return {
    guid: row.Guid,
    name: row.Name,
    table: row.DataTableName,
    kind: row.Kind,
    isMultiRow: row.IsMultiRow === 1,
    description: row.Description,
    isBuiltIn: row.IsBuiltIn === 1,
    hasHistory: row.HasHistory === 1,
    historyKeepDays: row.HistoryKeepDays,
    keepDays: row.KeepDays,
    keepRows: row.KeepRows,
  };
}
