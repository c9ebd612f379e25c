/** The schedule of a software-delivery policy as form fields. */
import type { SoftwareDeliverySettings, SettingsInput } from '../../../models/policies/settings.ts';
import { describeSchedule } from '../../../wire/schedule.ts';
import { textOf, type FieldSection, type FormValues } from '../form.ts';

type Trigger = SoftwareDeliverySettings['schedule']['triggers'][number];
type ScheduleFields = Pick<
  SettingsInput<'softwareDelivery'>,
  'schedule' | 'runAsSoonAsPossible' | 'onlyAtScheduledTime'
>;

const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

/** 0 is Sunday; weeks are shown from Monday on. */
const weekday = (index: number): string => String((index + 1) % 7);

/** @param settings of the policy as it is: a schedule that the form cannot show can be kept */
export function scheduleSection(settings: SoftwareDeliverySettings | undefined): FieldSection {
  const kept = settings !== undefined && isForeign(settings);
  return {
    title: 'Schedule',
    help: 'Times are local times of each computer.',
    fields: [
      {
        name: 'when',
        label: 'When it runs',
        kind: 'radio',
        required: true,
        options: [
          { value: 'asap', label: 'As soon as possible', help: 'Once, when the policy and its package have arrived.' },
          { value: 'once', label: 'Once at a time' },
          { value: 'daily', label: 'Daily' },
          { value: 'weekly', label: 'Weekly' },
          { value: 'user', label: 'When the user starts it' },
          ...(kept ? [{ value: 'kept', label: 'As it is', help: describeSchedule(settings.schedule) }] : []),
        ],
      },
      {
        name: 'begin',
        label: 'Date and time',
        kind: 'datetime-local',
        help: 'For once: the start. For daily and weekly: the first day, and the time of day.',
      },
      {
        name: 'every',
        label: 'Every',
        kind: 'number',
        unit: 'days or weeks',
        min: 1,
        max: 365,
        help: 'For daily and weekly.',
      },
      {
        name: 'daysOfWeek',
        label: 'On these days',
        kind: 'checkboxes',
        help: 'For weekly.',
        options: WEEKDAYS.map((label, index) => ({ value: weekday(index), label })),
      },
      {
        name: 'alsoAtOnce',
        label: 'Also once as soon as possible',
        kind: 'checkbox',
        help: 'Before the first start of the schedule.',
      },
      {
        name: 'onlyAtScheduledTime',
        label: 'Only at the scheduled time',
        kind: 'checkbox',
        help: 'A start that was missed, because the computer was off, is not made up for.',
      },
    ],
  };
}

/** What the fields say, for the models. `kept` takes the schedule of the policy as it is. */
export function scheduleInput(values: FormValues, settings: SoftwareDeliverySettings | undefined): ScheduleFields {
  const when = textOf(values, 'when');
  const onlyAtScheduledTime = textOf(values, 'onlyAtScheduledTime') === '1';
  if (when === 'asap' || when === 'user') {
    return { schedule: { triggers: [] }, runAsSoonAsPossible: when === 'asap', onlyAtScheduledTime };
  }
  const runAsSoonAsPossible = textOf(values, 'alsoAtOnce') === '1';
  const triggers = when === 'kept' && settings !== undefined ? settings.schedule.triggers : [triggerOf(values, when)];
  return { schedule: { triggers }, runAsSoonAsPossible, onlyAtScheduledTime };
}

type TriggerInput = NonNullable<ScheduleFields['schedule']>['triggers'][number];

function triggerOf(values: FormValues, when: string): TriggerInput {
  const begin = localTime(textOf(values, 'begin'));
  const every = Number(textOf(values, 'every') || '1');
  if (when === 'daily') return { type: 'daily', begin, daysInterval: every };
  const daysOfWeek = [values.daysOfWeek ?? []].flat().map(Number);
  if (when === 'weekly') return { type: 'weekly', begin, weeksInterval: every, daysOfWeek };
  return { type: 'once', begin };
}

/** `2030-01-31T21:00` as the models write it. */
function localTime(text: string): string {
  const [day, time = ''] = text.split('T');
  return `${day} ${time.length === 5 ? `${time}:00` : time}`;
}

export function scheduleValues(settings: SoftwareDeliverySettings): FormValues {
  const common: FormValues = {
    onlyAtScheduledTime: settings.onlyAtScheduledTime ? '1' : '',
    alsoAtOnce: settings.runAsSoonAsPossible ? '1' : '',
    every: '1',
  };
  const [trigger] = settings.schedule.triggers;
  if (trigger === undefined) return { ...common, when: settings.runAsSoonAsPossible ? 'asap' : 'user', alsoAtOnce: '' };
  if (isForeign(settings)) return { ...common, when: 'kept' };
  return {
    ...common,
    when: trigger.type,
    begin: trigger.begin.slice(0, 16).replace(' ', 'T'),
    ...(trigger.type === 'daily' ? { every: String(trigger.daysInterval) } : {}),
    ...(trigger.type === 'weekly'
      ? { every: String(trigger.weeksInterval), daysOfWeek: trigger.daysOfWeek.map(String) }
      : {}),
  };
}

/** Made elsewhere, with more than the form can show. */
function isForeign({ schedule: { triggers } }: SoftwareDeliverySettings): boolean {
  return triggers.length > 1 || triggers.some((trigger) => !isPlain(trigger));
}

function isPlain(trigger: Trigger): boolean {
  const { type, end, durationMinutes, intervalMinutes, killAtEnd, disabled, begin } = trigger;
  return (
    (type === 'once' || type === 'daily' || type === 'weekly') &&
    end === undefined &&
    durationMinutes === 0 &&
    intervalMinutes === 0 &&
    !killAtEnd &&
    !disabled &&
    begin.endsWith(':00')
  );
}

/** Where a fault of a trigger stands in the form. */
export const SCHEDULE_FIELDS: Readonly<Record<string, string>> = {
  begin: 'begin',
  daysInterval: 'every',
  weeksInterval: 'every',
  daysOfWeek: 'daysOfWeek',
};
