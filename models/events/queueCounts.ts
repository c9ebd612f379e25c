/** How much the embedded queue holds, by class and by computer: counted when it opens, kept in step from then on. */
import type { Load, QueueLoad } from './admission.ts';
import { LARGE_CLASSES, QUEUE_CLASSES, type QueueClass } from './queueClasses.ts';
import type { QueueFile } from './queueFile.ts';
import { QueueFlow } from './queueFlow.ts';
import type { QueueTotals } from './queueStore.ts';

export const WAITING = 0;
export const BAD = 2;

const NOTHING: Readonly<Load> = { depth: 0, bytes: 0 };

export class QueueCounts implements QueueLoad {
  readonly #file: QueueFile;
  readonly flow = new QueueFlow();
  #waiting = new Map<string, Load>();
  /** Only computers of which something waits. */
  #senders = new Map<string, Load>();
  #bad: Load = { depth: 0, bytes: 0 };

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
    const bySender = this.#file.prepare(
      `SELECT SenderGuid AS sender, COUNT(*) AS depth, SUM(Size) AS bytes FROM EventQueueEntry
       WHERE ProcessingState = ${WAITING} AND SenderGuid IS NOT NULL GROUP BY 1`,
    );
    this.#senders = new Map(
      bySender.all().map((row) => [String(row.sender), { depth: Number(row.depth), bytes: Number(row.bytes) }]),
    );
  }

  #of(state: number, name: string): Load {
    if (state === BAD) return this.#bad;
    let count = this.#waiting.get(name);
    if (count === undefined) this.#waiting.set(name, (count = { depth: 0, bytes: 0 }));
    return count;
  }

  add(state: number, name: string, size: number, sender: string | null): void {
    const count = this.#of(state, name);
    count.depth++;
    count.bytes += size;
    if (state !== WAITING) return;
    this.flow.entered(name);
    if (sender !== null) this.#addSender(sender, 1, size);
  }

  #addSender(sender: string, events: number, bytes: number): void {
    const load = this.#senders.get(sender);
    if (load === undefined) {
      if (events > 0) this.#senders.set(sender, { depth: events, bytes });
      return;
    }
    load.depth += events;
    load.bytes += bytes;
    if (load.depth <= 0) this.#senders.delete(sender);
  }

  remove(state: number, name: string, size: number, sender: string | null): void {
    const count = this.#of(state, name);
    count.depth--;
    count.bytes -= size;
    if (state !== WAITING) return;
    this.flow.settled(name);
    if (sender !== null) this.#addSender(sender, -1, -size);
  }

  waiting(name: QueueClass): Readonly<Load> {
    return this.#of(WAITING, name);
  }

  ofClass(name: QueueClass): Readonly<Load> {
    return this.waiting(name);
  }

  ofSender(sender: string): Readonly<Load> {
    return this.#senders.get(sender) ?? NOTHING;
  }

  get bad(): Readonly<Load> {
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
