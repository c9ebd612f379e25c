/** Counts per minute (check-ins, events, downloads …) for the charts: added in memory, written every few seconds. */
import { utc, type Clock } from '../clock.ts';
import type { Cmdb } from '../cmdb/types.ts';

export type CounterName =
  | 'checkIns'
  | 'checkInsUnchanged'
  | 'eventsAccepted'
  | 'eventsApplied'
  | 'eventsBad'
  | 'packageInfo'
  | 'downloads'
  | 'downloadBytes'
  | 'registrations'
  | 'refused';

const MINUTE = 60_000;

export class Counters {
  readonly #cmdb: Cmdb;
  readonly #clock: Clock;
  #waiting = new Map<string, number>();
  #minute = 0;
  /** Counts of the minute under way: an addition a request, no text is made. */
  #now = new Map<CounterName, number>();

  constructor(cmdb: Cmdb, clock: Clock) {
    this.#cmdb = cmdb;
    this.#clock = clock;
  }

  add(name: CounterName, amount = 1): void {
    const now = this.#clock.now();
    if (now - this.#minute >= MINUTE || now < this.#minute) {
      this.#gather();
      this.#minute = Math.floor(now / MINUTE) * MINUTE;
    }
    this.#now.set(name, (this.#now.get(name) ?? 0) + amount);
  }

  #gather(): void {
    for (const [name, amount] of this.#now) {
      const key = `${name} ${this.#minute}`;
      this.#waiting.set(key, (this.#waiting.get(key) ?? 0) + amount);
    }
    this.#now.clear();
  }

  /** Adds what was counted to the CMDB; several nodes add to the same rows. A failure keeps the counts. */
  async flush(): Promise<void> {
    this.#gather();
    if (this.#waiting.size === 0) return;
    const counts = this.#waiting;
    this.#waiting = new Map();
    try {
      await this.#cmdb.transaction(
        async (session) => {
          for (const [key, amount] of counts) {
            const [name, minute] = key.split(' ') as [string, string];
            const at = utc(Number(minute));
            const updated = await session.db
              .updateTable('MinuteCounter')
              .set((row) => ({ Total: row('Total', '+', amount) }))
              .where('Name', '=', name)
              .where('MinuteAt', '=', at)
              .executeTakeFirst();
            if (Number(updated.numUpdatedRows) === 0) {
              await session.db
                .insertInto('MinuteCounter')
                .values({ Name: name, MinuteAt: at, Total: amount })
                .execute();
            }
          }
        },
        { mayBeLost: true },
      );
    } catch (error) {
      for (const [key, amount] of counts) this.#waiting.set(key, (this.#waiting.get(key) ?? 0) + amount);
      throw error;
    }
  }

  /** Totals per minute since an instant, oldest first, gaps left out. */
  async series(
    names: readonly CounterName[],
    since: number,
  ): Promise<{ name: string; minute: number; total: number }[]> {
    const rows = await this.#cmdb.db
      .selectFrom('MinuteCounter')
      .select(['Name', 'MinuteAt', 'Total'])
      .where('Name', 'in', names)
      .where('MinuteAt', '>=', utc(since))
      .orderBy('MinuteAt')
      .execute();
    return rows.map((row) => ({ name: row.Name, minute: Date.parse(row.MinuteAt), total: row.Total }));
  }
}
