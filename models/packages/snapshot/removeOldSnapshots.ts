import { utc, type Clock } from '../../clock.ts';
import { recordChange } from '../../changes/changeLog.ts';
import type { Cmdb } from '../../cmdb/types.ts';
import { HOUR } from '../durations.ts';
import { deleteSnapshotRows } from './snapshotRows.ts';

/**
 * Removes snapshots that were replaced longer ago than clients are given to finish with them. The current snapshot of a
 * package is never removed. Answers how many went.
 */
export async function removeOldSnapshots(cmdb: Cmdb, clock: Clock, retentionHours: number): Promise<number> {
  const old = await cmdb.db
    .selectFrom('Snapshot as s')
    .innerJoin('Package as p', 'p.Guid', 's.PackageGuid')
    .select(['s.PackageGuid', 's.Version'])
    .where('s.RetiredAt', '<', utc(clock.now() - retentionHours * HOUR))
    .where((row) => row.or([row('p.CurrentVersion', 'is', null), row('s.Version', '<', row.ref('p.CurrentVersion'))]))
    .execute();
  for (const { PackageGuid, Version } of old) {
    await cmdb.transaction(async (session) => {
      await deleteSnapshotRows(session, PackageGuid, Version);
      await recordChange(session, clock, 'package', PackageGuid);
    });
  }
  return old.length;
}
