import { utc, type Clock } from '../../clock.ts';
import { recordChange } from '../../changes/changeLog.ts';
import type { Cmdb } from '../../cmdb/types.ts';
import { HOUR } from '../durations.ts';
import { endRemovals } from '../removePackage.ts';
import { readNeeds, type KeepRule, type OldSnapshot } from './snapshotNeeds.ts';
import { deleteSnapshotSlowly } from './snapshotRows.ts';

/**
 * Removes snapshots that were replaced longer ago than the retention time and that nobody needs any more. The current
 * snapshot of a package is never removed. Nobody sees a snapshot from the moment that its removal begins; a removal that
 * a crash cut off, that of a whole package too, is ended by the next call. Answers how many went.
 */
export async function removeOldSnapshots(cmdb: Cmdb, clock: Clock, rule: KeepRule): Promise<number> {
  for (const snapshot of await unneeded(cmdb, clock, rule)) await hide(cmdb, clock, snapshot);
  const leaving = await cmdb.db
    .selectFrom('Snapshot')
    .select(['PackageGuid', 'Version'])
    .where('IsRemoved', '=', 1)
    .execute();
  for (const { PackageGuid, Version } of leaving) await deleteSnapshotSlowly(cmdb, PackageGuid, Version);
  await endRemovals(cmdb);
  return leaving.length;
}

/** Unless an agent has asked for it since it was looked at. */
async function hide(cmdb: Cmdb, clock: Clock, { packageGuid, version, lastUsedAt }: OldSnapshot): Promise<void> {
  await cmdb.transaction(async (session) => {
    const hidden = await session.db
      .updateTable('Snapshot')
      .set({ IsRemoved: 1 })
      .where('PackageGuid', '=', packageGuid)
      .where('Version', '=', version)
      .where('LastUsedAt', lastUsedAt === null ? 'is' : '=', lastUsedAt)
      .executeTakeFirst();
    if (Number(hidden.numUpdatedRows) > 0) await recordChange(session, clock, 'package', packageGuid);
  });
}

async function unneeded(cmdb: Cmdb, clock: Clock, rule: KeepRule): Promise<OldSnapshot[]> {
  const rows = await cmdb.db
    .selectFrom('Snapshot as s')
    .innerJoin('Package as p', 'p.Guid', 's.PackageGuid')
    .select(['s.PackageGuid', 's.Version', 's.RetiredAt', 's.LastUsedAt'])
    .where('s.RetiredAt', '<', utc(clock.now() - rule.retentionHours * HOUR))
    .where('s.IsRemoved', '=', 0)
    .where((row) => row.or([row('p.CurrentVersion', 'is', null), row('s.Version', '<', row.ref('p.CurrentVersion'))]))
    .execute();
  const old = rows.map((row) => ({
    packageGuid: row.PackageGuid,
    version: row.Version,
    retiredAt: row.RetiredAt!,
    lastUsedAt: row.LastUsedAt,
  }));
  const { needsOf } = await readNeeds(cmdb, clock, rule, old);
  return old.filter(({ packageGuid, version }) => needsOf(packageGuid, version).length === 0);
}
