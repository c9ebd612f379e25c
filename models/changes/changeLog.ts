/**
 * How nodes and threads learn that something they keep in memory has changed: a row per change, written in the
 * transaction of the change itself, read by everybody else every second.
 */
import type { Guid } from '../../wire/guid.ts';
import { utc, type Clock } from '../clock.ts';
import type { Session } from '../cmdb/types.ts';

export type ChangeKind =
  'registration' | 'registrationRule' | 'policy' | 'target' | 'package' | 'site' | 'computer' | 'setting' | 'secret';

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

// A transaction may commit after one that drew a higher Id: each read looks back this far and skips what it has seen.
const OVERLAP_MS = 30_000;

/** Follows the log from now on. `poll` answers each change once, oldest first. */
export class ChangeFollower {
  readonly #session: Session;
  readonly #clock: Clock;
  #since: number;
  #seen = new Set<number>();

  constructor(session: Session, clock: Clock) {
    this.#session = session;
    this.#clock = clock;
    this.#since = clock.now();
  }

  async poll(): Promise<Change[]> {
    const now = this.#clock.now();
    const rows = await this.#session.db
      .selectFrom('ChangeLog')
      .select(['Id', 'Kind', 'ItemGuid'])
      .where('At', '>=', utc(this.#since - OVERLAP_MS))
      .orderBy('Id')
      .execute();
    const fresh = rows.filter((row) => !this.#seen.has(row.Id));
    this.#seen = new Set(rows.map((row) => row.Id));
    this.#since = now;
    return fresh as Change[];
  }
}

export async function trimChangeLog(session: Session, clock: Clock): Promise<void> {
  await session.db
    .deleteFrom('ChangeLog')
    .where('At', '<', utc(clock.now() - 24 * 3600_000))
    .execute();
}
