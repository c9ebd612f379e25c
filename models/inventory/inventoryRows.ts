/** From the rows of an event to the rows of a data class's table: by position, cut to size, converted. */
import { hash } from 'node:crypto';
import { parseLocalTime } from '../../wire/nse.ts';
import { utc } from '../clock.ts';
import type { DataClass, DataClassColumn } from './dataClasses.ts';

/** Values by position: entry N belongs to column N; `undefined` is no value. */
export type PositionalRow = readonly (string | undefined)[];
export type ClassValue = string | number | null;
/** Values by column name. */
export type ClassRow = Record<string, ClassValue>;

export interface ClassData {
  dataClass: DataClass;
  /** Of a partial update: what the event gives and nothing else. */
  rows: ClassRow[];
  /** The rows are merged into those that are there (partialRows.ts); false: they replace them. */
  partial: boolean;
  /** Tells equal row sets apart from changed ones, in whatever order they come; empty for a partial update. */
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
  partial = false,
): ClassData {
  let used = rows;
  if (!dataClass.isMultiRow && rows.length > 1) {
    flags.add(`${dataClass.name} takes one row; the last of ${rows.length} was kept.`);
    used = rows.slice(-1);
  }
  const converted = used.map((row) => convertRow(dataClass, row, biasMinutes, flags, partial));
  return { dataClass, rows: converted, partial, hash: partial ? '' : hashRows(dataClass, converted) };
}

function convertRow(
  dataClass: DataClass,
  row: PositionalRow,
  biasMinutes: number,
  flags: Set<string>,
  partial: boolean,
): ClassRow {
  const { columns } = dataClass;
  const values: ClassRow = {};
  for (let position = 0; position < columns.length; position++) {
    const column = columns[position];
    const value = row[position];
    if (column === undefined) {
      if (value !== undefined) flags.add(noColumn(dataClass, position));
    } else if (value !== undefined) values[column.name] = convert(value, column, biasMinutes, dataClass, flags);
    else if (!partial) values[column.name] = null;
  }
  for (let position = columns.length; position < row.length; position++) {
    if (row[position] !== undefined) flags.add(noColumn(dataClass, position));
  }
  return values;
}

const noColumn = ({ name }: DataClass, position: number): string =>
  `${name} has no column ${position}; its values were left out.`;

function convert(
  value: string,
  column: DataClassColumn,
  biasMinutes: number,
  dataClass: DataClass,
  flags: Set<string>,
): ClassValue {
  if (column.dataType === 'text') {
    if (column.maxLength === undefined || value.length <= column.maxLength) return value;
    flags.add(`${dataClass.name}, ${column.name}: text was cut to ${column.maxLength} characters.`);
    return cut(value, column.maxLength);
  }
  if (value.trim() === '') return null;
  const converted = column.dataType === 'int' ? wholeNumber(value) : instant(value, biasMinutes);
  if (converted === null) {
    const what = column.dataType === 'int' ? 'whole number' : 'time';
    flags.add(`${dataClass.name}, ${column.name}: a value that is no ${what} was left out.`);
  }
  return converted;
}

/** Never between the two halves of a character: half of one is no text for the database. */
function cut(text: string, length: number): string {
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}

function wholeNumber(text: string): number | null {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : null;
}

function instant(text: string, biasMinutes: number): string | null {
  const at = parseLocalTime(text, biasMinutes);
  return at === undefined ? null : utc(at);
}

const SEPARATOR = '\u0000';
const NO_VALUE = '\u0001';

/**
 * SHA-256 over the rows, less what differs in every event: equal inventories are dropped as the original's `Hash` does it
 * (events-nse.md 3.3). Rows have every column of the class; neither separator can be a part of a value.
 */
export function hashRows(dataClass: DataClass, rows: readonly ClassRow[]): string {
  const names: string[] = [];
  for (const column of dataClass.columns) if (column !== undefined && !column.isVolatile) names.push(column.name);
  const lines = rows.map((row) => {
    let line = '';
    for (const name of names) line += (row[name] ?? NO_VALUE) + SEPARATOR;
    return line;
  });
  if (lines.length > 1) lines.sort();
  return hash('sha256', lines.join('\n'));
}
