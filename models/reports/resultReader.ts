/** Reads results that `ResultWriter` wrote. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { ROWS_PER_MARK, type ResultSummary, type ResultValue } from './resultWriter.ts';

/** Rows `offset … offset+limit-1`. */
export async function readResult(
  file: string,
  summary: ResultSummary,
  offset: number,
  limit: number,
): Promise<ResultValue[][]> {
  const mark = Math.floor(offset / ROWS_PER_MARK);
  const start = summary.index[mark];
  if (start === undefined) return [];
  const rows: ResultValue[][] = [];
  let at = mark * ROWS_PER_MARK;
  for await (const row of rowsFrom(file, start)) {
    if (at++ < offset) continue;
    rows.push(row);
    if (rows.length === limit) break;
  }
  return rows;
}

/** All rows from a byte on, at which one begins. @throws Error when the file is gone */
export async function* rowsFrom(file: string, start = 0): AsyncGenerator<ResultValue[]> {
  const stream = createReadStream(file, { start, encoding: 'utf8' });
  try {
    for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
      yield JSON.parse(line) as ResultValue[];
    }
  } finally {
    stream.destroy();
  }
}
