/** Figures of the home page. */
import { sql } from 'kysely';
import { utc, type Clock } from '../clock.ts';
import type { Session } from '../cmdb/types.ts';
import { REMOVED } from '../packages/packageState.ts';

export interface Totals {
  computers: number;
  packages: number;
  policies: number;
  /** Software-delivery policies that are switched on. */
  policiesOn: number;
}

export async function readTotals({ db }: Session): Promise<Totals> {
  const computers = await db
    .selectFrom('Computer')
    .innerJoin('Resource', 'Resource.Guid', 'Computer.ResourceGuid')
    .select((is) => is.fn.countAll().as('Total'))
    .where('Resource.IsManaged', '=', 1)
    .executeTakeFirstOrThrow();
  const packages = await db
    .selectFrom('Package')
    .select((is) => is.fn.countAll().as('Total'))
    .where('State', '<>', REMOVED)
    .executeTakeFirstOrThrow();
  const policies = await db
    .selectFrom('Policy')
    .select(['IsEnabled', (is) => is.fn.countAll().as('Total')])
    .where('Kind', '=', 'softwareDelivery')
    .groupBy('IsEnabled')
    .execute();
  const on = Number(policies.find((row) => row.IsEnabled === 1)?.Total ?? 0);
  const off = Number(policies.find((row) => row.IsEnabled === 0)?.Total ?? 0);
  return { computers: Number(computers.Total), packages: Number(packages.Total), policies: on + off, policiesOn: on };
}

export interface DeliveryDay {
  /** `2026-11-21`, UTC. */
  day: string;
  succeeded: number;
  failed: number;
}

const RESULTS = ['succeeded', 'failed', 'download_failed'];
const DAY_MS = 86_400_000;

/** Deliveries by the day of their latest result, the last `days` days, today included, none left out. */
export async function deliveriesByDay(session: Session, clock: Clock, days: number): Promise<DeliveryDay[]> {
  const today = Math.floor(clock.now() / DAY_MS) * DAY_MS;
  const first = today - (days - 1) * DAY_MS;
  const day =
    session.engine === 'sqlite'
      ? sql<string>`substr(UpdatedAt, 1, 10)`
      : sql<string>`convert(char(10), UpdatedAt, 126)`;
  // By status and time: the index of the two answers it without touching a row.
  const rows = await session.db
    .selectFrom('Delivery')
    .select(['Status', day.as('Day'), (is) => is.fn.countAll().as('Total')])
    .where('Status', 'in', RESULTS)
    .where('UpdatedAt', '>=', utc(first))
    .groupBy(['Status', day])
    .execute();
  const count = (of: string, statuses: readonly string[]): number =>
    rows
      .filter((row) => row.Day === of && statuses.includes(row.Status))
      .reduce((sum, row) => sum + Number(row.Total), 0);
  return Array.from({ length: days }, (_, index) => {
    const name = utc(first + index * DAY_MS).slice(0, 10);
    return { day: name, succeeded: count(name, ['succeeded']), failed: count(name, ['failed', 'download_failed']) };
  });
}
