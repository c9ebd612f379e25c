/** From the rows of an event to the rows of a data class's table: by position, cut to size, converted. */
import { createHash } from 'node:crypto';
import { parseLocalTime } from '../../wire/nse.ts';
import { utc } from '../clock.ts';
import type { DataClass, DataClassColumn } from './dataClasses.ts';

/** Values by position: entry N belongs to column N; `undefined` is no value. */
export type PositionalRow = readonly (string | undefined)[];
/** Values by column name. */
export type ClassRow = Record<string, string | number | null>;

export interface ClassData {
  dataClass: DataClass;
  rows: ClassRow[];
  /** Tells equal row sets apart from changed ones, in whatever order they come. */
  hash: string;
}

/**
 * Full replacement: a column without a value becomes NULL (events-nse.md 3.2). What does not fit is kept as far as
 * possible and said in `flags`: too long text is cut, a value that is no number or time is left out, and so is one
 * without a column.
 */
export function classData(
  dataClass: DataClass,
  rows: readonly PositionalRow[],
  biasMinutes: number,
  flags: Set<string>,
): ClassData {
  let converted = rows.map((row) => convertRow(dataClass, row, biasMinutes, flags));
  if (!dataClass.isMultiRow && converted.length > 1) {
    flags.add(`${dataClass.name} takes one row; the last of ${converted.length} was kept.`);
    converted = converted.slice(-1);
  }
  return { dataClass, rows: converted, hash: hashRows(converted) };
}

function convertRow(dataClass: DataClass, row: PositionalRow, biasMinutes: number, flags: Set<string>): ClassRow {
  const values: ClassRow = {};
  dataClass.columns.forEach((column, position) => {
    if (column === undefined) return;
    const value = row[position];
    values[column.name] = value === undefined ? null : convert(value, column, biasMinutes, dataClass, flags);
  });
  row.forEach((value, position) => {
    if (value !== undefined && dataClass.columns[position] === undefined) {
      flags.add(`${dataClass.name} has no column ${position}; its values were left out.`);
    }
  });
  return values;
}

function convert(
  value: string,
  column: DataClassColumn,
  biasMinutes: number,
  dataClass: DataClass,
  flags: Set<string>,
): string | number | null {
  const where = `${dataClass.name}, ${column.name}`;
  if (column.dataType === 'text') {
    if (column.maxLength === undefined || value.length <= column.maxLength) return value;
    flags.add(`${where}: text was cut to ${column.maxLength} characters.`);
    return value.slice(0, column.maxLength);
  }
  if (value.trim() === '') return null;
  const converted = column.dataType === 'int' ? wholeNumber(value) : instant(value, biasMinutes);
  if (converted === null)
    flags.add(`${where}: a value that is no ${column.dataType === 'int' ? 'whole number' : 'time'} was left out.`);
  return converted;
}

function wholeNumber(text: string): number | null {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : null;
}

function instant(text: string, biasMinutes: number): string | null {
  const at = parseLocalTime(text, biasMinutes);
  return at === undefined ? null : utc(at);
}

function hashRows(rows: readonly ClassRow[]): string {
  const lines = rows.map((row) => JSON.stringify(Object.values(row)));
  if (lines.length > 1) lines.sort();
  const hash = createHash('sha256');
  for (const line of lines) hash.update(line).update('\n');
  return hash.digest('hex');
}
