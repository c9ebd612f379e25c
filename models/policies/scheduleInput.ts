/** Schedules as people and the CMDB hand them in: the model of wire/schedule.ts, checked. */
import { z } from 'zod';
import { isLocalTime } from '../../wire/schedule.ts';
import { wholeNumber } from '../inputFields.ts';

const localTime = z.string().refine(isLocalTime, 'Enter a date and a time as 2030-01-31 21:00:00.');
const someOf = (least: number, most: number, message: string) =>
  z
    .array(z.int().min(least, message).max(most, message))
    .min(1, message)
    .transform((some) => [...new Set(some)].sort((a, b) => a - b));

const common = {
  begin: localTime,
  end: localTime.optional(),
  // A day at most: the repetitions of one start are over when the next day's begin.
  durationMinutes: wholeNumber(0, 1440).default(0),
  intervalMinutes: wholeNumber(0, 1440).default(0),
  killAtEnd: z.boolean().default(false),
  disabled: z.boolean().default(false),
};

const trigger = z
  .discriminatedUnion('type', [
    z.object({ ...common, type: z.literal('once') }),
    z.object({ ...common, type: z.literal('daily'), daysInterval: wholeNumber(1, 365).default(1) }),
    z.object({
      ...common,
      type: z.literal('weekly'),
      weeksInterval: wholeNumber(1, 52).default(1),
      daysOfWeek: someOf(0, 6, 'Choose at least one day of the week.'),
    }),
    z.object({
      ...common,
      type: z.literal('monthly'),
      days: someOf(1, 31, 'Choose at least one day of the month.'),
      months: someOf(1, 12, 'Choose at least one month.'),
    }),
    z.object({ ...common, type: z.literal('startup') }),
    z.object({ ...common, type: z.literal('logon') }),
  ])
  .refine(({ begin, end }) => end === undefined || end > begin, {
    path: ['end'],
    message: 'The end lies before the start.',
  })
  .refine(({ intervalMinutes, durationMinutes }) => intervalMinutes === 0 || intervalMinutes < durationMinutes, {
    path: ['intervalMinutes'],
    message: 'A repetition needs a duration that is longer than its interval.',
  });

// Agents answer for a handful of triggers a policy, not for a calendar.
export const scheduleInput = z.object({
  triggers: z.array(trigger).max(10, 'At most 10 triggers.'),
});
