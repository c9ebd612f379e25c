/** The order to one package server to fetch one package anew: "Re-download" (console-pages 4). */
import type { Guid } from '../../wire/guid.ts';
import { recordAudit, type Actor } from '../audit/audit.ts';
import { recordChange } from '../changes/changeLog.ts';
import { utc, type Clock } from '../clock.ts';
import { insertIfMissing } from '../cmdb/sql.ts';
import type { Cmdb } from '../cmdb/types.ts';

/** The order goes with the policy, and is carried out once. False: no package server, or it holds none of the package. */
export async function refetchPackage(
  cmdb: Cmdb,
  clock: Clock,
  actor: Actor,
  server: Guid,
  packageGuid: Guid,
): Promise<boolean> {
  return cmdb.transaction(async (session) => {
    const { db } = session;
    const held = await db
      .selectFrom('PackageHolding as h')
      .innerJoin('Resource as r', 'r.Guid', 'h.ResourceGuid')
      .innerJoin('Item as i', 'i.Guid', 'h.PackageGuid')
      .select(['r.Name as server', 'i.Name as package'])
      .where('h.ResourceGuid', '=', server)
      .where('h.PackageGuid', '=', packageGuid)
      .where('h.HeldVersion', 'is not', null)
      .executeTakeFirst();
    if (held === undefined) return false;
    const OrderedAt = utc(clock.now());
    // On SQL Server somebody else may give the first order at the same moment: this one is then the second.
    const first = { ResourceGuid: server, PackageGuid: packageGuid, Orders: 1, OrderedAt };
    if (!(await insertIfMissing(session, 'PackageRefetch', ['ResourceGuid', 'PackageGuid'], first))) {
      await db
        .updateTable('PackageRefetch')
        .set((row) => ({ Orders: row('Orders', '+', 1), OrderedAt }))
        .where('ResourceGuid', '=', server)
        .where('PackageGuid', '=', packageGuid)
        .execute();
    }
    await recordAudit(session, clock, actor, {
      action: 'refetch',
      objectKind: 'packageServer',
      objectGuid: server,
      objectName: held.server,
      after: { package: held.package, packageGuid },
    });
    await recordChange(session, clock, 'packageServer', server);
    return true;
  });
}
