/** Who sent how much in the last hour, day or week, from the hourly rows. */
import { utc } from '../clock.ts';
import { top } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';
import { OTHERS, type ProducerKind } from './producers.ts';

const HOUR = 3600_000;

export const PRODUCER_SPANS = { hour: HOUR, day: 24 * HOUR, week: 7 * 24 * HOUR } as const;
export type ProducerSpan = keyof typeof PRODUCER_SPANS;
export type ProducerMeasure = 'events' | 'bytes' | 'bad';

export interface Producer {
  /** GUID or name. */
  subject: string;
  events: number;
  bytes: number;
  bad: number;
}

export interface Producers {
  /** The most first. */
  leaders: Producer[];
  /** Those that have no row of their own, and those below the leaders. */
  others: Omit<Producer, 'subject'>;
  total: Omit<Producer, 'subject'>;
}

const COLUMNS = { events: 'Events', bytes: 'Bytes', bad: 'Bad' } as const;

/** The hour under way and those before it: the last hour is the present one and the one before. */
export function spanStart(span: ProducerSpan, now: number): number {
  return Math.floor((now - PRODUCER_SPANS[span]) / HOUR) * HOUR;
}

export async function topProducers(
  session: Session,
  kind: ProducerKind,
  since: number,
  by: ProducerMeasure,
  count: number,
): Promise<Producers> {
  const sums = session.db
    .selectFrom('EventTally')
    .select((is) => [
      'Subject',
      is.fn.sum<number>('Events').as('Events'),
      is.fn.sum<number>('Bytes').as('Bytes'),
      is.fn.sum<number>('Bad').as('Bad'),
    ])
    .where('Kind', '=', kind)
    .where('HourAt', '>=', utc(since))
    .groupBy('Subject');
  const named = sums
    .where('Subject', '<>', OTHERS)
    .having((is) => is(is.fn.sum(COLUMNS[by]), '>', 0))
    .orderBy((is) => is.fn.sum(COLUMNS[by]), 'desc')
    .orderBy('Subject');
  const leaders = (await top(session, named, count).execute()).map((row) => ({
    subject: row.Subject,
    events: Number(row.Events),
    bytes: Number(row.Bytes),
    bad: Number(row.Bad),
  }));
  const total = await totalSince(session, kind, since);
  const rest = (measure: ProducerMeasure): number =>
    Math.max(0, total[measure] - leaders.reduce((sum, each) => sum + each[measure], 0));
  return { leaders, total, others: { events: rest('events'), bytes: rest('bytes'), bad: rest('bad') } };
}

async function totalSince({ db }: Session, kind: ProducerKind, since: number): Promise<Producers['total']> {
  const row = await db
    .selectFrom('EventTally')
    .select((is) => [
      is.fn.sum<number | null>('Events').as('Events'),
      is.fn.sum<number | null>('Bytes').as('Bytes'),
      is.fn.sum<number | null>('Bad').as('Bad'),
    ])
    .where('Kind', '=', kind)
    .where('HourAt', '>=', utc(since))
    .executeTakeFirstOrThrow();
  return { events: Number(row.Events ?? 0), bytes: Number(row.Bytes ?? 0), bad: Number(row.Bad ?? 0) };
}
