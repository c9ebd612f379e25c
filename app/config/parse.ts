/** How the texts of settings are read. Each parser says what it wants: the sentence begins with the setting's name. */
import ipaddr from 'ipaddr.js';
import { QUEUE_CLASSES, type QueueClass } from '../../models/events/queueClasses.ts';
import type { Budget } from '../../models/events/queueLimits.ts';

export class ConfigError extends Error {
  override name = 'ConfigError';
}

export type Parser<T> = (text: string) => T;

export const text: Parser<string> = (value) => value;

export const flag: Parser<boolean> = (value) => {
  if (/^(true|1|yes|on)$/i.test(value)) return true;
  if (/^(false|0|no|off)$/i.test(value)) return false;
  throw new ConfigError('must be true or false');
};

export const integer =
  (least: number, most: number): Parser<number> =>
  (value) => {
    const number = Number(value);
    if (!/^-?\d+$/.test(value) || number < least || number > most) {
      throw new ConfigError(`must be a whole number from ${least} to ${most}`);
    }
    return number;
  };

export const oneOf =
  (...values: string[]): Parser<string> =>
  (value) => {
    if (!values.includes(value)) throw new ConfigError(`must be one of ${values.join(', ')}`);
    return value;
  };

/** Comma-separated addresses and CIDR ranges. */
export const addressRanges: Parser<string[]> = (value) => {
  const ranges = value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  for (const range of ranges) {
    const valid = range.includes('/') ? ipaddr.isValidCIDR(range) : ipaddr.isValid(range);
    if (!valid) throw new ConfigError(`${range} is not an address or a range such as 10.1.0.0/16`);
  }
  return ranges;
};

export const trustProxy: Parser<false | string[]> = (value) =>
  /^(false|0|no|off|)$/i.test(value) ? false : addressRanges(value);

export const cmdbAddress: Parser<string> = (value) => {
  if (/^sqlite:.+/.test(value)) return value;
  if (/^mssql:\/\/.+/.test(value) && URL.canParse(value)) return value;
  throw new ConfigError('must be sqlite:<file> or mssql://user:password@host:1433/database');
};

export const reportsAddress: Parser<string> = (value) => {
  if (value === '' || (/^mssql:\/\/.+/.test(value) && URL.canParse(value))) return value;
  throw new ConfigError('must be mssql://login:password@host:1433/database');
};

export const httpUrl: Parser<string> = (value) => {
  if (value === '') return value;
  if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol))
    throw new ConfigError('must be an http or https address');
  return value.replace(/\/+$/, '');
};

export const MB = 1024 * 1024;

/** `fast:400000:2048`: most events and most megabytes of a class of the event queue. */
export const classBudgets: Parser<Partial<Record<QueueClass, Budget>>> = (value) => {
  const budgets: Partial<Record<QueueClass, Budget>> = {};
  for (const part of value.split(',').filter((text) => text.trim() !== '')) {
    const match = /^\s*([a-z]+):([1-9]\d{0,8}):([1-9]\d{0,6})\s*$/.exec(part);
    const name = QUEUE_CLASSES.find((known) => known === match?.[1]);
    if (match === null || name === undefined)
      throw new ConfigError(`must be a list such as fast:400000:2048,slow:1000:4096 (${QUEUE_CLASSES.join(', ')})`);
    budgets[name] = { maxEvents: Number(match[2]), maxBytes: Number(match[3]) * MB };
  }
  return budgets;
};
