/** What changed in the inventory of a resource, newest first: for Resource Manager. */
import type { Guid } from '../../../wire/guid.ts';
import type { Utc } from '../../cmdb/schema.ts';
import { page } from '../../cmdb/sql.ts';
import type { Session } from '../../cmdb/types.ts';
import type { InventoryDifference } from './changeOf.ts';

export interface HistoryRow {
  id: number;
  classGuid: Guid;
  className: string;
  /** When it was applied. */
  at: Utc;
  /** When the computer sent it, by its clock, but never later than it arrived. */
  eventAt: Utc;
  difference: InventoryDifference;
}

export interface HistoryPage {
  total: number;
  rows: HistoryRow[];
}

/** @param dataClass only of this class; `undefined`: of all */
export async function readHistory(
  session: Session,
  resource: Guid,
  dataClass: Guid | undefined,
  offset: number,
  limit: number,
): Promise<HistoryPage> {
  let own = session.db.selectFrom('InventoryHistory as h').where('h.ResourceGuid', '=', resource);
  if (dataClass !== undefined) own = own.where('h.InventoryClassGuid', '=', dataClass);
  const { total } = await own.select((row) => row.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
  const query = own
    .leftJoin('DataClass as d', 'd.Guid', 'h.InventoryClassGuid')
    .select(['h.Id', 'h.InventoryClassGuid', 'h.At', 'h.EventAt', 'h.Change', 'd.Name'])
    .orderBy('h.At', 'desc')
    .orderBy('h.Id', 'desc');
  const rows = await page(session, query, offset, limit).execute();
  return {
    total: Number(total),
    rows: rows.map((row) => ({
      id: row.Id,
      classGuid: row.InventoryClassGuid,
      className: row.Name ?? '',
      at: row.At,
      eventAt: row.EventAt,
      difference: JSON.parse(row.Change) as InventoryDifference,
    })),
  };
}
