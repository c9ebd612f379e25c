/** The list of deliveries as the console shows it: paged, sorted, searched and filtered by the database. */
import { parseGuid, type Guid } from '../../wire/guid.ts';
import type { Utc } from '../cmdb/schema.ts';
import { contains, page } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';

const COLUMN_OF = {
  Computer: 'c.Name',
  Policy: 'i.Name',
  Package: 'k.Name',
  PackageVersion: 'd.PackageVersion',
  Status: 'd.Status',
  ReturnCode: 'd.ReturnCode',
  UpdatedAt: 'd.UpdatedAt',
} as const;

export const DELIVERY_SORTS = Object.keys(COLUMN_OF) as readonly (keyof typeof COLUMN_OF)[];
export type DeliverySort = keyof typeof COLUMN_OF;

/** What narrows deliveries; nothing is all of them. */
export interface DeliveryFilter {
  /** Finds in the computer's name; a whole GUID finds the deliveries of that computer. */
  search?: string | undefined;
  policyGuid?: Guid | undefined;
  packageGuid?: Guid | undefined;
  computerGuid?: Guid | undefined;
  /** One or several statuses; see models/events/deliveries.ts. */
  statuses?: readonly string[] | undefined;
}

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

export async function listDeliveries(
  session: Session,
  query: DeliveryQuery,
): Promise<{ rows: DeliveryRow[]; total: number }> {
  const { total } = await narrowed(session, query)
    .select((row) => row.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  const direction = query.descending ? 'desc' : 'asc';
  const ordered = narrowed(session, query)
    .innerJoin('Computer as c', 'c.ResourceGuid', 'd.ResourceGuid')
    .innerJoin('Item as i', 'i.Guid', 'd.PolicyGuid')
    .leftJoin('Item as k', 'k.Guid', 'd.PackageGuid')
    .select(['d.ResourceGuid as ComputerGuid', 'c.Name as Computer', 'd.PolicyGuid', 'i.Name as Policy'])
    .select(['d.PackageGuid', 'k.Name as Package', 'd.PackageVersion'])
    .select(['d.Status', 'd.ReturnCode', 'd.Detail', 'd.UpdatedAt'])
    .orderBy(COLUMN_OF[query.sort], direction)
    // Further keys make pages stable where many rows are equal; in the direction of the first, an index serves all.
    .orderBy('d.PolicyGuid', direction)
    .orderBy('d.ResourceGuid', direction);
  const rows = await page(session, ordered, query.offset, Math.min(query.limit, MOST_ROWS)).execute();
  return { rows, total: Number(total) };
}

/** The deliveries that a filter leaves, without what they are shown with. */
export function narrowed(session: Session, filter: DeliveryFilter) {
  let found = session.db.selectFrom('Delivery as d');
  const { policyGuid, packageGuid, computerGuid, statuses } = filter;
  if (policyGuid !== undefined) found = found.where('d.PolicyGuid', '=', policyGuid);
  if (packageGuid !== undefined) found = found.where('d.PackageGuid', '=', packageGuid);
  if (statuses !== undefined) found = found.where('d.Status', 'in', statuses);
  const text = filter.search?.trim() ?? '';
  const computer = computerGuid ?? parseGuid(text);
  if (computer !== undefined) found = found.where('d.ResourceGuid', '=', computer);
  else if (text !== '') {
    const computers = session.db
      .selectFrom('Computer')
      .select('ResourceGuid')
      .where(contains(session, 'Name', text));
    found = found.where('d.ResourceGuid', 'in', computers);
  }
  return found;
}
