/** Deliveries by status and by day: what stands above a list of them. */
import { sql } from 'kysely';
import type { DeliveryStatus } from '../events/deliveries.ts';
import { utc, type Clock } from '../clock.ts';
import type { Session } from '../cmdb/types.ts';
import { narrowed, type DeliveryFilter } from './listDeliveries.ts';

/** In the order in which a delivery goes through them. */
export const DELIVERY_STATUSES: readonly DeliveryStatus[] = [
  'received',
  'downloading',
  'downloaded',
  'download_failed',
  'running',
  'succeeded',
  'failed',
];

/** How many there are in each status; statuses without any are left out. */
export async function countByStatus(session: Session, filter: DeliveryFilter): Promise<Map<string, number>> {
  const rows = await narrowed(session, filter)
    .select((row) => ['d.Status', row.fn.countAll<number>().as('count')])
    .groupBy('d.Status')
    .execute();
  return new Map(rows.map(({ Status, count }) => [Status, Number(count)]));
}

export interface DeliveryDay {
  /** `2026-11-21`, UTC. */
  day: string;
  succeeded: number;
  failed: number;
}

const DAY_MS = 86_400_000;

/** Finished deliveries by the day of their result: the last `days` days, today included, none left out. */
export async function countByDay(
  session: Session,
  clock: Clock,
  filter: DeliveryFilter,
  days: number,
): Promise<DeliveryDay[]> {
  const today = Math.floor(clock.now() / DAY_MS) * DAY_MS;
  const first = today - (days - 1) * DAY_MS;
  const day =
    session.engine === 'sqlite'
      ? sql<string>`substr(d.UpdatedAt, 1, 10)`
      : sql<string>`convert(char(10), d.UpdatedAt, 126)`;
  const rows = await narrowed(session, { ...filter, statuses: ['succeeded', 'failed', 'download_failed'] })
    .select(['d.Status', day.as('Day'), (row) => row.fn.countAll<number>().as('count')])
    .where('d.UpdatedAt', '>=', utc(first))
    .groupBy(['d.Status', day])
    .execute();
  const found = Array.from({ length: days }, (_, index) => ({
    day: utc(first + index * DAY_MS).slice(0, 10),
    succeeded: 0,
    failed: 0,
  }));
  const byDay = new Map(found.map((entry) => [entry.day, entry]));
  for (const { Status, Day, count } of rows) {
    const entry = byDay.get(Day);
    if (entry !== undefined) entry[Status === 'succeeded' ? 'succeeded' : 'failed'] += Number(count);
  }
  return found;
}

export interface Failure {
  status: string;
  returnCode: number | null;
  detail: string;
  count: number;
}

/** Why deliveries failed, the commonest reasons first, at most `most`. */
export async function commonFailures(session: Session, filter: DeliveryFilter, most: number): Promise<Failure[]> {
  const rows = await narrowed(session, { ...filter, statuses: ['failed', 'download_failed'] })
    .select((row) => ['d.Status', 'd.ReturnCode', 'd.Detail', row.fn.countAll<number>().as('count')])
    .groupBy(['d.Status', 'd.ReturnCode', 'd.Detail'])
    .execute();
  return rows
    .map(({ Status, ReturnCode, Detail, count }) => ({
      status: Status,
      returnCode: ReturnCode,
      detail: Detail,
      count: Number(count),
    }))
    .sort((a, b) => b.count - a.count)
    .slice(0, most);
}
