/** Switching policies on and off, and deleting them: the verbs of the list, for one or many. */
import type { Guid } from '../../wire/guid.ts';
import { recordAudit, type Actor } from '../audit/audit.ts';
import { recordChange } from '../changes/changeLog.ts';
import type { Clock } from '../clock.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';
import { InvalidInput } from '../fieldErrors.ts';
import { touchItem } from '../items/itemStore.ts';
import { setOwnList } from '../targets/ownList.ts';
import { auditView } from './changePolicies.ts';
import { computersOf } from './computersOf.ts';
import { countDeliveries } from './deliveryCounts.ts';
import { getPolicy } from './policyStore.ts';

/** Policies that one action takes. */
export const MOST_AT_ONCE = 500;

/** Answers how many were in the other state before. @throws InvalidInput when there are too many, or one has no target */
export async function setPoliciesEnabled(
  cmdb: Cmdb,
  clock: Clock,
  actor: Actor,
  guids: readonly Guid[],
  isEnabled: boolean,
): Promise<number> {
  requireFew(guids);
  return cmdb.transaction(async (session) => {
    let changed = 0;
    for (const guid of guids) {
      const policy = await getPolicy(session, guid);
      if (policy === undefined || policy.isEnabled === isEnabled) continue;
      if (isEnabled && policy.targets.length === 0 && policy.ownList === undefined) {
        throw new InvalidInput([{ field: '', message: `"${policy.name}" has no target: choose one first.` }]);
      }
      await session.db
        .updateTable('Policy')
        .set({ IsEnabled: isEnabled ? 1 : 0, Version: policy.version + 1 })
        .where('Guid', '=', guid)
        .execute();
      await touchItem(session, clock, actor, guid);
      await recordAudit(session, clock, actor, {
        action: isEnabled ? 'enable' : 'disable',
        objectKind: 'policy',
        objectGuid: guid,
        objectName: policy.name,
        before: { isEnabled: policy.isEnabled },
        after: { isEnabled },
      });
      await recordChange(session, clock, 'policy', guid);
      changed++;
    }
    return changed;
  });
}

export interface DeletionPreview {
  policies: { guid: Guid; name: string; computers: number; deliveries: number }[];
  /** Computers that lose at least one policy. */
  computers: number;
  /** Delivery states that are deleted with them. */
  deliveries: number;
}

/** What `deletePolicies` would do. Nothing is written. @throws InvalidInput as `deletePolicies` does */
export async function previewDeletion(session: Session, guids: readonly Guid[]): Promise<DeletionPreview> {
  requireFew(guids);
  const found = await deletable(session, guids);
  if (found.length === 0) return { policies: [], computers: 0, deliveries: 0 };
  const deliveries = await countDeliveries(session, guids);
  const policies = [];
  for (const { guid, name } of found) {
    const computers = await computersOf(session, [guid]);
    policies.push({ guid, name, computers, deliveries: deliveries.get(guid)?.total ?? 0 });
  }
  return {
    policies,
    computers: await computersOf(session, guids),
    deliveries: policies.reduce((sum, policy) => sum + policy.deliveries, 0),
  };
}

/**
 * Deletes software-delivery policies with their delivery states; what agents reported of past runs stays. Computers
 * learn it at their next check-in: a policy that is no longer in the list has been withdrawn. Answers how many there were.
 * @throws InvalidInput when there are too many, or one of them is a settings policy, which agents cannot do without
 */
export async function deletePolicies(cmdb: Cmdb, clock: Clock, actor: Actor, guids: readonly Guid[]): Promise<number> {
  requireFew(guids);
  return cmdb.transaction(async (session) => {
    const found = await deletable(session, guids);
    for (const { guid, name } of found) {
      const before = auditView((await getPolicy(session, guid))!);
      await setOwnList(session, clock, actor, guid, []);
      const { db } = session;
      await db.deleteFrom('PolicyTarget').where('PolicyGuid', '=', guid).execute();
      await db.deleteFrom('Delivery').where('PolicyGuid', '=', guid).execute();
      await db.deleteFrom('Policy').where('Guid', '=', guid).execute();
      await db.deleteFrom('Item').where('Guid', '=', guid).execute();
      await recordAudit(session, clock, actor, {
        action: 'delete',
        objectKind: 'policy',
        objectGuid: guid,
        objectName: name,
        before,
      });
      await recordChange(session, clock, 'policy', guid);
    }
    return found.length;
  });
}

async function deletable({ db }: Session, guids: readonly Guid[]): Promise<{ guid: Guid; name: string }[]> {
  if (guids.length === 0) return [];
  const rows = await db
    .selectFrom('Policy as p')
    .innerJoin('Item as i', 'i.Guid', 'p.Guid')
    .select(['p.Guid', 'p.Kind', 'i.Name'])
    .where('p.Guid', 'in', guids)
    .orderBy('i.Name')
    .execute();
  const fixed = rows.find(({ Kind }) => Kind !== 'softwareDelivery');
  if (fixed !== undefined) {
    throw new InvalidInput([{ field: '', message: `"${fixed.Name}" cannot be deleted; it can be switched off.` }]);
  }
  return rows.map(({ Guid, Name }) => ({ guid: Guid, name: Name }));
}

function requireFew(guids: readonly Guid[]): void {
  if (guids.length <= MOST_AT_ONCE) return;
  throw new InvalidInput([{ field: '', message: `Choose at most ${MOST_AT_ONCE} policies at once.` }]);
}
