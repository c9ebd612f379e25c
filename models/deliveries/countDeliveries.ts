/** Deliveries by status and by day: what stands above a list of them. */
import { sql } from 'kysely';
import type { DeliveryStatus } from '../events/deliveries.ts';
import { utc, type Clock } from '../clock.ts';
import type { Session } from '../cmdb/types.ts';
import { narrowed, type DeliveryFilter } from './deliveryFilter.ts';

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

/** How many there are in each status, whatever statuses the filter names; statuses without any are left out. */
export async function countByStatus(session: Session, filter: DeliveryFilter): Promise<Map<string, number>> {
  const rows = await narrowed(session, { ...filter, statuses: undefined })
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
  const finished = { ...filter, statuses: ['succeeded', 'failed', 'download_failed'] };
  // Day by day an index counts them in its order; taking the day out of each time instead costs three times as much.
  const countOf = (day: number) =>
    narrowed(session, finished)
      .select([sql.lit(day).$castTo<number>().as('Day'), 'd.Status', (row) => row.fn.countAll<number>().as('count')])
      .where('d.UpdatedAt', '>=', utc(first + day * DAY_MS))
      .where('d.UpdatedAt', '<', utc(first + (day + 1) * DAY_MS))
      .groupBy('d.Status');
  const numbers = Array.from({ length: days }, (_, day) => day);
  const [one, ...others] = numbers.map(countOf);
  const rows = await others.reduce((all, day) => all.unionAll(day), one!).execute();
  const total = (day: number, isSuccess: boolean): number =>
    rows
      .filter((row) => Number(row.Day) === day && (row.Status === 'succeeded') === isSuccess)
      .reduce((sum, { count }) => sum + Number(count), 0);
  return numbers.map((day) => ({
    day: utc(first + day * DAY_MS).slice(0, 10),
    succeeded: total(day, true),
    failed: total(day, false),
  }));
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
