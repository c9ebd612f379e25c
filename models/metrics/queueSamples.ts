/** The event queue by minute: what waits, how old it is, what came and went. Written by every node, read by charts. */
import { utc, type Clock } from '../clock.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';
import type { EventQueue, QueueClassState } from '../events/queue.ts';
import { QUEUE_CLASSES, type QueueClass } from '../events/queueClasses.ts';

const MINUTE = 60_000;

export interface QueueMinute {
  /** Milliseconds since 1970. */
  minute: number;
  name: QueueClass;
  depth: number;
  bytes: number;
  oldestSeconds: number;
  entered: number;
  settled: number;
}

interface Seen {
  entered: number;
  settled: number;
  /** False when the last sample said that nothing waited: nothing need be written again. */
  busy: boolean;
}

export class QueueSampler {
  readonly #cmdb: Cmdb;
  readonly #clock: Clock;
  readonly #queue: Pick<EventQueue, 'state'>;
  readonly #seen = new Map<QueueClass, Seen>();

  constructor(cmdb: Cmdb, clock: Clock, queue: Pick<EventQueue, 'state'>) {
    this.#cmdb = cmdb;
    this.#clock = clock;
    this.#queue = queue;
  }

  /** Looks at the queue and adds to this minute's rows; an idle class costs no write. */
  async sample(): Promise<void> {
    const { classes } = await this.#queue.state();
    const now = this.#clock.now();
    const rows = classes.flatMap((state) => this.#news(state, now));
    if (rows.length === 0) return;
    await this.#cmdb.transaction(
      async (session) => {
        for (const row of rows) await addRow(session, row);
      },
      { mayBeLost: true },
    );
    for (const { name, entered, settled, depth } of classes)
      this.#seen.set(name, { entered, settled, busy: depth > 0 });
  }

  #news({ name, depth, bytes, oldestAt, entered, settled }: QueueClassState, now: number): QueueMinute[] {
    const before = this.#seen.get(name) ?? { entered: 0, settled: 0, busy: false };
    // The queue's thread counts from zero again when it was started anew.
    const since = (value: number, last: number): number => (value < last ? value : value - last);
    const news = { entered: since(entered, before.entered), settled: since(settled, before.settled) };
    if (depth === 0 && !before.busy && news.entered === 0 && news.settled === 0) return [];
    const oldestSeconds = oldestAt === undefined ? 0 : Math.max(0, Math.round((now - oldestAt) / 1000));
    return [{ minute: Math.floor(now / MINUTE) * MINUTE, name, depth, bytes, oldestSeconds, ...news }];
  }
}

async function addRow({ db }: Session, row: QueueMinute): Promise<void> {
  const at = utc(row.minute);
  const gauges = { Depth: row.depth, Bytes: row.bytes, OldestSeconds: row.oldestSeconds };
  const updated = await db
    .updateTable('QueueSample')
    .set((is) => ({
      ...gauges,
      Entered: is('Entered', '+', row.entered),
      Settled: is('Settled', '+', row.settled),
    }))
    .where('MinuteAt', '=', at)
    .where('QueueName', '=', row.name)
    .executeTakeFirst();
  if (Number(updated.numUpdatedRows) > 0) return;
  await db
    .insertInto('QueueSample')
    .values({ MinuteAt: at, QueueName: row.name, ...gauges, Entered: row.entered, Settled: row.settled })
    .execute();
}

/** Minutes since an instant, oldest first; a minute in which nothing waited, came or went has no row. */
export async function readQueueMinutes({ db }: Session, since: number): Promise<QueueMinute[]> {
  const rows = await db
    .selectFrom('QueueSample')
    .selectAll()
    .where('MinuteAt', '>=', utc(since))
    .orderBy('MinuteAt')
    .execute();
  return rows.flatMap((row) => {
    const name = QUEUE_CLASSES.find((each) => each === row.QueueName);
    if (name === undefined) return [];
    return [
      {
        minute: Date.parse(row.MinuteAt),
        name,
        depth: row.Depth,
        bytes: row.Bytes,
        oldestSeconds: row.OldestSeconds,
        entered: row.Entered,
        settled: row.Settled,
      },
    ];
  });
}
