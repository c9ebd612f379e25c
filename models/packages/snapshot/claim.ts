/**
 * One build of a package at a time, over all nodes and commands: the package's own row says so. While it is built its
 * state is `refreshing` and NextRefreshAt is the end of a lease, which the builder moves on; a builder that died leaves
 * a lease that runs out, and the package is due again without anybody's doing.
 *
 * Whoever changes the state meanwhile (switches the package off, gives it another source, cancels) thereby ends the
 * build: the builder finds that the row is not its own any more.
 */
import type { Updateable } from 'kysely';
import type { Guid } from '../../../wire/guid.ts';
import { utc, type Clock } from '../../clock.ts';
import type { PackageTable, Utc } from '../../cmdb/schema.ts';
import { top } from '../../cmdb/sql.ts';
import type { Cmdb, Session } from '../../cmdb/types.ts';
import { MINUTE } from '../durations.ts';

const LEASE_MS = 2 * MINUTE;

/** Somebody else has the package now, or it has gone: what was built must not be published. */
export class ClaimLost extends Error {
  override name = 'ClaimLost';
}

/** Takes the package, or answers `undefined`: it is switched off, has gone, or somebody else is at it. */
export async function claimPackage(session: Session, clock: Clock, guid: Guid): Promise<Claim | undefined> {
  const now = clock.now();
  const lease = utc(now + LEASE_MS);
  const taken = await session.db
    .updateTable('Package')
    .set({ State: 'refreshing', StateDetail: 'Looking at the source.', NextRefreshAt: lease })
    .where('Guid', '=', guid)
    .where('IsEnabled', '=', 1)
    .where((row) =>
      row.or([
        row('State', '<>', 'refreshing'),
        row('NextRefreshAt', '<=', utc(now)),
        row('NextRefreshAt', 'is', null),
      ]),
    )
    .executeTakeFirst();
  return Number(taken.numUpdatedRows) === 1 ? new Claim(clock, guid, lease) : undefined;
}

export class Claim {
  readonly #clock: Clock;
  readonly #guid: Guid;
  #lease: Utc;

  constructor(clock: Clock, guid: Guid, lease: Utc) {
    this.#clock = clock;
    this.#guid = guid;
    this.#lease = lease;
  }

  /** Holds on to the package and tells how far its build is. @throws ClaimLost */
  async renew(cmdb: Cmdb, detail: string): Promise<void> {
    const lease = utc(this.#clock.now() + LEASE_MS);
    // Not waited for on disk, which is busy with what the build stores: a power cut ends the build anyway.
    await cmdb.transaction((session) => this.#write(session, { StateDetail: detail, NextRefreshAt: lease }), {
      mayBeLost: true,
    });
    this.#lease = lease;
  }

  /** Ends the claim by writing what came of it. @throws ClaimLost */
  async end(session: Session, outcome: Updateable<PackageTable> & { State: string }): Promise<void> {
    await this.#write(session, outcome);
  }

  async #write(session: Session, values: Updateable<PackageTable>): Promise<void> {
    // A lease that ran out may have been seen as such: the store's garbage may have been collected under this build.
    if (utc(this.#clock.now()) >= this.#lease) throw new ClaimLost('the build was held up for longer than its lease');
    const written = await session.db
      .updateTable('Package')
      .set(values)
      .where('Guid', '=', this.#guid)
      .where('State', '=', 'refreshing')
      .where('NextRefreshAt', '=', this.#lease)
      .executeTakeFirst();
    if (Number(written.numUpdatedRows) !== 1) throw new ClaimLost('the package was changed while it was built');
  }
}

/** True while any package is being built, here or elsewhere. */
export async function isAnythingClaimed(session: Session, clock: Clock): Promise<boolean> {
  const claimed = session.db
    .selectFrom('Package')
    .select('Guid')
    .where('State', '=', 'refreshing')
    .where('NextRefreshAt', '>', utc(clock.now()));
  return (await top(session, claimed, 1).executeTakeFirst()) !== undefined;
}
