/** How far policies have come: deliveries by state. */
import type { Guid } from '../../wire/guid.ts';
import type { Session } from '../cmdb/types.ts';

export interface DeliveryCounts {
  succeeded: number;
  /** The program failed, or its files could not be downloaded. */
  failed: number;
  /** Received, downloading, downloaded or running. */
  inProgress: number;
  total: number;
}

export const SUCCEEDED: readonly string[] = ['succeeded'];
export const FAILED: readonly string[] = ['failed', 'download_failed'];

export const NO_DELIVERIES: DeliveryCounts = { succeeded: 0, failed: 0, inProgress: 0, total: 0 };

/** Of at most 1,000 policies. Policies without a delivery are left out. */
export async function countDeliveries({ db }: Session, policies: readonly Guid[]): Promise<Map<Guid, DeliveryCounts>> {
  const counts = new Map<Guid, DeliveryCounts>();
  if (policies.length === 0) return counts;
  const rows = await db
    .selectFrom('Delivery')
    .select((row) => ['PolicyGuid', 'Status', row.fn.countAll<number>().as('count')])
    .where('PolicyGuid', 'in', policies)
    .groupBy(['PolicyGuid', 'Status'])
    .execute();
  for (const { PolicyGuid, Status, count } of rows) {
    const sums = counts.get(PolicyGuid) ?? { ...NO_DELIVERIES };
    const kind = SUCCEEDED.includes(Status) ? 'succeeded' : FAILED.includes(Status) ? 'failed' : 'inProgress';
    sums[kind] += Number(count);
    sums.total += Number(count);
    counts.set(PolicyGuid, sums);
  }
  return counts;
}
