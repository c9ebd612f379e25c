/** Keeps a computer's resource keys (ResourceKey) as its inventory tells them. */
import type { Guid } from '../../wire/guid.ts';
import type { Clock } from '../clock.ts';
import type { Session } from '../cmdb/types.ts';
import { noteDuplicates } from '../resources/noteDuplicates.ts';
import { noteHardware } from '../resources/noteHardware.ts';

export interface KeyClaim {
  resource: Guid;
  /** As the computer names itself. */
  name?: string;
  keys: readonly { name: string; value: string }[];
  /** Told what was left out and why, in a plain sentence. */
  flags: Set<string>;
}

interface KeyRow {
  ResourceGuid: Guid;
  KeyName: string;
  KeyValue: string;
}

const MOST_KEYS = 64;
const LONGEST_NAME = 100;
const LONGEST_VALUE = 255;

const keyText = (name: string, value: string): string => `${name}\n${value.toLowerCase()}`;

/**
 * For each key name that a computer sends, the values that it sends become the values it has; names that it does not
 * send stay. A value that belongs to another computer is not taken over: by keys a computer is told from all others when
 * it registers, so a computer must not get at another one's by claiming them. Such a claim, and hardware that takes turns
 * under one GUID, is noted as a conflict for people to decide; it moves nothing by itself.
 */
export async function writeResourceKeys(session: Session, clock: Clock, claims: readonly KeyClaim[]): Promise<void> {
  const known = await readKeys(
    session,
    claims.map((claim) => claim.resource),
  );
  const wanted = new Map(claims.map((claim) => [claim.resource, claim]));
  const added: KeyRow[] = [];
  const removed: KeyRow[] = [];
  for (const claim of wanted.values()) {
    const rows = wantedRows(claim);
    const had = known.get(claim.resource) ?? [];
    const names = new Set(rows.map((row) => row.KeyName));
    const wantedTexts = new Set(rows.map((row) => keyText(row.KeyName, row.KeyValue)));
    const hadTexts = new Set(had.map((row) => keyText(row.KeyName, row.KeyValue)));
    added.push(...rows.filter((row) => !hadTexts.has(keyText(row.KeyName, row.KeyValue))));
    removed.push(
      ...had.filter((row) => names.has(row.KeyName) && !wantedTexts.has(keyText(row.KeyName, row.KeyValue))),
    );
  }
  for (const row of removed) await removeKey(session, row);
  const { own, foreign } = await withoutForeign(session, added, wanted);
  await session.insertMany('ResourceKey', own);
  const duplicates = [...wanted.values()].filter(({ resource }) => foreign.has(resource));
  await noteDuplicates(
    session,
    clock,
    duplicates.map(({ resource, keys }) => ({ computer: resource, keys: keys.slice(0, MOST_KEYS) })),
  );
  await noteHardware(
    session,
    clock,
    claims.map(({ resource, keys, name = '' }) => ({
      computer: resource,
      keys: keys.slice(0, MOST_KEYS),
      name,
      address: '',
    })),
  );
}

/** Key names are kept in lower case, as registration does. */
function wantedRows(claim: KeyClaim): KeyRow[] {
  const rows = new Map<string, KeyRow>();
  if (claim.keys.length > MOST_KEYS) claim.flags.add(`More than ${MOST_KEYS} keys were sent; the rest was left out.`);
  for (const key of claim.keys.slice(0, MOST_KEYS)) {
    const name = key.name.trim().toLowerCase();
    const value = key.value.trim();
    if (name === '' || value === '') continue;
    if (name.length > LONGEST_NAME || value.length > LONGEST_VALUE)
      claim.flags.add(`The key ${name.slice(0, 40)} is too long and was left out.`);
    else rows.set(keyText(name, value), { ResourceGuid: claim.resource, KeyName: name, KeyValue: value });
  }
  return [...rows.values()];
}

async function withoutForeign(
  session: Session,
  added: KeyRow[],
  claims: ReadonlyMap<Guid, KeyClaim>,
): Promise<{ own: KeyRow[]; foreign: Set<Guid> }> {
  const foreign = new Set<Guid>();
  if (added.length === 0) return { own: added, foreign };
  const taken = await ownersOf(session, added);
  const own = added.filter((row) => {
    const text = keyText(row.KeyName, row.KeyValue);
    const owner = taken.get(text);
    if (owner !== undefined && owner !== row.ResourceGuid) {
      claims.get(row.ResourceGuid)!.flags.add(`The key ${row.KeyName} belongs to another computer and was left out.`);
      foreign.add(row.ResourceGuid);
      return false;
    }
    // Two computers of one slice that claim the same value: the first has it.
    taken.set(text, row.ResourceGuid);
    return true;
  });
  return { own, foreign };
}

const KEYS_A_QUERY = 500;

/** A deleted computer owns nothing: its hardware may go on under another GUID. */
async function ownersOf({ db }: Session, rows: readonly KeyRow[]): Promise<Map<string, Guid>> {
  const owners = new Map<string, Guid>();
  for (let at = 0; at < rows.length; at += KEYS_A_QUERY) {
    const some = rows.slice(at, at + KEYS_A_QUERY);
    const found = await db
      .selectFrom('ResourceKey')
      .innerJoin('Resource', 'Resource.Guid', 'ResourceKey.ResourceGuid')
      .select(['ResourceGuid', 'KeyName', 'KeyValue'])
      .where('Resource.DeletedAt', 'is', null)
      .where('KeyName', 'in', [...new Set(some.map((row) => row.KeyName))])
      .where('KeyValue', 'in', [...new Set(some.map((row) => row.KeyValue))])
      .execute();
    for (const row of found) owners.set(keyText(row.KeyName.toLowerCase(), row.KeyValue), row.ResourceGuid);
  }
  return owners;
}

async function readKeys({ db }: Session, resources: readonly Guid[]): Promise<Map<Guid, KeyRow[]>> {
  const keys = new Map<Guid, KeyRow[]>();
  const rows = await db.selectFrom('ResourceKey').selectAll().where('ResourceGuid', 'in', resources).execute();
  for (const row of rows) {
    const list = keys.get(row.ResourceGuid) ?? [];
    list.push({ ...row, KeyName: row.KeyName.toLowerCase() });
    keys.set(row.ResourceGuid, list);
  }
  return keys;
}

async function removeKey({ db }: Session, row: KeyRow): Promise<void> {
  await db
    .deleteFrom('ResourceKey')
    .where('ResourceGuid', '=', row.ResourceGuid)
    .where('KeyName', '=', row.KeyName)
    .where('KeyValue', '=', row.KeyValue)
    .execute();
}
