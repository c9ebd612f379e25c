/** What is assigned to one site or package server: named targets, and the ad hoc list of computers named one by one. */
import type { Guid } from '../../wire/guid.ts';
import type { Session } from '../cmdb/types.ts';
import { removeTarget } from '../targets/changeTargets.ts';
import { AD_HOC } from '../targets/targetStore.ts';

/** Whom computers are given to. */
export interface AssignedPlace {
  kind: 'site' | 'packageServer';
  guid: Guid;
}

/** Target GUIDs, the own list among them. */
export async function assignedTargets({ db }: Session, { kind, guid }: AssignedPlace): Promise<Guid[]> {
  const rows =
    kind === 'site'
      ? await db.selectFrom('SiteTarget').select('TargetGuid').where('SiteGuid', '=', guid).execute()
      : await db.selectFrom('PackageServerTarget').select('TargetGuid').where('ResourceGuid', '=', guid).execute();
  return rows.map(({ TargetGuid }) => TargetGuid);
}

/** The list of computers that were named one by one; `undefined` while there are none. */
export async function ownList(session: Session, place: AssignedPlace): Promise<Guid | undefined> {
  const targets = await assignedTargets(session, place);
  if (targets.length === 0) return undefined;
  const row = await session.db
    .selectFrom('Item')
    .select('Guid')
    .where('Guid', 'in', targets)
    .where('Attributes', '=', AD_HOC)
    .executeTakeFirst();
  return row?.Guid;
}

export async function link({ db }: Session, { kind, guid }: AssignedPlace, targets: readonly Guid[]): Promise<void> {
  for (const TargetGuid of targets) {
    if (kind === 'site') await db.insertInto('SiteTarget').values({ SiteGuid: guid, TargetGuid }).execute();
    else await db.insertInto('PackageServerTarget').values({ ResourceGuid: guid, TargetGuid }).execute();
  }
}

/** At most 1,000 targets. */
export async function unlink({ db }: Session, { kind, guid }: AssignedPlace, targets: readonly Guid[]): Promise<void> {
  if (targets.length === 0) return;
  if (kind === 'site') {
    await db.deleteFrom('SiteTarget').where('SiteGuid', '=', guid).where('TargetGuid', 'in', targets).execute();
  } else {
    const links = db.deleteFrom('PackageServerTarget').where('ResourceGuid', '=', guid);
    await links.where('TargetGuid', 'in', targets).execute();
  }
}

/** Before the site or package server goes itself, in the caller's transaction. */
export async function removeAssignments(session: Session, place: AssignedPlace): Promise<void> {
  const list = await ownList(session, place);
  await unlink(session, place, await assignedTargets(session, place));
  if (list !== undefined) await removeTarget(session, list);
}
