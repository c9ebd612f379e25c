/**
 * How a deleted package goes. One short transaction takes it out of sight with all that is small; the rows of its files,
 * which may be hundreds of thousands, then go slice by slice, so that no other writer waits for them. Its own row goes
 * last, because they refer to it.
 */
import type { Guid } from '../../wire/guid.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';
import { deleteDistribution } from '../packageServers/distribution.ts';
import { REMOVED } from './packageState.ts';
import { deleteSnapshotRows, deleteSnapshotSlowly } from './snapshot/snapshotRows.ts';

/** In the caller's transaction; a build that is under way finds that the package is not its own any more (claim.ts). */
export async function hidePackage(session: Session, guid: Guid): Promise<void> {
  const { db } = session;
  // Without programs no policy can take it, either.
  await deleteSmall(session, guid);
  await db.updateTable('Snapshot').set({ IsRemoved: 1 }).where('PackageGuid', '=', guid).execute();
  await db
    .updateTable('Package')
    .set({
      State: REMOVED,
      StateDetail: '',
      IsEnabled: 0,
      IsWatched: 0,
      SourceKind: 'none',
      SourcePath: '',
      CurrentVersion: null,
      NextRefreshAt: null,
    })
    .where('Guid', '=', guid)
    .execute();
  // Its name is free at once, and no search finds it.
  await db.updateTable('Item').set({ Name: '' }).where('Guid', '=', guid).execute();
}

/** Ends the removal of a hidden package; it can be cut off anywhere, and done by two at once. */
export async function endRemoval(cmdb: Cmdb, guid: Guid): Promise<void> {
  for (const version of await versionsOf(cmdb, guid)) await deleteSnapshotSlowly(cmdb, guid, version);
  await cmdb.transaction(async (session) => {
    // A build that has not found out yet may have written a version, a package server's report its holding.
    for (const version of await versionsOf(session, guid)) await deleteSnapshotRows(session, guid, version);
    await deleteSmall(session, guid);
    await session.db.deleteFrom('Package').where('Guid', '=', guid).execute();
    await session.db.deleteFrom('Item').where('Guid', '=', guid).execute();
  });
}

/** Ends the removals that a crash has cut off. */
export async function endRemovals(cmdb: Cmdb): Promise<void> {
  const left = await cmdb.db.selectFrom('Package').select('Guid').where('State', '=', REMOVED).execute();
  for (const { Guid } of left) await endRemoval(cmdb, Guid);
}

async function versionsOf({ db }: Session, guid: Guid): Promise<number[]> {
  const rows = await db.selectFrom('Snapshot').select('Version').where('PackageGuid', '=', guid).execute();
  return rows.map(({ Version }) => Version);
}

async function deleteSmall(session: Session, guid: Guid): Promise<void> {
  await deleteDistribution(session, guid);
  await session.db.deleteFrom('PackageHolding').where('PackageGuid', '=', guid).execute();
  await session.db.deleteFrom('PackageRefetch').where('PackageGuid', '=', guid).execute();
  await session.db.deleteFrom('Program').where('PackageGuid', '=', guid).execute();
}
