/** How much the embedded queue holds, by class: counted when it opens, kept in step from then on. */
import { LARGE_CLASSES, QUEUE_CLASSES, type QueueClass } from './queueClasses.ts';
import type { QueueFile } from './queueFile.ts';
import { QueueFlow } from './queueFlow.ts';
import type { QueueTotals } from './queueStore.ts';

export const WAITING = 0;
export const BAD = 2;

interface Count {
  depth: number;
  bytes: number;
}

export class QueueCounts {
  readonly #file: QueueFile;
  readonly flow = new QueueFlow();
  #waiting = new Map<string, Count>();
  #bad: Count = { depth: 0, bytes: 0 };

  constructor(file: QueueFile) {
    this.#file = file;
    this.recount();
  }

  /** After a change that failed half-way, or at the start. */
  recount(): void {
    this.#waiting = new Map(QUEUE_CLASSES.map((name) => [name, { depth: 0, bytes: 0 }]));
    this.#bad = { depth: 0, bytes: 0 };
    const rows = this.#file
      .prepare(
        'SELECT ProcessingState AS state, QueueName AS name, COUNT(*) AS depth, SUM(Size) AS bytes FROM EventQueueEntry GROUP BY 1, 2',
      )
      .all();
    for (const row of rows) {
      const count = this.#of(Number(row.state), String(row.name));
      count.depth += Number(row.depth);
      count.bytes += Number(row.bytes);
    }
  }

  #of(state: number, name: string): Count {
    if (state === BAD) return this.#bad;
    let count = this.#waiting.get(name);
    if (count === undefined) this.#waiting.set(name, (count = { depth: 0, bytes: 0 }));
    return count;
  }

  add(state: number, name: string, size: number): void {
    const count = this.#of(state, name);
    count.depth++;
    count.bytes += size;
    if (state === WAITING) this.flow.entered(name);
  }

  remove(state: number, name: string, size: number): void {
    const count = this.#of(state, name);
    count.depth--;
    count.bytes -= size;
    if (state === WAITING) this.flow.settled(name);
  }

  waiting(name: QueueClass): Readonly<Count> {
    return this.#of(WAITING, name);
  }

  get bad(): Readonly<Count> {
    return this.#bad;
  }

  totals(): QueueTotals {
    const large = LARGE_CLASSES.reduce((sum, name) => sum + this.waiting(name).depth, 0);
    const totals = { depth: 0, bytes: this.#bad.bytes, large };
    for (const { depth, bytes } of this.#waiting.values()) {
      totals.depth += depth;
      totals.bytes += bytes;
    }
    return totals;
  }
}
