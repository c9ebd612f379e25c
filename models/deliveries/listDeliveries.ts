/** The list of deliveries as the console shows it: paged, sorted, searched and filtered by the database. */
import type { Guid } from '../../wire/guid.ts';
import type { Utc } from '../cmdb/schema.ts';
import { page } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';
import { countByStatus } from './countDeliveries.ts';
import { conditions, narrowed, type DeliveryFilter } from './deliveryFilter.ts';

/**
 * What deliveries are sorted by. There are computers times policies of them: over all, an index serves computer, status
 * and time; the others are for the deliveries of one policy, package or computer.
 */
export const DELIVERY_SORTS = [
  'Computer',
  'Policy',
  'Package',
  'PackageVersion',
  'Status',
  'ReturnCode',
  'UpdatedAt',
] as const;
export type DeliverySort = (typeof DELIVERY_SORTS)[number];

export interface DeliveryQuery extends DeliveryFilter {
  sort: DeliverySort;
  descending: boolean;
  offset: number;
  /** At most 1,000. */
  limit: number;
}

export interface DeliveryRow {
  ComputerGuid: Guid;
  Computer: string;
  PolicyGuid: Guid;
  Policy: string;
  PackageGuid: Guid | null;
  /** Null when the package is gone. */
  Package: string | null;
  PackageVersion: number | null;
  Status: string;
  ReturnCode: number | null;
  Detail: string;
  UpdatedAt: Utc;
}

const MOST_ROWS = 1000;
/** So few are sorted by computer faster than they are found among all computers. */
const FEW = 2000;

/** @param counts of the filter without its statuses, when the caller has them: the total is then known */
export async function listDeliveries(
  session: Session,
  query: DeliveryQuery,
  counts?: ReadonlyMap<string, number>,
): Promise<{ rows: DeliveryRow[]; total: number }> {
  const total = totalOf(counts ?? (await countByStatus(session, query)), query.statuses);
  const direction = query.descending ? 'desc' : 'asc';
  // The page's keys first, from an index where there is one; only they are then looked up with all that is shown.
  const keys = page(session, ordered(session, query, total), query.offset, Math.min(query.limit, MOST_ROWS));
  const found = await session.db
    .selectFrom(keys.as('e'))
    // SQLite does not know how few they are, and would begin elsewhere: cross joins keep it to this order of the loops.
    .crossJoin('Delivery as d')
    .whereRef('d.PolicyGuid', '=', 'e.PolicyGuid')
    .whereRef('d.ResourceGuid', '=', 'e.ResourceGuid')
    .innerJoin('Computer as c', 'c.ResourceGuid', 'd.ResourceGuid')
    .innerJoin('Item as i', 'i.Guid', 'd.PolicyGuid')
    .leftJoin('Item as k', 'k.Guid', 'd.PackageGuid')
    .select(['d.ResourceGuid as ComputerGuid', 'c.Name as Computer', 'd.PolicyGuid', 'i.Name as Policy'])
    .select(['d.PackageGuid', 'k.Name as Package', 'd.PackageVersion'])
    .select(['d.Status', 'd.ReturnCode', 'd.Detail', 'd.UpdatedAt'])
    .orderBy(query.sort, direction)
    // SQL Server takes no column twice.
    .$if(query.sort !== 'UpdatedAt', (rows) => rows.orderBy('d.UpdatedAt', direction))
    .orderBy('d.PolicyGuid', direction)
    .orderBy('d.ResourceGuid', direction)
    .execute();
  return { rows: found, total };
}

function totalOf(counts: ReadonlyMap<string, number>, statuses: readonly string[] | undefined): number {
  let total = 0;
  for (const [status, count] of counts) if (statuses?.includes(status) ?? true) total += count;
  return total;
}

/** Keys in the order of the list: further keys make pages stable, in the direction and order of the indexes. */
function ordered(session: Session, query: DeliveryQuery, total: number) {
  const direction = query.descending ? 'desc' : 'asc';
  const keys = ['d.UpdatedAt', 'd.PolicyGuid', 'd.ResourceGuid'] as const;
  const first = sorted(session, query, total).select(['d.PolicyGuid', 'd.ResourceGuid']);
  return keys.reduce((rows, key) => rows.orderBy(key, direction), first);
}

function sorted(session: Session, query: DeliveryQuery, total: number) {
  const direction = query.descending ? 'desc' : 'asc';
  switch (query.sort) {
    case 'Computer':
      return (total < FEW ? withComputers(session, query) : byComputer(session, query)).orderBy('c.Name', direction);
    case 'Policy':
      return narrowed(session, query).innerJoin('Item as i', 'i.Guid', 'd.PolicyGuid').orderBy('i.Name', direction);
    case 'Package':
      return narrowed(session, query).leftJoin('Item as k', 'k.Guid', 'd.PackageGuid').orderBy('k.Name', direction);
    case 'UpdatedAt':
      return narrowed(session, query);
    default:
      return narrowed(session, query).orderBy(`d.${query.sort}`, direction);
  }
}

/** Deliveries with their computers, to be sorted. */
function withComputers(session: Session, filter: DeliveryFilter) {
  return narrowed(session, filter).crossJoin('Computer as c').whereRef('c.ResourceGuid', '=', 'd.ResourceGuid');
}

/** A cross join keeps SQLite from another order of the loops: computers by name, each with its few deliveries. */
function byComputer(session: Session, filter: DeliveryFilter) {
  const pairs = session.db
    .selectFrom('Computer as c')
    .crossJoin('Delivery as d')
    .whereRef('d.ResourceGuid', '=', 'c.ResourceGuid');
  return conditions(session, filter).reduce((found, condition) => found.where(condition), pairs);
}
