/**
 * Fields as forms and the API send them, for zod schemas: a form has only text, the API has types; both are read alike.
 * What comes out is safe for XML: no control characters, no half surrogates. Nor can it turn the direction of the text
 * around it, as U+202E does: a name would read as another (`gpj.exe` as `exe.jpg`), in each sentence that has it.
 */
import { z } from 'zod';
import { fieldErrors, InvalidInput } from './fieldErrors.ts';

const DIRECTION = '\\u202A-\\u202E\\u2066-\\u2069';
/** What no typed text of one line may hold. */
export const CONTROL = new RegExp(`[\\p{Cc}${DIRECTION}]`, 'u');
const CONTROL_BUT_LINES = new RegExp(`(?![\\t\\n\\r])[\\p{Cc}${DIRECTION}]`, 'u');
const NO_CHARACTER = /[\uFFFE\uFFFF]/;

function plainText(most: number, forbidden: RegExp) {
  return z
    .string('Enter a text.')
    .trim()
    .max(most, `At most ${most} characters.`)
    .refine(
      (text) => !forbidden.test(text) && !NO_CHARACTER.test(text) && text.isWellFormed(),
      'Control characters are not allowed.',
    );
}

/** One line of text, trimmed; may be empty. */
export const line = (most: number) => plainText(most, CONTROL);

/** One line that must say something. */
export const requiredLine = (most: number, message: string) =>
  z.preprocess((value) => value ?? '', plainText(most, CONTROL).min(1, message));

/** Several lines. */
export const paragraph = (most: number) => plainText(most, CONTROL_BUT_LINES);

/** A whole number, or a text that spells one; an empty field takes the default. */
export function wholeNumber(least: number, most: number, byDefault: number) {
  const message = `Enter a whole number from ${least} to ${most}.`;
  return z.preprocess(numberOf, z.int(message).min(least, message).max(most, message).default(byDefault));
}

function numberOf(value: unknown): unknown {
  if (typeof value !== 'string') return value ?? undefined;
  const text = value.trim();
  if (text === '') return undefined;
  return /^-?\d{1,15}$/.test(text) ? Number(text) : value;
}

/** Yes or no: a boolean, or what a check box sends. */
export function flag(byDefault: boolean) {
  return z.preprocess(flagOf, z.boolean('Choose yes or no.').default(byDefault));
}

function flagOf(value: unknown): unknown {
  if (value === 0 || value === 1) return value === 1;
  if (typeof value !== 'string') return value ?? undefined;
  if (/^(true|on|yes|1)$/i.test(value)) return true;
  return /^(false|off|no|0|)$/i.test(value) ? false : value;
}

/** One of the published values. */
export function choice<const V extends readonly [string, ...string[]]>(values: V, byDefault: V[number]) {
  const offered = z.enum(values, `Choose among ${values.join(', ')}.`).default(byDefault as never);
  return z.preprocess((value) => (value === '' || value === null ? undefined : value), offered);
}

/** @throws InvalidInput with every fault at its field */
export function readFields<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const read = schema.safeParse(input);
  if (!read.success) throw new InvalidInput(fieldErrors(read.error));
  return read.data;
}
