/**
 * "These computers": the list that a policy has for itself, beside the named targets it applies to. It is made, changed
 * and removed with the policy, within the caller's transaction.
 */
import type { Guid } from '../../wire/guid.ts';
import type { Actor } from '../audit/audit.ts';
import { recordChange } from '../changes/changeLog.ts';
import type { Clock } from '../clock.ts';
import type { Session } from '../cmdb/types.ts';
import { insertList, removeTarget } from './changeTargets.ts';
import { replaceMembers, requireComputers } from './targetMembers.ts';
import { AD_HOC } from './targetStore.ts';

const NAME = 'Chosen computers';

/** The policy's own list; `undefined` when it applies to named targets only. */
export async function ownListOf({ db }: Session, policy: Guid): Promise<Guid | undefined> {
  const row = await db
    .selectFrom('PolicyTarget as p')
    .innerJoin('Item as i', 'i.Guid', 'p.TargetGuid')
    .select('p.TargetGuid')
    .where('p.PolicyGuid', '=', policy)
    .where('i.Attributes', '=', AD_HOC)
    .executeTakeFirst();
  return row?.TargetGuid;
}

/**
 * Makes the policy apply to exactly these computers, beside its named targets; none removes the list.
 * @throws InvalidInput with the field `computers`
 */
export async function setOwnList(
  session: Session,
  clock: Clock,
  actor: Actor,
  policy: Guid,
  computers: readonly Guid[],
): Promise<void> {
  const present = await ownListOf(session, policy);
  if (computers.length === 0) {
    if (present !== undefined) await removeOwnList(session, clock, policy, present);
    return;
  }
  await requireComputers(session, computers);
  if (present !== undefined) {
    await replaceMembers(session, present, computers);
    await recordChange(session, clock, 'target', present);
    return;
  }
  const list = await insertList(session, clock, actor, { name: NAME, description: '', isAdHoc: true }, computers);
  await session.db.insertInto('PolicyTarget').values({ PolicyGuid: policy, TargetGuid: list }).execute();
  await recordChange(session, clock, 'target', list);
}

async function removeOwnList(session: Session, clock: Clock, policy: Guid, list: Guid): Promise<void> {
  await session.db.deleteFrom('PolicyTarget').where('PolicyGuid', '=', policy).where('TargetGuid', '=', list).execute();
  await removeTarget(session, list);
  await recordChange(session, clock, 'target', list);
}
