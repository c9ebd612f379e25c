/** A whole result as CSV or JSON, from its file, as fast as the client reads. */
import type { Response } from 'express';
import { once } from 'node:events';
import type { ReportRun } from '../../../models/reports/runFiles.ts';
import { rowsFrom } from '../../../models/reports/resultReader.ts';
import type { ResultValue } from '../../../models/reports/resultWriter.ts';
import { csvField } from '../listExport.ts';

const ROWS_AT_ONCE = 200;

interface Writer {
  type: string;
  begin: string;
  row: (values: readonly ResultValue[], first: boolean) => string;
  end: string;
}

export async function exportResult(
  response: Response,
  run: ReportRun,
  file: string,
  format: 'csv' | 'json',
): Promise<void> {
  const columns = run.result!.columns;
  const writer = format === 'csv' ? csv(columns) : json(columns);
  const name = run.title
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 80);
  response
    .set('Cache-Control', 'no-store')
    .type(writer.type)
    .attachment(`${name === '' ? 'report' : name}.${format}`);
  let text = writer.begin;
  let written = 0;
  for await (const row of rowsFrom(file)) {
    text += writer.row(row, written === 0);
    if (++written % ROWS_AT_ONCE !== 0) continue;
    await write(response, text);
    text = '';
    if (response.destroyed) return;
  }
  response.end(text + writer.end);
}

async function write(response: Response, text: string): Promise<void> {
  if (response.destroyed || response.write(text)) return;
  await Promise.race([once(response, 'drain'), once(response, 'close')]);
}

/** With a byte order mark: spreadsheet programs then read UTF-8. */
function csv(columns: readonly string[]): Writer {
  const line = (values: readonly ResultValue[]): string => `${values.map(csvField).join(',')}\r\n`;
  return { type: 'text/csv; charset=utf-8', begin: `\uFEFF${line(columns)}`, row: line, end: '' };
}

/** An object a row; of columns with one name the later ones get a number. */
function json(columns: readonly string[]): Writer {
  const seen = new Map<string, number>();
  const keys = columns.map((column) => {
    const count = (seen.get(column) ?? 0) + 1;
    seen.set(column, count);
    return count === 1 ? column : `${column} ${count}`;
  });
  return {
    type: 'application/json; charset=utf-8',
    begin: '[',
    row: (values, first) =>
      `${first ? '' : ','}\n${JSON.stringify(Object.fromEntries(keys.map((key, index) => [key, values[index] ?? null])))}`,
    end: '\n]\n',
  };
}
