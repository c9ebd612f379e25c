import type { Guid } from '../../wire/guid.ts';
import { recordAudit, type Actor } from '../audit/audit.ts';
import { recordChange } from '../changes/changeLog.ts';
import type { Clock } from '../clock.ts';
import type { Cmdb } from '../cmdb/types.ts';
import { packageInputOf, readPackageRow } from './packageRow.ts';
import { endRemoval, hidePackage } from './removePackage.ts';
import { rejectUsed } from './usedBy.ts';

/**
 * Deletes a package with its programs and snapshots. Its files leave the store at the next collection of garbage; the
 * source folder is never touched. Nobody sees it from the first, short transaction on; what a crash cuts off after that
 * the next cleaning ends (removeOldSnapshots.ts).
 * @throws InvalidInput when policies use it, with their names; false when there is no such package
 */
export async function deletePackage(cmdb: Cmdb, clock: Clock, actor: Actor, guid: Guid): Promise<boolean> {
  const isHidden = await cmdb.transaction(async (session) => {
    const before = await readPackageRow(session, guid);
    if (before === undefined) return false;
    await rejectUsed(session, 'PackageGuid', guid);
    await hidePackage(session, guid);
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
  if (isHidden) await endRemoval(cmdb, guid);
  return isHidden;
}
