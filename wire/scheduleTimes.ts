/**
 * When a schedule starts next. All times of a trigger are wall-clock times of the computer that runs this; the instant
 * to look from is handed in. Where the clock jumps forward over a start, it happens that much later; where an hour
 * comes twice, it happens in the first.
 */
import type { Schedule, Trigger } from './schedule.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

// The longest gap of any calendar rule: the 29th of February around a century that is no leap year.
const MOST_DAYS = 8 * 366;

/**
 * The first start after an instant, or `undefined` when there is none. A trigger of type once that has not run since
 * its time stays due: the answer is then its time, which lies in the past. Triggers for start-up and logon have no
 * time: see `firesOn`.
 */
export function nextRun(schedule: Schedule, after: Date, lastRun?: Date): Date | undefined {
  const starts = schedule.triggers
    .filter((trigger) => !trigger.disabled)
    .map((trigger) => nextStart(trigger, after.getTime(), lastRun?.getTime()))
    .filter((start) => start !== undefined);
  return starts.length === 0 ? undefined : new Date(Math.min(...starts));
}

/** Whether the computer's start or a logon at `now` starts it. */
export function firesOn(schedule: Schedule, event: 'startup' | 'logon', now: Date): boolean {
  return schedule.triggers.some(
    (trigger) =>
      trigger.type === event &&
      !trigger.disabled &&
      now.getTime() >= instant(trigger.begin) &&
      now.getTime() <= lastInstant(trigger),
  );
}

/** Milliseconds since 1970 of a wall-clock time of this computer. */
function instant(local: string): number {
  return wallClock(dayOf(local), local);
}

function lastInstant(trigger: Trigger): number {
  return trigger.end === undefined ? Infinity : instant(trigger.end);
}

function nextStart(trigger: Trigger, after: number, lastRun: number | undefined): number | undefined {
  if (trigger.type === 'startup' || trigger.type === 'logon') return undefined;
  const next = trigger.type === 'once' ? nextOfOnce(trigger, after, lastRun) : nextRecurring(trigger, after);
  return next !== undefined && next <= lastInstant(trigger) ? next : undefined;
}

function nextOfOnce(trigger: Trigger, after: number, lastRun: number | undefined): number | undefined {
  const begin = instant(trigger.begin);
  if (lastRun === undefined || lastRun < begin) return begin;
  return nextRepetition(trigger, begin, after);
}

/** Goes through the days from the one whose repetitions may still last; the earliest start after `after` wins. */
function nextRecurring(trigger: Trigger, after: number): number | undefined {
  const beginDay = dayOf(trigger.begin);
  const first = Math.max(beginDay, dayOf(localText(after - trigger.durationMinutes * MINUTE)) - 1);
  let best: number | undefined;
  for (let day = first; day <= first + MOST_DAYS; day++) {
    if (!fallsOn(trigger, day, beginDay)) continue;
    const start = wallClock(day, trigger.begin);
    const next = nextRepetition(trigger, start, after);
    if (next !== undefined && (best === undefined || next < best)) best = next;
    if (start > after) return best;
  }
  return best;
}

/** The start itself or its first repetition after `after`; repetitions end before `durationMinutes` have passed. */
function nextRepetition(trigger: Trigger, start: number, after: number): number | undefined {
  if (start > after) return start;
  const interval = trigger.intervalMinutes * MINUTE;
  if (interval === 0) return undefined;
  const next = start + (Math.floor((after - start) / interval) + 1) * interval;
  return next < start + trigger.durationMinutes * MINUTE ? next : undefined;
}

/** Calendar rule of a trigger. `day` counts days since 1970-01-01, a Thursday. */
function fallsOn(trigger: Trigger, day: number, beginDay: number): boolean {
  switch (trigger.type) {
    case 'daily':
      return (day - beginDay) % trigger.daysInterval === 0;
    case 'weekly':
      return trigger.daysOfWeek.includes((day + 4) % 7) && (week(day) - week(beginDay)) % trigger.weeksInterval === 0;
    case 'monthly': {
      const date = new Date(day * DAY);
      return trigger.days.includes(date.getUTCDate()) && trigger.months.includes(date.getUTCMonth() + 1);
    }
    default:
      return false;
  }
}

/** Weeks begin on Sunday: with an interval of two, Saturday and the Sunday after it belong to different weeks. */
function week(day: number): number {
  return Math.floor((day + 4) / 7);
}

function dayOf(local: string): number {
  return Date.UTC(Number(local.slice(0, 4)), Number(local.slice(5, 7)) - 1, Number(local.slice(8, 10))) / DAY;
}

function wallClock(day: number, local: string): number {
  const date = new Date(day * DAY);
  const [hour, minute, second] = local.slice(11).split(':').map(Number);
  return new Date(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate(), hour, minute, second).getTime();
}

/** `YYYY-MM-DD HH:MM:SS` of this computer's wall clock. */
export function localText(milliseconds: number): string {
  const date = new Date(milliseconds);
  const two = (number: number): string => String(number).padStart(2, '0');
  const day = `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
