/**
 * A result on its way to a file: one line of JSON a row. Written as it comes, so that no process holds a whole result;
 * where every hundredth row begins is remembered, so that a page of it is read without what lies before.
 */
import { closeSync, openSync, writeSync } from 'node:fs';

export type ResultValue = string | number | null;

export interface ResultSummary {
  columns: string[];
  rows: number;
  bytes: number;
  /** Why there is not more: the limit of rows or of bytes was reached. */
  cut?: 'rows' | 'bytes';
  /** Texts that were longer than a cell may be, and were cut. */
  cutTexts: number;
  /** Where row 0, 100, 200 … begins, in bytes. */
  index: number[];
}

export const ROWS_PER_MARK = 100;
/** Of a whole result. */
export const MOST_RESULT_BYTES = 256 * 1024 * 1024;
/** What a spreadsheet's cell holds. */
const LONGEST_TEXT = 32_767;
const LONGEST_BLOB = 64;
const CHUNK = 64 * 1024;

export class ResultWriter {
  readonly #file: number;
  readonly #rowLimit: number;
  readonly #summary: ResultSummary;
  #chunk = '';

  constructor(path: string, columns: readonly string[], rowLimit: number) {
    this.#file = openSync(path, 'w', 0o600);
    this.#rowLimit = rowLimit;
    this.#summary = { columns: [...columns], rows: 0, bytes: 0, cutTexts: 0, index: [] };
  }

  /** False when nothing more is taken: the row was one too many. */
  write(row: readonly unknown[]): boolean {
    const summary = this.#summary;
    if (summary.rows >= this.#rowLimit) summary.cut = 'rows';
    else if (summary.bytes + this.#chunk.length >= MOST_RESULT_BYTES) summary.cut = 'bytes';
    if (summary.cut !== undefined) return false;
    if (summary.rows % ROWS_PER_MARK === 0) {
      this.#flush();
      summary.index.push(summary.bytes);
    }
    this.#chunk += `${JSON.stringify(row.map((value) => this.#plain(value)))}\n`;
    if (this.#chunk.length > CHUNK) this.#flush();
    summary.rows++;
    return true;
  }

  finish(): ResultSummary {
    this.#flush();
    closeSync(this.#file);
    return this.#summary;
  }

  #flush(): void {
    if (this.#chunk === '') return;
    this.#summary.bytes += writeSync(this.#file, this.#chunk);
    this.#chunk = '';
  }

  #plain(value: unknown): ResultValue {
    if (value === null || value === undefined) return null;
    if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
    if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
    if (typeof value === 'boolean') return value ? 1 : 0;
    if (value instanceof Uint8Array) return this.#blob(value);
    const text = value instanceof Date ? serverTime(value) : String(value);
    if (text.length <= LONGEST_TEXT) return text;
    this.#summary.cutTexts++;
    return `${text.slice(0, LONGEST_TEXT - 1)}…`;
  }

  #blob(bytes: Uint8Array): string {
    if (bytes.length > LONGEST_BLOB) this.#summary.cutTexts++;
    return `0x${Buffer.from(bytes.subarray(0, LONGEST_BLOB)).toString('hex')}${bytes.length > LONGEST_BLOB ? '…' : ''}`;
  }
}

/** A datetime of SQL Server is the server's local time; the driver hands it over as if it were UTC, which is put back. */
const serverTime = (at: Date): string => at.toISOString().slice(0, 19).replace('T', ' ');
