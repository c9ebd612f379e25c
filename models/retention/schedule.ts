/** When the purge runs: once a day at a time of the server's local clock, and how long it may take. */
import { z } from 'zod';
import { recordAudit, type Actor } from '../audit/audit.ts';
import type { Clock } from '../clock.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';
import { fieldErrors, InvalidInput } from '../fieldErrors.ts';
import { readSetting, writeSetting } from '../settings/settingStore.ts';
import { isUnderWay, LOST_AFTER_MS, type PurgeRun } from './purgeRuns.ts';

export interface PurgeSchedule {
  /** `HH:MM` */
  startAt: string;
  maxMinutes: number;
}

export const DEFAULT_SCHEDULE: PurgeSchedule = { startAt: '02:00', maxMinutes: 240 };

const START_AT = 'purge.startAt';
const MAX_MINUTES = 'purge.maxMinutes';

const schema = z.object({
  startAt: z
    .string('Enter a time, for example 02:00.')
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'Enter a time, for example 02:00.'),
  maxMinutes: z.coerce
    .number('Enter a whole number from 10 to 1,380.')
    .int('Enter a whole number from 10 to 1,380.')
    .min(10, 'Enter a whole number from 10 to 1,380.')
    .max(1380, 'Enter a whole number from 10 to 1,380.'),
});

export async function readSchedule(session: Session): Promise<PurgeSchedule> {
  const read = schema.safeParse({
    startAt: (await readSetting(session, START_AT)) ?? DEFAULT_SCHEDULE.startAt,
    maxMinutes: (await readSetting(session, MAX_MINUTES)) ?? DEFAULT_SCHEDULE.maxMinutes,
  });
  return read.success ? read.data : DEFAULT_SCHEDULE;
}

/** @throws InvalidInput */
export async function saveSchedule(
  cmdb: Cmdb,
  clock: Clock,
  actor: Actor,
  input: { startAt?: unknown; maxMinutes?: unknown },
): Promise<PurgeSchedule> {
  const read = schema.safeParse(input);
  if (!read.success) throw new InvalidInput(fieldErrors(read.error));
  const { startAt, maxMinutes } = read.data;
  await cmdb.transaction(async (session) => {
    const before = await readSchedule(session);
    await writeSetting(session, clock, START_AT, startAt, actor.name);
    await writeSetting(session, clock, MAX_MINUTES, String(maxMinutes), actor.name);
    await recordAudit(session, clock, actor, {
      action: 'update',
      objectKind: 'retention',
      objectName: 'Purge schedule',
      before,
      after: read.data,
    });
  });
  return read.data;
}

/** Milliseconds since 1970: the latest start that is not after `now`, or the next one after it. */
export function lastStart({ startAt }: PurgeSchedule, now: number): number {
  const [hours, minutes] = startAt.split(':').map(Number) as [number, number];
  const today = new Date(now);
  today.setHours(hours, minutes, 0, 0);
  if (today.getTime() > now) today.setDate(today.getDate() - 1);
  return today.getTime();
}

export function nextStart(schedule: PurgeSchedule, now: number): number {
  const next = new Date(lastStart(schedule, now));
  next.setDate(next.getDate() + 1);
  return next.getTime();
}

/**
 * Whether a run is to begin now: one was asked for, its time has come, or the last one was cut off by the end of its
 * server. @param upSince without any run before, starts from then on count
 */
export function isDue(schedule: PurgeSchedule, last: PurgeRun | undefined, now: number, upSince: number): boolean {
  if (last === undefined) return lastStart(schedule, now) >= upSince;
  if (last.state === 'requested') return true;
  if (isUnderWay(last, now)) return false;
  if (last.state === 'running' || last.state === 'interrupted') {
    // Whoever stopped it may be busy starting: not at once.
    return Date.parse(last.seenAt ?? last.requestedAt) < now - LOST_AFTER_MS;
  }
  return Date.parse(last.requestedAt) < lastStart(schedule, now);
}
