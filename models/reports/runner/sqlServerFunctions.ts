/**
 * Functions of SQL Server that administrators' queries use, for SQLite. Times are texts in the server's local zone,
 * `2026-11-21 14:30:00`, as the views show them.
 */
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';

type Value = SQLInputValue;

const pad = (value: number, width = 2): string => String(value).padStart(width, '0');

/** Fields of a text, put into a Date whose UTC fields are the local ones: arithmetic by calendar, without daylight saving. */
function parse(value: Value): Date | undefined {
  const text = String(value ?? '').trim();
  const parts = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?)?/.exec(text);
  if (parts === null) return undefined;
  const [year, month, day, hour = 0, minute = 0, second = 0] = parts.slice(1, 7).map((part) => Number(part ?? 0));
  return new Date(Date.UTC(year!, month! - 1, day, hour, minute, second));
}

const format = (at: Date): string => at.toISOString().slice(0, 19).replace('T', ' ');

/** `2026-11-21 14:30:00` in this process's zone. */
export function localTime(at: Date): string {
  const day = `${pad(at.getFullYear(), 4)}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
  return `${day} ${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`;
}

const MILLISECONDS: Readonly<Record<string, number>> = {
  week: 7 * 86_400_000,
  day: 86_400_000,
  hour: 3_600_000,
  minute: 60_000,
  second: 1000,
};
const MONTHS: Readonly<Record<string, number>> = { year: 12, quarter: 3, month: 1 };
/** T-SQL's short names of the parts. */
const SHORT: Readonly<Record<string, string>> = {
  yy: 'year', yyyy: 'year', qq: 'quarter', q: 'quarter', mm: 'month', m: 'month', wk: 'week', ww: 'week', dd: 'day',
  d: 'day', hh: 'hour', mi: 'minute', n: 'minute', ss: 'second', s: 'second',
}; // prettier-ignore

const partOf = (name: Value): string => {
  const part = String(name).toLowerCase();
  return SHORT[part] ?? part;
};

function unknownPart(name: Value): never {
  throw new Error(`${String(name)} is no part of a date: year, quarter, month, week, day, hour, minute or second`);
}

export function dateAdd(name: Value, count: Value, value: Value): string | null {
  const at = parse(value);
  if (at === undefined || count === null) return null;
  const part = partOf(name);
  const step = Math.trunc(Number(count));
  if (MILLISECONDS[part] !== undefined) return format(new Date(at.getTime() + step * MILLISECONDS[part]));
  const months = MONTHS[part] ?? unknownPart(name);
  const day = at.getUTCDate();
  at.setUTCDate(1);
  at.setUTCMonth(at.getUTCMonth() + step * months);
  // The 31st of a month that has 30 is its last day, as on SQL Server.
  const last = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 0)).getUTCDate();
  at.setUTCDate(Math.min(day, last));
  return format(at);
}

/** Boundaries between the two, as on SQL Server: from 23:59 to 0:01 is a day. Weeks begin on Sunday. */
export function dateDiff(name: Value, from: Value, to: Value): number | null {
  const [one, other] = [parse(from), parse(to)];
  if (one === undefined || other === undefined) return null;
  const part = partOf(name);
  if (MONTHS[part] !== undefined) {
    const months = (at: Date): number => Math.floor((at.getUTCFullYear() * 12 + at.getUTCMonth()) / MONTHS[part]!);
    return months(other) - months(one);
  }
  const unit = MILLISECONDS[part] ?? unknownPart(name);
  // 1970 began on a Thursday.
  const shift = part === 'week' ? 4 * 86_400_000 : 0;
  const count = (at: Date): number => Math.floor((at.getTime() + shift) / unit);
  return count(other) - count(one);
}

export function datePart(name: Value, value: Value): number | null {
  const at = parse(value);
  if (at === undefined) return null;
  switch (partOf(name)) {
    case 'year':
      return at.getUTCFullYear();
    case 'quarter':
      return Math.floor(at.getUTCMonth() / 3) + 1;
    case 'month':
      return at.getUTCMonth() + 1;
    case 'day':
      return at.getUTCDate();
    case 'weekday':
    case 'dw':
      return at.getUTCDay() + 1;
    case 'hour':
      return at.getUTCHours();
    case 'minute':
      return at.getUTCMinutes();
    case 'second':
      return at.getUTCSeconds();
    default:
      return unknownPart(name);
  }
}

/** @param now one moment for the whole query, so that what is computed from it is computed once */
export function addSqlServerFunctions(database: DatabaseSync, now: Date): void {
  const constant = { deterministic: true };
  const text = (value: Value): string => String(value ?? '');
  database.function('GETDATE', constant, () => localTime(now));
  database.function('NS_UTCDATE', constant, () => format(now));
  database.function('DATEADD', constant, dateAdd);
  database.function('DATEDIFF', constant, dateDiff);
  database.function('DATEPART', constant, datePart);
  for (const part of ['year', 'month', 'day']) {
    database.function(part.toUpperCase(), constant, (value: Value) => datePart(part, value));
  }
  database.function('LEFT', constant, (value: Value, count: Value) =>
    value === null ? null : text(value).slice(0, Math.max(0, Number(count))),
  );
  database.function('RIGHT', constant, (value: Value, count: Value) =>
    value === null ? null : Number(count) <= 0 ? '' : text(value).slice(-Number(count)),
  );
  database.function('CHARINDEX', constant, (part: Value, value: Value) =>
    value === null ? null : text(value).toLowerCase().indexOf(text(part).toLowerCase()) + 1,
  );
}
