/** By what the server knows a resource again, and under which other GUIDs and hardware it has been seen. */
import type { Guid } from '../../wire/guid.ts';
import type { Utc } from '../cmdb/schema.ts';
import { top } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';

export interface KeyRow {
  name: string;
  value: string;
  /** 3 tells resources of the type apart for certain, 1 is easily shared; undefined: never merges. */
  strength: number | undefined;
  /** Hardware keys only: when the value was first and last sent under this GUID, and from where. */
  seen: { firstAt: Utc; lastAt: Utc; address: string } | undefined;
}

/** Strongest first. */
export async function readKeys(session: Session, resource: Guid, typeGuid: Guid): Promise<KeyRow[]> {
  const { db } = session;
  const keys = await db
    .selectFrom('ResourceKey as k')
    .leftJoin('ResourceTypeMergeKey as m', (join) =>
      join.onRef('m.KeyName', '=', 'k.KeyName').on('m.ResourceTypeGuid', '=', typeGuid),
    )
    .select(['k.KeyName as name', 'k.KeyValue as value', 'm.Strength as strength'])
    .where('k.ResourceGuid', '=', resource)
    .execute();
  const seen = sightings(await readHardware(session, resource));
  return keys
    .map((key) => ({ ...key, strength: key.strength ?? undefined, seen: seen.get(keyText(key.name, key.value)) }))
    .sort((a, b) => (b.strength ?? 0) - (a.strength ?? 0) || a.name.localeCompare(b.name));
}

const keyText = (name: string, value: string): string => `${name}=${value}`.toLowerCase();

function sightings(hardware: readonly HardwareRow[]): Map<string, NonNullable<KeyRow['seen']>> {
  const seen = new Map<string, NonNullable<KeyRow['seen']>>();
  for (const { keys, firstAt, lastAt, address } of hardware) {
    for (const key of keys) {
      const known = seen.get(key.toLowerCase());
      seen.set(key.toLowerCase(), {
        firstAt: known === undefined || firstAt < known.firstAt ? firstAt : known.firstAt,
        // Hardware comes newest first.
        lastAt: known?.lastAt ?? lastAt,
        address: known?.address ?? address,
      });
    }
  }
  return seen;
}

export interface HardwareRow {
  name: string;
  address: string;
  firstAt: Utc;
  lastAt: Utc;
  times: number;
  isCurrent: boolean;
  /** `name=value` */
  keys: string[];
}

/** More sets of hardware under one GUID are an identity conflict, which has a page of its own. */
const MOST_HARDWARE = 20;

/** Sets of hardware keys that came under the GUID, last seen first. */
export async function readHardware(session: Session, resource: Guid): Promise<HardwareRow[]> {
  const query = session.db
    .selectFrom('HardwareSeen')
    .select(['ComputerName', 'Address', 'FirstSeenAt', 'LastSeenAt', 'TimesSeen', 'IsCurrent', 'Keys'])
    .where('ResourceGuid', '=', resource)
    .orderBy('LastSeenAt', 'desc');
  const rows = await top(session, query, MOST_HARDWARE).execute();
  return rows.map((row) => ({
    name: row.ComputerName,
    address: row.Address,
    firstAt: row.FirstSeenAt,
    lastAt: row.LastSeenAt,
    times: row.TimesSeen,
    isCurrent: row.IsCurrent === 1,
    keys: JSON.parse(row.Keys) as string[],
  }));
}

export interface AliasRow {
  guid: Guid;
  since: Utc;
  /** Name it went by, and who merged it; null when the merge is not on record any more. */
  name: string | null;
  mergedBy: string | null;
}

/** GUIDs of what was merged into the resource, newest first: an agent or import that still uses one means this resource. */
export async function readAliases({ db }: Session, resource: Guid): Promise<AliasRow[]> {
  return db
    .selectFrom('ResourceAlias as a')
    .leftJoin('IdentityChange as c', (join) =>
      join
        .onRef('c.ResourceGuid', '=', 'a.ResourceGuid')
        .onRef('c.OtherGuid', '=', 'a.AliasGuid')
        .on('c.Kind', '=', 'merge')
        .on('c.UndoneAt', 'is', null),
    )
    .select(['a.AliasGuid as guid', 'a.CreatedAt as since', 'c.OtherName as name', 'c.MadeBy as mergedBy'])
    .where('a.ResourceGuid', '=', resource)
    .orderBy('a.CreatedAt', 'desc')
    .execute();
}

/** Other resources of the same type with an equal value of a key: what a merge, or a conflict, is made of. */
export async function readSharers(
  session: Session,
  resource: Guid,
  typeGuid: Guid,
): Promise<{ name: string; value: string; guid: Guid; resource: string }[]> {
  const query = session.db
    .selectFrom('ResourceKey as k')
    .innerJoin('ResourceKey as o', (join) =>
      join
        .onRef('o.KeyName', '=', 'k.KeyName')
        .onRef('o.KeyValue', '=', 'k.KeyValue')
        .onRef('o.ResourceGuid', '<>', 'k.ResourceGuid'),
    )
    .innerJoin('Resource as r', 'r.Guid', 'o.ResourceGuid')
    .select(['k.KeyName as name', 'k.KeyValue as value', 'r.Guid as guid', 'r.Name as resource'])
    .where('k.ResourceGuid', '=', resource)
    .where('r.ResourceTypeGuid', '=', typeGuid)
    .where('r.DeletedAt', 'is', null)
    .orderBy('k.KeyName')
    .orderBy('r.Name');
  return top(session, query, MOST_SHARERS).execute();
}

const MOST_SHARERS = 50;
