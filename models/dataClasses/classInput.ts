/** What an administrator may say about a data class, and what is wrong with it. */
import { z } from 'zod';
import { columnKind } from '../cmdb/types.ts';
import type { FieldError } from '../fieldErrors.ts';
import { flag, paragraph, requiredLine } from '../fieldTypes.ts';
import { NAME_PATTERN, type ColumnType, type TableColumn } from './tableText.ts';

export const COLUMN_TYPES = ['text', 'int', 'time'] as const satisfies readonly ColumnType[];
export const MOST_COLUMNS = 100;
/** An event's attributes go no further (c0 … c511). */
export const LAST_POSITION = 511;
const DEFAULT_LENGTH = 255;
const LONGEST_TEXT = 100_000;

const NAME_RULE =
  'Begin with a letter; then letters, digits, blanks, hyphens and underscores, at most 60 characters; end with a letter or digit.';

export const nameField = (missing: string) => requiredLine(60, missing).pipe(z.string().regex(NAME_PATTERN, NAME_RULE));

export const classFields = z.object({
  name: nameField('Enter a name.'),
  description: paragraph(2000).default(''),
  isMultiRow: flag(false),
  hasHistory: flag(false),
});

/** One column a line: `Name`, `Name, text 100`, `Name, int` or `Name, time`. */
export function readColumns(text: string, field = 'columns'): { columns: TableColumn[]; errors: FieldError[] } {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const errors: FieldError[] = [];
  const columns: TableColumn[] = [];
  lines.forEach((line, index) => {
    const read = readColumn(line);
    if (typeof read === 'string') errors.push({ field, message: `Line ${index + 1}: ${read}` });
    else columns.push(read);
  });
  const names = new Set<string>();
  for (const { name } of columns) {
    if (names.has(name.toLowerCase())) errors.push({ field, message: `There are two columns ${name}.` });
    names.add(name.toLowerCase());
  }
  if (lines.length === 0) errors.push({ field, message: 'Enter at least one column.' });
  if (columns.length > MOST_COLUMNS) errors.push({ field, message: `At most ${MOST_COLUMNS} columns.` });
  return { columns, errors };
}

function readColumn(line: string): TableColumn | string {
  const match = /^([^,]*?)\s*(?:,\s*(text|int|time)\s*(\d{1,6})?)?$/i.exec(line);
  if (match === null) return 'write it as Name, Name, text 100, Name, int or Name, time.';
  const [, name, type, length] = match;
  const dataType = (type?.toLowerCase() ?? 'text') as ColumnType;
  if (length !== undefined && dataType !== 'text') return `a column of type ${dataType} has no length.`;
  const maxLength = dataType === 'text' ? Number(length ?? DEFAULT_LENGTH) : null;
  return columnFault(name!, maxLength) ?? { name: name!, dataType, maxLength };
}

function columnFault(name: string, maxLength: number | null): string | undefined {
  if (!NAME_PATTERN.test(name)) return `a column cannot be called "${name.slice(0, 60)}". ${NAME_RULE}`;
  // Names like these say a column's type where the CMDB is read (models/cmdb/types.ts); with a blank they are free.
  if (columnKind(name) !== 'other' || /^rowid$|^oid$/i.test(name) || / as /i.test(name))
    return `"${name}" is reserved; put a blank into it, or call it otherwise.`;
  if (maxLength !== null && (maxLength < 1 || maxLength > LONGEST_TEXT))
    return `text has 1 to ${LONGEST_TEXT} characters.`;
  return undefined;
}

/** The same for a single column of a form. */
export function columnFaultOf(name: string, dataType: ColumnType, maxLength: number | null): string | undefined {
  return columnFault(name, dataType === 'text' ? maxLength : null);
}
