/**
 * Schedules in the classic trigger format (policies-and-schedules.md 4.1, samples/11): the model, and its XML.
 *
 * Observed are `Type`, `Duration`, `Interval`, `KillAtEnd`, `Disabled`, `Description`, `BeginDate` and `DaysInterval`;
 * the elements of the other types carry the fields of the Windows Task Scheduler 1.0 triggers, whose numbers the types
 * are: `WeeksInterval` and `DaysOfTheWeek` (bit 0 is Sunday), `Days` (bit 0 is the 1st) and `Months` (bit 0 is January).
 */
import { describeTrigger } from './scheduleText.ts';
import { child, childrenNamed, parseXml, xml, type XmlElement, type XmlText } from './xml.ts';

export { describeSchedule } from './scheduleText.ts';
export { firesOn, nextRun } from './scheduleTimes.ts';

interface TriggerCommon {
  /** Local time of the computer, `YYYY-MM-DD HH:MM:SS`: the first day, and the time of day. */
  begin: string;
  /** Local time after which nothing starts any more. */
  end?: string;
  /** Minutes during which a start is repeated; 0 for no repetition. */
  durationMinutes: number;
  /** Minutes between repetitions; 0 for no repetition. */
  intervalMinutes: number;
  killAtEnd: boolean;
  disabled: boolean;
}

export type Trigger = TriggerCommon &
  (
    | { type: 'once' }
    | { type: 'daily'; daysInterval: number }
    /** 0 is Sunday. */
    | { type: 'weekly'; weeksInterval: number; daysOfWeek: readonly number[] }
    /** Days 1 to 31, months 1 to 12. A month without that day is passed over. */
    | { type: 'monthly'; days: readonly number[]; months: readonly number[] }
    | { type: 'startup' }
    | { type: 'logon' }
  );

export type TriggerType = Trigger['type'];

export interface Schedule {
  triggers: readonly Trigger[];
}

/** The text is XML, but no schedule that can be followed. The message says why, for a log. */
export class ScheduleError extends Error {
  override name = 'ScheduleError';
}

const TYPE_NUMBERS: Record<TriggerType, number> = { once: 0, daily: 1, weekly: 2, monthly: 3, startup: 6, logon: 7 };
const TYPES = new Map(Object.entries(TYPE_NUMBERS).map(([type, number]) => [String(number), type as TriggerType]));

const LOCAL_TIME = /^(\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2})$/;

/** True for `YYYY-MM-DD HH:MM:SS` that names a day of the calendar and a time of the clock. */
export function isLocalTime(text: string): boolean {
  const match = LOCAL_TIME.exec(text);
  if (match === null) return false;
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const date = new Date(Date.UTC(year, month - 1, day));
  return (
    year >= 1970 &&
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    hour < 24 &&
    minute < 60 &&
    second < 60
  );
}

/** Bits of a mask as numbers, the lowest bit being `first`. */
function fromMask(mask: number, first: number, count: number): number[] {
  return Array.from({ length: count }, (_, bit) => bit)
    .filter((bit) => (mask / 2 ** bit) & 1)
    .map((bit) => bit + first);
}

function toMask(values: readonly number[], first: number): number {
  return [...new Set(values)].reduce((mask, value) => mask + 2 ** (value - first), 0);
}

/**
 * A schedule as XML without declaration. Software delivery wants the root `Schedule IndependentExecution="true"`; all
 * else the root `schedule`.
 */
export function writeSchedule(schedule: Schedule, root: 'schedule' | 'Schedule' = 'schedule'): string {
  const triggers = schedule.triggers.map(triggerXml);
  return root === 'schedule'
    ? xml`<schedule>${triggers}</schedule>`.text
    : xml`<Schedule IndependentExecution="true">${triggers}</Schedule>`.text;
}

function triggerXml(trigger: Trigger): XmlText {
  const { durationMinutes, intervalMinutes, killAtEnd, disabled, begin, end } = trigger;
  return xml`<Trigger Type="${TYPE_NUMBERS[trigger.type]}" Duration="${durationMinutes}" Interval="${intervalMinutes}" KillAtEnd="${
    killAtEnd ? 1 : 0
  }" Disabled="${disabled ? 1 : 0}" Description="${describeTrigger(trigger)}"><BeginDate>${begin}</BeginDate>${
    end === undefined ? '' : xml`<EndDate>${end}</EndDate>`
  }${detailXml(trigger)}</Trigger>`;
}

function detailXml(trigger: Trigger): XmlText | string {
  switch (trigger.type) {
    case 'daily':
      return xml`<DaysInterval>${trigger.daysInterval}</DaysInterval>`;
    case 'weekly':
      return xml`<WeeksInterval>${trigger.weeksInterval}</WeeksInterval><DaysOfTheWeek>${toMask(trigger.daysOfWeek, 0)}</DaysOfTheWeek>`;
    case 'monthly':
      return xml`<Days>${toMask(trigger.days, 1)}</Days><Months>${toMask(trigger.months, 1)}</Months>`;
    default:
      return '';
  }
}

/**
 * Reads a schedule. The root may be `schedule`, `Schedule IndependentExecution="true"` or a bare `Trigger`.
 * @throws XmlError, ScheduleError
 */
export function readSchedule(text: string): Schedule {
  return scheduleOf(parseXml(text));
}

/** The same from an element that was read already. @throws ScheduleError */
export function scheduleOf(element: XmlElement): Schedule {
  if (element.name === 'Trigger') return { triggers: [triggerOf(element)] };
  if (element.name.toLowerCase() !== 'schedule') throw new ScheduleError(`${element.name} is not a schedule`);
  return { triggers: childrenNamed(element, 'Trigger').map(triggerOf) };
}

function triggerOf(element: XmlElement): Trigger {
  const { attributes } = element;
  const type = TYPES.get(attributes.Type ?? '');
  if (type === undefined) throw new ScheduleError(`a trigger of type ${attributes.Type ?? '(none)'} is not supported`);
  const common: TriggerCommon = {
    begin: timeOf(element, 'BeginDate')!,
    durationMinutes: numberOf(attributes.Duration, 'Duration', 0, 0),
    intervalMinutes: numberOf(attributes.Interval, 'Interval', 0, 0),
    killAtEnd: attributes.KillAtEnd === '1',
    disabled: attributes.Disabled === '1',
  };
  const end = timeOf(element, 'EndDate');
  return { ...common, ...(end === undefined ? {} : { end }), ...detailOf(type, element, common.begin) };
}

type Detail = Trigger extends infer T ? (T extends Trigger ? Omit<T, keyof TriggerCommon> : never) : never;

// What a weekly or monthly trigger leaves out is taken from its first day: that is when its author saw it start.
function detailOf(type: TriggerType, element: XmlElement, begin: string): Detail {
  const number = (name: string, whenMissing: number, least: number): number =>
    numberOf(child(element, name)?.text, name, whenMissing, least);
  const firstDay = new Date(`${begin.slice(0, 10)}T00:00:00Z`);
  switch (type) {
    case 'daily':
      return { type, daysInterval: number('DaysInterval', 1, 1) };
    case 'weekly': {
      const mask = number('DaysOfTheWeek', 2 ** firstDay.getUTCDay(), 1);
      return { type, weeksInterval: number('WeeksInterval', 1, 1), daysOfWeek: fromMask(mask, 0, 7) };
    }
    case 'monthly': {
      const days = fromMask(number('Days', 2 ** (firstDay.getUTCDate() - 1), 1), 1, 31);
      return { type, days, months: fromMask(number('Months', 2 ** 12 - 1, 1), 1, 12) };
    }
    default:
      return { type };
  }
}

function timeOf(element: XmlElement, name: string): string | undefined {
  const text = child(element, name)?.text.trim().replace('T', ' ') ?? '';
  if (text === '' && name === 'EndDate') return undefined;
  const whole = /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text} 00:00:00` : text;
  if (!isLocalTime(whole)) throw new ScheduleError(`${name} "${text.slice(0, 40)}" is not a time`);
  return whole;
}

function numberOf(text: string | undefined, name: string, whenMissing: number, least: number): number {
  if (text === undefined || text.trim() === '') return whenMissing;
  const number = Number(text);
  if (!/^\s*\d{1,10}\s*$/.test(text) || number < least)
    throw new ScheduleError(`${name} "${text.slice(0, 40)}" is not a number`);
  return number;
}
