/** A computer's timeline: what changed and when, never what stayed the same. */
import type { Guid } from '../../wire/guid.ts';
import { utc } from '../clock.ts';
import type { Session } from '../cmdb/types.ts';
import { page } from '../cmdb/sql.ts';

export interface TimelineEntry {
  computer: Guid;
  /** Milliseconds since 1970. */
  at: number;
  /** registered, delivered, deliveryFailed, flagged … */
  kind: string;
  detail: string;
}

const LONGEST_DETAIL = 1000;

export async function addToTimeline(session: Session, entries: readonly TimelineEntry[]): Promise<void> {
  await session.insertMany(
    'Timeline',
    entries.map(({ computer, at, kind, detail }) => ({
      ResourceGuid: computer,
      At: utc(at),
      Kind: kind,
      Detail: detail.slice(0, LONGEST_DETAIL),
    })),
  );
}

export interface TimelinePage {
  total: number;
  entries: { id: number; at: string; kind: string; detail: string }[];
}

/** Newest first. */
export async function readTimeline(
  session: Session,
  computer: Guid,
  offset: number,
  limit: number,
): Promise<TimelinePage> {
  const { total } = await session.db
    .selectFrom('Timeline')
    .select((row) => row.fn.countAll<number>().as('total'))
    .where('ResourceGuid', '=', computer)
    .executeTakeFirstOrThrow();
  const query = session.db
    .selectFrom('Timeline')
    .select(['Id as id', 'At as at', 'Kind as kind', 'Detail as detail'])
    .where('ResourceGuid', '=', computer)
    .orderBy('At', 'desc')
    .orderBy('Id', 'desc');
  return { total: Number(total), entries: await page(session, query, offset, limit).execute() };
}
