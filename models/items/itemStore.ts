/** Items: what packages, policies, targets and sites have in common. Each function works in the caller's transaction. */
import { newGuid, type Guid } from '../../wire/guid.ts';
import type { Actor } from '../audit/audit.ts';
import { utc, type Clock } from '../clock.ts';
import type { Session } from '../cmdb/types.ts';

/** Writes a new item's row and answers its GUID. */
export async function insertItem(
  { db }: Session,
  clock: Clock,
  actor: Actor,
  item: { name: string; description: string; classGuid: Guid; attributes?: number },
): Promise<Guid> {
  const guid = newGuid();
  const now = utc(clock.now());
  await db
    .insertInto('Item')
    .values({
      Guid: guid,
      Name: item.name,
      Description: item.description,
      ClassGuid: item.classGuid,
      ProductGuid: null,
      Attributes: item.attributes ?? 0,
      CreatedAt: now,
      CreatedBy: actor.name,
      ModifiedAt: now,
      ModifiedBy: actor.name,
    })
    .execute();
  return guid;
}

/** Notes who changed an item and when, and its name and description if they are given. */
export async function touchItem(
  { db }: Session,
  clock: Clock,
  actor: Actor,
  guid: Guid,
  change: { name?: string; description?: string } = {},
): Promise<void> {
  await db
    .updateTable('Item')
    .set({
      ModifiedAt: utc(clock.now()),
      ModifiedBy: actor.name,
      ...(change.name === undefined ? {} : { Name: change.name }),
      ...(change.description === undefined ? {} : { Description: change.description }),
    })
    .where('Guid', '=', guid)
    .execute();
}

/** Whether another item of the class has the name, in any letter case. */
export async function isNameTaken({ db }: Session, classGuid: Guid, name: string, self?: Guid): Promise<boolean> {
  const rows = await db
    .selectFrom('Item')
    .select('Guid')
    .where('ClassGuid', '=', classGuid)
    .where('Name', '=', name)
    .execute();
  return rows.some(({ Guid }) => Guid !== self);
}
