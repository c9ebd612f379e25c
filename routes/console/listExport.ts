/** A filtered list as CSV or JSON: all its rows, the columns that are shown, read and written in pages. */
import { once } from 'node:events';
import type { Response } from 'express';
import { cellValue } from './cells.ts';
import type { Column, ListDefinition } from './list.ts';
import type { ListQuery } from './listQuery.ts';

const ROWS_AT_ONCE = 500;
type Value = string | number | null;

export async function exportList<Row>(
  response: Response,
  definition: ListDefinition<Row>,
  query: ListQuery,
  format: 'csv' | 'json',
): Promise<void> {
  const columns = definition.columns.filter((column) => query.columns.includes(column.key));
  const file = `${definition.noun[1].replaceAll(' ', '-')}.${format}`;
  const writer = format === 'csv' ? csvWriter(columns) : jsonWriter(columns);
  // The first rows are read before anything is sent, so that a failure is still an error page.
  let { rows, total } = await definition.fetch({ ...query, offset: 0, limit: ROWS_AT_ONCE });
  response.set('Cache-Control', 'no-store').type(writer.type).attachment(file);
  await write(response, writer.begin);
  for (let offset = 0; rows.length > 0 && !response.destroyed;) {
    const values = rows.map((row) => columns.map((column) => cellValue(column.cell(row))));
    const first = offset;
    await write(response, values.map((row, index) => writer.row(row, first + index === 0)).join(''));
    offset += rows.length;
    if (offset >= total) break;
    ({ rows, total } = await definition.fetch({ ...query, offset, limit: ROWS_AT_ONCE }));
  }
  response.end(writer.end);
}

/** Waits while the client reads slower than we write; a client that went away is nobody to wait for. */
async function write(response: Response, text: string): Promise<void> {
  if (response.destroyed || response.write(text)) return;
  await Promise.race([once(response, 'drain'), once(response, 'close')]);
}

interface Writer {
  type: string;
  begin: string;
  row(values: readonly Value[], first: boolean): string;
  end: string;
}

/** With a byte order mark: spreadsheet programs then read UTF-8. */
function csvWriter<Row>(columns: readonly Column<Row>[]): Writer {
  const line = (values: readonly Value[]): string => `${values.map(csvField).join(',')}\r\n`;
  return {
    type: 'text/csv; charset=utf-8',
    begin: `\uFEFF${line(columns.map(({ label }) => label))}`,
    row: line,
    end: '',
  };
}

/**
 * A text that a spreadsheet would take for a formula gets an apostrophe: names come from computers that nobody vouches
 * for, and `=HYPERLINK(…)` in one would run on the administrator's machine.
 */
export function csvField(value: Value): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  // One that has the apostrophe already gets another, so that an import takes away what the export has added.
  const harmless = /^'*[=+\-@\t\r\n]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

function jsonWriter<Row>(columns: readonly Column<Row>[]): Writer {
  return {
    type: 'application/json; charset=utf-8',
    begin: '[',
    row: (values, first) => {
      const entries = columns.map(({ key }, index) => [key, values[index] ?? null]);
      return `${first ? '' : ','}\n${JSON.stringify(Object.fromEntries(entries))}`;
    },
    end: '\n]\n',
  };
}
