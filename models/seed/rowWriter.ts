/** Collects rows of many tables and writes them in transactions of some thousand rows. */
import type { Schema } from '../cmdb/schema.ts';
import type { Cmdb } from '../cmdb/types.ts';

const ROWS_PER_TRANSACTION = 20_000;

/** Tables that others refer to, in an order in which foreign keys hold; all other tables follow behind them. */
const PARENTS: readonly SeededTable[] = [
  'Item',
  'Site',
  'Resource',
  'Package',
  'Program',
  'Snapshot',
  'Target',
  'Policy',
];

/** Inventory tables are not in the typed schema: their columns are data. */
export type SeededTable = (keyof Schema & string) | `Inv_${string}`;

const emptyBatch = (): Map<SeededTable, object[]> => new Map(PARENTS.map((table) => [table, []]));

export class RowWriter {
  readonly #cmdb: Cmdb;
  readonly #progress: (rows: number) => void;
  #waiting = emptyBatch();
  #count = 0;
  #written = 0;

  /** `progress` hears how many rows have been committed so far. */
  constructor(cmdb: Cmdb, progress: (rows: number) => void) {
    this.#cmdb = cmdb;
    this.#progress = progress;
  }

  /** A row may refer to rows that were added before it, and to those of the same batch. */
  add(table: SeededTable, row: object): void {
    const rows = this.#waiting.get(table);
    if (rows === undefined) this.#waiting.set(table, [row]);
    else rows.push(row);
    this.#count++;
  }

  /** Call it often; it writes when enough has come together. Between two calls rows stay in memory. */
  async writeIfFull(): Promise<void> {
    if (this.#count >= ROWS_PER_TRANSACTION) await this.write();
  }

  async write(): Promise<void> {
    if (this.#count === 0) return;
    const batch = this.#waiting;
    await this.#cmdb.transaction(async (session) => {
      for (const [table, rows] of batch) await session.insertMany(table as keyof Schema & string, rows);
    });
    this.#written += this.#count;
    this.#waiting = emptyBatch();
    this.#count = 0;
    this.#progress(this.#written);
  }
}
