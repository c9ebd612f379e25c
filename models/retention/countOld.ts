/** How many rows a rule would delete now: counted up to a limit, because a page must not wait for millions. */
import { setImmediate as letOthersWork } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Guid } from '../../wire/guid.ts';
import { utc } from '../clock.ts';
import { top } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';
import { untyped } from '../cmdb/untyped.ts';
import { rowsPerComputer } from './deleteBatch.ts';
import type { Limits, Subject } from './subjects.ts';

export interface OldRows {
  rows: number;
  /** There may be more: the count stopped at its limit. */
  atLeast: boolean;
}

const DAY = 86_400_000;
const COMPUTERS_A_STEP = 500;

export const cutOf = (now: number, days: number): string => utc(now - days * DAY);

/** What `limits` would delete of a subject now. @param most where counting stops */
export async function countOld(
  session: Session,
  subject: Subject,
  limits: Limits,
  now: number,
  most = 100_000,
): Promise<OldRows> {
  if (subject.kind === 'inventory') return countOfSilent(session, subject, limits, now);
  const old = limits.keepDays === null ? 0 : await countOlder(session, subject, cutOf(now, limits.keepDays), most);
  const surplus = limits.keepRows === null ? 0 : await countSurplus(session, subject, limits.keepRows, most);
  // Old rows are mostly the surplus ones, too: the larger number is the better guess.
  const rows = Math.max(old, surplus);
  return { rows: Math.min(rows, most), atLeast: rows > most || (old > 0 && surplus > 0) };
}

async function countOlder(
  session: Session,
  { source, classGuid }: Subject,
  before: string,
  most: number,
): Promise<number> {
  const db = untyped(session);
  const old = db
    .selectFrom(source.table)
    .select(sql`1`.as('One'))
    .where(source.timeColumn, '<', before);
  const mine = source.classColumn === undefined ? old : old.where(source.classColumn, '=', classGuid);
  const some = top(session, mine, most + 1);
  const { Total } = await db
    .selectFrom(some.as('Old'))
    .select((is) => is.fn.countAll().as('Total'))
    .executeTakeFirstOrThrow();
  return Number(Total);
}

async function countSurplus(session: Session, { source }: Subject, keepRows: number, most: number): Promise<number> {
  let surplus = 0;
  let after: Guid | undefined;
  do {
    const some = await rowsPerComputer(session, source, after, COMPUTERS_A_STEP);
    for (const { rows } of some) surplus += Math.max(0, rows - keepRows);
    after = some.length < COMPUTERS_A_STEP ? undefined : some.at(-1)!.computer;
    await letOthersWork();
  } while (after !== undefined && surplus <= most);
  return surplus;
}

async function countOfSilent(session: Session, subject: Subject, { keepDays }: Limits, now: number): Promise<OldRows> {
  if (keepDays === null) return { rows: 0, atLeast: false };
  const { Total } = await session.db
    .selectFrom('ResourceUpdate')
    .innerJoin('ComputerContact', 'ComputerContact.ResourceGuid', 'ResourceUpdate.ResourceGuid')
    .select((is) => is.fn.sum<number | null>('ResourceUpdate.RowCount').as('Total'))
    .where('ResourceUpdate.InventoryClassGuid', '=', subject.classGuid!)
    .where('ComputerContact.LastContactAt', '<', cutOf(now, keepDays))
    .executeTakeFirstOrThrow();
  return { rows: Number(Total ?? 0), atLeast: false };
}
