/** Changes of targets. Each is one transaction with its audit record. */
import { z } from 'zod';
import type { Guid } from '../../wire/guid.ts';
import { ITEM_CLASS } from '../../wire/wellKnown.ts';
import { recordAudit, type Actor, type AuditRecord } from '../audit/audit.ts';
import { recordChange } from '../changes/changeLog.ts';
import type { Clock } from '../clock.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';
import { InvalidInput } from '../fieldErrors.ts';
import { readFields } from '../fieldTypes.ts';
import { descriptionField, guidList, nameField } from '../inputFields.ts';
import { insertItem, isNameTaken, touchItem } from '../items/itemStore.ts';
import { MOST_COMPUTERS, replaceMembers, requireComputers } from './targetMembers.ts';
import { AD_HOC, getTarget, type Target } from './targetStore.ts';

const targetInput = z.object({ name: nameField, description: descriptionField });

const newTargetInput = targetInput.extend({
  computers: guidList(MOST_COMPUTERS, `A list holds at most ${MOST_COMPUTERS} computers.`).default([]),
});

export type TargetInput = z.input<typeof targetInput>;
export type NewTargetInput = z.input<typeof newTargetInput>;

/** Makes a list. @throws InvalidInput with the fields `name`, `description`, `computers` */
export async function createTarget(cmdb: Cmdb, clock: Clock, actor: Actor, input: NewTargetInput): Promise<Guid> {
  const { name, description, computers } = readFields(newTargetInput, input);
  return cmdb.transaction(async (session) => {
    await requireFreeName(session, name);
    await requireComputers(session, computers);
    const guid = await insertList(session, clock, actor, { name, description, isAdHoc: false }, computers);
    const after = { name, description, computers: computers.length };
    await record(session, clock, actor, guid, { action: 'create', objectName: name, after });
    return guid;
  });
}

/** Writes the rows of a list, within the caller's transaction. */
export async function insertList(
  session: Session,
  clock: Clock,
  actor: Actor,
  list: { name: string; description: string; isAdHoc: boolean },
  computers: readonly Guid[],
): Promise<Guid> {
  const { name, description } = list;
  const attributes = list.isAdHoc ? AD_HOC : 0;
  const guid = await insertItem(session, clock, actor, { name, description, classGuid: ITEM_CLASS.target, attributes });
  await session.db.insertInto('Target').values({ Guid: guid, Kind: 'list' }).execute();
  await replaceMembers(session, guid, computers);
  return guid;
}

/** Renames a target. False when there is none. @throws InvalidInput with the fields `name`, `description` */
export async function updateTarget(
  cmdb: Cmdb,
  clock: Clock,
  actor: Actor,
  guid: Guid,
  input: TargetInput,
): Promise<boolean> {
  const after = readFields(targetInput, input);
  return cmdb.transaction(async (session) => {
    const target = await getTarget(session, guid);
    if (target === undefined) return false;
    await requireFreeName(session, after.name, guid);
    await touchItem(session, clock, actor, guid, after);
    const before = { name: target.name, description: target.description };
    await record(session, clock, actor, guid, { action: 'update', objectName: after.name, before, after });
    return true;
  });
}

/** Deletes a list. False when there is none. @throws InvalidInput when it is in use, or it is "All Computers" */
export async function deleteTarget(cmdb: Cmdb, clock: Clock, actor: Actor, guid: Guid): Promise<boolean> {
  return cmdb.transaction(async (session) => {
    const target = await getTarget(session, guid);
    if (target === undefined) return false;
    requireUnused(target);
    await requireUnassigned(session, target);
    await removeTarget(session, guid);
    const before = { name: target.name, description: target.description, computers: target.computers };
    await record(session, clock, actor, guid, { action: 'delete', objectName: target.name, before });
    return true;
  });
}

/** Removes the rows of a target that no policy uses, within the caller's transaction. */
export async function removeTarget({ db }: Session, guid: Guid): Promise<void> {
  await db.deleteFrom('TargetMember').where('TargetGuid', '=', guid).execute();
  await db.deleteFrom('Target').where('Guid', '=', guid).execute();
  await db.deleteFrom('Item').where('Guid', '=', guid).execute();
}

function requireUnused({ kind, name, policies }: Target): void {
  const refuse = (message: string): never => {
    throw new InvalidInput([{ field: '', message }]);
  };
  if (kind === 'all') refuse(`"${name}" cannot be deleted.`);
  if (policies.length === 0) return;
  const named = policies.slice(0, 5).map((policy) => `"${policy.name}"`);
  const more = policies.length > named.length ? ` and ${policies.length - named.length} more` : '';
  refuse(`The target is used by ${named.join(', ')}${more}: take it out of there first.`);
}

/** Sites and package servers that were given its computers. */
async function requireUnassigned({ db }: Session, { guid }: Target): Promise<void> {
  const site = await db
    .selectFrom('SiteTarget as a')
    .innerJoin('Item as i', 'i.Guid', 'a.SiteGuid')
    .select('i.Name')
    .where('a.TargetGuid', '=', guid)
    .executeTakeFirst();
  const server = await db
    .selectFrom('PackageServerTarget as a')
    .innerJoin('Resource as r', 'r.Guid', 'a.ResourceGuid')
    .select('r.Name')
    .where('a.TargetGuid', '=', guid)
    .executeTakeFirst();
  const user = site ?? server;
  if (user === undefined) return;
  const message = `The target is assigned to the ${site === undefined ? 'package server' : 'site'} "${user.Name}": take it out of there first.`;
  throw new InvalidInput([{ field: '', message }]);
}

async function requireFreeName(session: Session, name: string, self?: Guid): Promise<void> {
  if (await isNameTaken(session, ITEM_CLASS.target, name, self)) {
    throw new InvalidInput([{ field: 'name', message: 'Another target has this name.' }]);
  }
}

async function record(
  session: Session,
  clock: Clock,
  actor: Actor,
  guid: Guid,
  audit: Omit<AuditRecord, 'objectKind' | 'objectGuid'>,
): Promise<void> {
  await recordAudit(session, clock, actor, { ...audit, objectKind: 'target', objectGuid: guid });
  await recordChange(session, clock, 'target', guid);
}
