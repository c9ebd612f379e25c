/**
 * How nodes and threads learn that something they keep in memory has changed: a row per change, written in the
 * transaction of the change itself, read by everybody else every second.
 */
import type { Guid } from '../../wire/guid.ts';
import { utc, type Clock } from '../clock.ts';
import type { Session } from '../cmdb/types.ts';

export type ChangeKind =
  | 'registration'
  | 'registrationRule'
  | 'policy'
  | 'target'
  | 'package'
  | 'packageServer'
  | 'site'
  | 'computer'
  | 'setting'
  | 'secret'
  | 'dataClass';

export interface Change {
  Id: number;
  Kind: ChangeKind;
  ItemGuid: Guid | null;
}

/** Call it with the session that makes the change. */
export async function recordChange(
  session: Session,
  clock: Clock,
  kind: ChangeKind,
  itemGuid: Guid | null = null,
): Promise<void> {
  await session.db
    .insertInto('ChangeLog')
    .values({ Kind: kind, ItemGuid: itemGuid, At: utc(clock.now()) })
    .execute();
}

/** The same for many items of one kind. */
export async function recordChanges(
  session: Session,
  clock: Clock,
  kind: ChangeKind,
  items: readonly Guid[],
): Promise<void> {
  const at = utc(clock.now());
  await session.insertMany(
    'ChangeLog',
    items.map((item) => ({ Kind: kind, ItemGuid: item, At: at })),
  );
}

/** At the start, changes of so long ago are answered as well: they may have come while memory was being filled. */
const OVERLAP_MS = 30_000;
/** How far below the newest number one may still be drawn and not committed; a database that restarts leaves wider gaps. */
const MOST_OPEN = 500;
/** A number that has not come for so long is one of a transaction that was undone. */
const GIVEN_UP_MS = 60_000;

type Row = Change & { At: string };

/**
 * Follows the log from now on. `poll` answers each change once, oldest first. It goes by the numbers of the changes and
 * not by their times: those are by the clocks of other nodes, which may be behind ours. A transaction may commit after
 * one that drew a higher number, so numbers that are left out are waited for.
 */
export class ChangeFollower {
  readonly #session: Session;
  readonly #startedAt: number;
  #newest: number | undefined;
  /** Numbers below the newest that have not been seen, lowest first, and when each was missed. */
  readonly #open = new Map<number, number>();

  constructor(session: Session, clock: Clock) {
    this.#session = session;
    this.#startedAt = clock.now();
  }

  async poll(): Promise<Change[]> {
    const isFirst = this.#newest === undefined;
    const newest = this.#newest ?? Math.max(0, (await this.#highest()) - MOST_OPEN);
    const rows = await this.#after(Math.min(newest, ...firstKey(this.#open, (id) => id - 1)));
    const fresh = rows.filter(({ Id }) => Id > newest || this.#open.has(Id));
    this.#note(fresh, newest);
    const answered = isFirst ? fresh.filter(({ At }) => At >= utc(this.#startedAt - OVERLAP_MS)) : fresh;
    return answered.map(({ Id, Kind, ItemGuid }) => ({ Id, Kind, ItemGuid }));
  }

  async #highest(): Promise<number> {
    const row = await this.#session.db
      .selectFrom('ChangeLog')
      .select((is) => is.fn.max('Id').as('Id'))
      .executeTakeFirstOrThrow();
    return Number(row.Id ?? 0);
  }

  async #after(id: number): Promise<Row[]> {
    const query = this.#session.db.selectFrom('ChangeLog').select(['Id', 'Kind', 'ItemGuid', 'At']);
    return (await query.where('Id', '>', id).orderBy('Id').execute()) as Row[];
  }

  /** `fresh` in order of their numbers; what lies between them has yet to come. */
  #note(fresh: readonly Row[], newest: number): void {
    // Not the clock that is handed in: this is about how long we have waited, whatever it jumps to.
    const now = performance.now();
    let before = newest;
    for (const { Id } of fresh) {
      this.#open.delete(Id);
      for (let id = Math.max(before + 1, Id - MOST_OPEN); id < Id; id++) this.#open.set(id, now);
      before = Math.max(before, Id);
    }
    for (const [id, missedAt] of this.#open) if (now - missedAt > GIVEN_UP_MS) this.#open.delete(id);
    this.#newest = before;
  }
}

function firstKey<T>(map: ReadonlyMap<number, unknown>, make: (key: number) => T): T[] {
  for (const key of map.keys()) return [make(key)];
  return [];
}

export async function trimChangeLog(session: Session, clock: Clock): Promise<void> {
  await session.db
    .deleteFrom('ChangeLog')
    .where('At', '<', utc(clock.now() - 24 * 3600_000))
    .execute();
}
