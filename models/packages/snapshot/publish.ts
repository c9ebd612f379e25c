/**
 * Publishes what was built. The rows are written first, in slices, under a version that is newer than the package's
 * current one and that nobody serves for that reason; one short transaction then makes it the current version. A crash
 * before that leaves rows that nobody sees and the next build removes; there is no half-published snapshot.
 */
import type { KeyObject } from 'node:crypto';
import type { Guid } from '../../../wire/guid.ts';
import { signManifest } from '../../../wire/manifest.ts';
import { recordAudit, type Actor } from '../../audit/audit.ts';
import { recordChange } from '../../changes/changeLog.ts';
import { utc, type Clock } from '../../clock.ts';
import type { Utc } from '../../cmdb/schema.ts';
import type { Cmdb, Session } from '../../cmdb/types.ts';
import { nextRegularRefresh } from '../packageState.ts';
import type { Claim } from './claim.ts';
import { deleteSnapshotRows } from './snapshotRows.ts';

export interface SigningKey {
  signingKey: KeyObject;
  signingKeyName: string;
}

export interface BuiltSnapshot {
  hash: string;
  fileCount: number;
  totalSize: number;
  /** Files and empty folders. */
  rows: number;
  /** Writes the files of the snapshot, whose own row is there already. */
  writeRows(version: number): Promise<void>;
}

/** Removes what a build that died has left behind: snapshots newer than the current version. */
export async function removeUnpublished(cmdb: Cmdb, guid: Guid, currentVersion: number | null): Promise<void> {
  const left = await cmdb.db
    .selectFrom('Snapshot')
    .select('Version')
    .where('PackageGuid', '=', guid)
    .where('Version', '>', currentVersion ?? 0)
    .execute();
  for (const { Version } of left) await deleteSnapshotRows(cmdb, guid, Version);
}

/**
 * Writes the rows of a new snapshot; nobody sees them yet.
 * @returns its version: rising, near the time in seconds since 1970, as the contract's samples have it
 */
export async function writeSnapshot(
  { cmdb, clock, key }: { cmdb: Cmdb; clock: Clock; key: SigningKey },
  guid: Guid,
  currentVersion: number | null,
  built: BuiltSnapshot,
): Promise<number> {
  const version = Math.max((currentVersion ?? 0) + 1, Math.floor(clock.now() / 1000));
  await cmdb.db
    .insertInto('Snapshot')
    .values({
      PackageGuid: guid,
      Version: version,
      Hash: built.hash,
      FileCount: built.fileCount,
      TotalSize: built.totalSize,
      Signature: signManifest(key.signingKey, guid, version, built.hash),
      KeyName: key.signingKeyName,
      CreatedAt: utc(clock.now()),
      RetiredAt: null,
    })
    .execute();
  await built.writeRows(version);
  return version;
}

/**
 * Makes a written snapshot the current one and ends the claim.
 * @param of.refreshHours hours until the source is looked at again; 0: not before somebody asks
 * @throws ClaimLost
 */
export async function publishVersion(
  { cmdb, clock }: { cmdb: Cmdb; clock: Clock },
  claim: Claim,
  of: { guid: Guid; name: string; currentVersion: number | null; actor: Actor; refreshHours: number },
  version: number,
  built: BuiltSnapshot,
): Promise<void> {
  await cmdb.transaction(async (session) => {
    const time = clock.now();
    const now = utc(time);
    await claim.end(session, {
      State: 'valid',
      StateDetail: '',
      FailureCount: 0,
      CurrentVersion: version,
      LastRefreshAt: now,
      NextRefreshAt: nextRegularRefresh(time, of.refreshHours),
    });
    await retireOlder(session, of.guid, version, now);
    await recordAudit(session, clock, of.actor, {
      action: 'publish',
      objectKind: 'package',
      objectGuid: of.guid,
      objectName: of.name,
      before: { version: of.currentVersion },
      after: { version, hash: built.hash, files: built.fileCount, bytes: built.totalSize },
    });
    await recordChange(session, clock, 'package', of.guid);
  });
}

async function retireOlder(session: Session, guid: Guid, version: number, now: Utc): Promise<void> {
  await session.db
    .updateTable('Snapshot')
    .set({ RetiredAt: now })
    .where('PackageGuid', '=', guid)
    .where('Version', '<', version)
    .where('RetiredAt', 'is', null)
    .execute();
}
