/**
 * What the GUIDs in audit records are called. A record keeps the names that its GUIDs had when it was written, so that it
 * can still be read when the things are renamed or gone; records from before that are read with the names of today or,
 * of what is gone, with those that the log itself has last given it.
 */
import type { Guid } from '../../wire/guid.ts';
import type { Session } from '../cmdb/types.ts';

/** As this product writes GUIDs: what a person typed in another spelling is a text. */
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export const isGuid = (value: unknown): value is Guid => typeof value === 'string' && GUID.test(value);

/** A thing that a record names along with its GUID. */
export interface NamedThing {
  guid: Guid;
  name: string;
}

export function isNamedThing(value: unknown): value is NamedThing {
  if (typeof value !== 'object' || value === null) return false;
  const { guid, name } = value as Record<string, unknown>;
  return isGuid(guid) && typeof name === 'string';
}

/** All GUIDs in a value, at any depth. */
export function guidsIn(value: unknown): Guid[] {
  if (isGuid(value)) return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(guidsIn) : [];
}

/** All things in a value, at any depth, that are named there along with their GUIDs. */
export function namedThingsIn(value: unknown): NamedThing[] {
  if (typeof value !== 'object' || value === null) return [];
  const inside = Object.values(value).flatMap(namedThingsIn);
  return isNamedThing(value) ? [value, ...inside] : inside;
}

/** Below the two engines' limits of what one IN list may have. */
const AT_ONCE = 1000;

/** Names by GUID; what neither the CMDB nor the log knows has none. */
export async function namesOf(session: Session, guids: Iterable<Guid>): Promise<Map<Guid, string>> {
  const names = new Map<Guid, string>();
  const wanted = [...new Set(guids)];
  for (let at = 0; at < wanted.length; at += AT_ONCE) {
    let missing = wanted.slice(at, at + AT_ONCE);
    for (const look of [inItems, inResources, inPrograms, inLog]) {
      if (missing.length === 0) break;
      for (const { guid, name } of await look(session, missing)) names.set(guid, name);
      missing = missing.filter((guid) => !names.has(guid));
    }
  }
  return names;
}

type Look = (session: Session, guids: readonly Guid[]) => Promise<NamedThing[]>;

const inItems: Look = ({ db }, guids) =>
  db.selectFrom('Item').select(['Guid as guid', 'Name as name']).where('Guid', 'in', guids).execute();

const inResources: Look = ({ db }, guids) =>
  db.selectFrom('Resource').select(['Guid as guid', 'Name as name']).where('Guid', 'in', guids).execute();

const inPrograms: Look = ({ db }, guids) =>
  db.selectFrom('Program').select(['Guid as guid', 'Name as name']).where('Guid', 'in', guids).execute();

/** What was deleted has its name in the entry that says so, and users, rules and tokens are in the log alike. */
const inLog: Look = async ({ db }, guids) => {
  const last = db
    .selectFrom('AuditEntry')
    .select((row) => row.fn.max('Id').as('Id'))
    .where('ObjectGuid', 'in', guids)
    .groupBy('ObjectGuid');
  const rows = await db.selectFrom('AuditEntry').select(['ObjectGuid', 'ObjectName']).where('Id', 'in', last).execute();
  return rows.map(({ ObjectGuid, ObjectName }) => ({ guid: ObjectGuid!, name: ObjectName }));
};
