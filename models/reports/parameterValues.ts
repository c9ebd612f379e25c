/** Values of a report's parameters: from what a form sent to what a database binds. */
import { parseGuid } from '../../wire/guid.ts';
import { InvalidInput, type FieldError } from '../fieldErrors.ts';
import type { ParameterType, ReportParameter } from './definition.ts';

export interface ParameterValue {
  name: string;
  type: ParameterType;
  /** A date is local time of the server, as the views' times are: `2026-11-21 00:00:00`. */
  value: string | number | null;
}

/** The form's field of a parameter. */
export const fieldOf = (name: string): string => `p_${name.toLowerCase()}`;

const MOST_TEXT = 4000;

/** @param texts by `fieldOf`; a missing one takes its default. @throws InvalidInput at the fields */
export function readValues(
  parameters: readonly ReportParameter[],
  texts: Readonly<Record<string, string | undefined>>,
): ParameterValue[] {
  const faults: FieldError[] = [];
  const values = parameters.map(({ name, type, byDefault }) => {
    const text = (texts[fieldOf(name)] ?? byDefault).trim();
    const value = text === '' ? null : readValue(type, text);
    if (value === undefined) faults.push({ field: fieldOf(name), message: MUST_BE[type] });
    return { name, type, value: value ?? null };
  });
  if (faults.length > 0) throw new InvalidInput(faults);
  return values;
}

const MUST_BE: Readonly<Record<ParameterType, string>> = {
  text: `At most ${MOST_TEXT} characters.`,
  number: 'Enter a number.',
  date: 'Enter a date, for example 2026-11-21 or 2026-11-21 14:30.',
  guid: 'This is not a GUID.',
};

function readValue(type: ParameterType, text: string): string | number | undefined {
  if (type === 'guid') return parseGuid(text);
  if (type === 'number') return /^[+-]?\d{1,15}(\.\d{1,10})?$/.test(text) ? Number(text) : undefined;
  if (type === 'text') return text.length <= MOST_TEXT ? text : undefined;
  const parts = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?)?$/.exec(text);
  if (parts === null) return undefined;
  const [, day, time = '00:00', seconds = ':00'] = parts;
  const at = new Date(`${day}T${time}${seconds}Z`);
  // The 31st of February is a date to JavaScript, and another one than was typed.
  return Number.isNaN(at.getTime()) || !at.toISOString().startsWith(day!) ? undefined : `${day} ${time}${seconds}`;
}
