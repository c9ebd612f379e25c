/** A schedule as a plain sentence: the console shows it, and triggers carry it as their Description. */
import type { Schedule, Trigger } from './schedule.ts';

const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

export function describeSchedule(schedule: Schedule): string {
  return schedule.triggers.length === 0 ? 'Never' : schedule.triggers.map(describeTrigger).join('; ');
}

/** @example describeTrigger(…) // 'Every day at 21:00, from 2030-01-01' */
export function describeTrigger(trigger: Trigger): string {
  const rule = trigger.type === 'once' ? `Once at ${timeOf(trigger)} on ${dateOf(trigger.begin)}` : recurring(trigger);
  const until = trigger.end === undefined ? '' : `, until ${trigger.end.slice(0, 16)}`;
  return `${rule}${repetition(trigger)}${until}${trigger.disabled ? ' (switched off)' : ''}`;
}

function recurring(trigger: Trigger): string {
  const when = `at ${timeOf(trigger)}, from ${dateOf(trigger.begin)}`;
  switch (trigger.type) {
    case 'daily':
      return `${every(trigger.daysInterval, 'day')} ${when}`;
    case 'weekly': {
      const days = list([...trigger.daysOfWeek].sort((a, b) => a - b).map((day) => WEEKDAYS[day]!));
      return `${every(trigger.weeksInterval, 'week')} on ${days} ${when}`;
    }
    case 'monthly': {
      const months =
        trigger.months.length === 12 ? 'every month' : list(inOrder(trigger.months).map((month) => MONTHS[month - 1]!));
      return `On day ${list(inOrder(trigger.days).map(String))} of ${months} ${when}`;
    }
    default: {
      const event = trigger.type === 'startup' ? 'When the computer starts' : 'When a user logs on';
      return `${event}, from ${trigger.begin.slice(0, 16)}`;
    }
  }
}

function repetition({ intervalMinutes, durationMinutes, type }: Trigger): string {
  if (intervalMinutes === 0 || durationMinutes === 0 || type === 'startup' || type === 'logon') return '';
  return `, repeated every ${intervalMinutes} minutes for ${durationMinutes} minutes`;
}

function every(count: number, unit: string): string {
  return count === 1 ? `Every ${unit}` : `Every ${count} ${unit}s`;
}

function list(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

function inOrder(numbers: readonly number[]): number[] {
  return [...numbers].sort((a, b) => a - b);
}

function timeOf({ begin }: Trigger): string {
  return begin.endsWith(':00') ? begin.slice(11, 16) : begin.slice(11);
}

function dateOf(local: string): string {
  return local.slice(0, 10);
}
