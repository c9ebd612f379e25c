import type { Guid } from '../../wire/guid.ts';
import { recordAudit, type Actor } from '../audit/audit.ts';
import { recordChange } from '../changes/changeLog.ts';
import type { Clock } from '../clock.ts';
import type { Cmdb } from '../cmdb/types.ts';
import { deleteDistribution } from '../packageServers/distribution.ts';
import { packageInputOf, readPackageRow } from './packageRow.ts';
import { deleteSnapshotRows } from './snapshot/snapshotRows.ts';
import { rejectUsed } from './usedBy.ts';

/**
 * Deletes a package with its programs and snapshots. Its files leave the store at the next collection of garbage; the
 * source folder is never touched.
 * @throws InvalidInput when policies use it, with their names; false when there is no such package
 */
export async function deletePackage(cmdb: Cmdb, clock: Clock, actor: Actor, guid: Guid): Promise<boolean> {
  return cmdb.transaction(async (session) => {
    const before = await readPackageRow(session, guid);
    if (before === undefined) return false;
    await rejectUsed(session, 'PackageGuid', guid);
    const versions = await session.db
      .selectFrom('Snapshot')
      .select('Version')
      .where('PackageGuid', '=', guid)
      .execute();
    for (const { Version } of versions) await deleteSnapshotRows(session, guid, Version);
    await deleteDistribution(session, guid);
    await session.db.deleteFrom('PackageHolding').where('PackageGuid', '=', guid).execute();
    await session.db.deleteFrom('PackageRefetch').where('PackageGuid', '=', guid).execute();
    await session.db.deleteFrom('Program').where('PackageGuid', '=', guid).execute();
    await session.db.deleteFrom('Package').where('Guid', '=', guid).execute();
    await session.db.deleteFrom('Item').where('Guid', '=', guid).execute();
    await recordAudit(session, clock, actor, {
      action: 'delete',
      objectKind: 'package',
      objectGuid: guid,
      objectName: before.Name,
      before: packageInputOf(before),
    });
    await recordChange(session, clock, 'package', guid);
    return true;
  });
}
