/** Changes how long something is kept: checked, written and audited in one transaction. */
import { z } from 'zod';
import { recordAudit, type Actor } from '../audit/audit.ts';
import { utc, type Clock } from '../clock.ts';
import { insertOrUpdate } from '../cmdb/sql.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';
import { fieldErrors, InvalidInput } from '../fieldErrors.ts';
import type { Limits, Subject } from './subjects.ts';

const MOST_DAYS = 36_500;
const MOST_ROWS = 1_000_000;

/** An empty field: no limit. */
const limit = (least: number, most: number) => {
  const message = `Enter a whole number from ${least} to ${most.toLocaleString('en-US')}, or nothing for no limit.`;
  const number = z.union(
    [
      z
        .string()
        .regex(/^\d{1,9}$/, message)
        .transform(Number),
      z.number(message),
    ],
    message,
  );
  return z.preprocess(
    (value) => (value === '' || value === undefined ? null : value),
    number.pipe(z.int(message).min(least, message).max(most, message)).nullable(),
  );
};

/** What somebody typed, as limits of a subject. @throws InvalidInput */
export function readLimits(subject: Subject, input: { keepDays?: unknown; keepRows?: unknown }): Limits {
  const rows = subject.perComputer ? limit(1, MOST_ROWS) : z.unknown().transform(() => null);
  const read = z.object({ keepDays: limit(subject.leastDays, MOST_DAYS), keepRows: rows }).safeParse(input);
  if (!read.success) throw new InvalidInput(fieldErrors(read.error));
  return read.data;
}

export async function saveLimits(
  cmdb: Cmdb,
  clock: Clock,
  actor: Actor,
  subject: Subject,
  limits: Limits,
): Promise<void> {
  await cmdb.transaction(async (session) => {
    if (subject.classGuid === null) await writeRule(session, clock, actor, subject, limits);
    else await writeToClass(session, subject, limits);
    await recordAudit(session, clock, actor, {
      action: 'update',
      objectKind: 'retention',
      objectGuid: subject.classGuid,
      objectName: subject.label,
      before: { keepDays: subject.keepDays, keepRows: subject.keepRows },
      after: limits,
    });
  });
}

function writeRule(session: Session, clock: Clock, actor: Actor, { name }: Subject, limits: Limits): Promise<void> {
  return insertOrUpdate(session, 'RetentionRule', ['Name'], {
    Name: name,
    KeepDays: limits.keepDays,
    KeepRows: limits.keepRows,
    ModifiedAt: utc(clock.now()),
    ModifiedBy: actor.name.slice(0, 255),
  });
}

async function writeToClass({ db }: Session, { kind, classGuid }: Subject, limits: Limits): Promise<void> {
  const changes =
    kind === 'history'
      ? { HistoryKeepDays: limits.keepDays }
      : { KeepDays: limits.keepDays, ...(kind === 'events' ? { KeepRows: limits.keepRows } : {}) };
  await db.updateTable('DataClass').set(changes).where('Guid', '=', classGuid!).execute();
}
