/** Notices that a computer has the hardware, or the name, of another one. */
import type { Guid } from '../../wire/guid.ts';
import type { Clock } from '../clock.ts';
import type { Session } from '../cmdb/types.ts';
import { noteConflicts, type ConflictSighting } from './conflicts.ts';
import { areApart, hardwareOf, isHardwareKey, isPlaceholder, type Key } from './hardware.ts';

/** A name and domain that two computers have makes policies and reports mean the wrong one, whatever their hardware. */
const NAME_KEY = 'name.domain';

/** Owners of one value that are looked at: a value that more computers share tells nobody apart. */
const MOST_OWNERS = 5;

export const isTellingKey = ({ name, value }: Key): boolean =>
  (isHardwareKey(name) || name.toLowerCase() === NAME_KEY) && !isPlaceholder(value);

export interface Claim {
  computer: Guid;
  /** All keys that the computer sent. */
  keys: readonly Key[];
}

/**
 * Opens a conflict for each computer that has a telling key of another one that is managed and not deleted. An adapter's
 * address counts only where no stronger key contradicts it.
 */
export async function noteDuplicates(session: Session, clock: Clock, claims: readonly Claim[]): Promise<void> {
  const sightings: ConflictSighting[] = [];
  for (const { computer, keys } of claims) {
    for (const [owner, shared] of await ownersOf(session, computer, keys.filter(isTellingKey))) {
      const telling = await stillTelling(session, keys, owner, shared);
      if (telling.length === 0) continue;
      sightings.push({ kind: 'duplicate', pair: [computer, owner], keys: telling.map(textOf) });
    }
  }
  await noteConflicts(session, clock, sightings);
}

const textOf = ({ name, value }: Key): string => `${name.toLowerCase()}=${value.toLowerCase()}`;

async function ownersOf({ db }: Session, computer: Guid, keys: readonly Key[]): Promise<Map<Guid, Key[]>> {
  const owners = new Map<Guid, Key[]>();
  if (keys.length === 0) return owners;
  const rows = await db
    .selectFrom('ResourceKey as k')
    .innerJoin('Resource as r', 'r.Guid', 'k.ResourceGuid')
    .select(['k.ResourceGuid', 'k.KeyName', 'k.KeyValue'])
    .where((row) =>
      row.or(keys.map(({ name, value }) => row.and([row('k.KeyName', '=', name), row('k.KeyValue', '=', value)]))),
    )
    .where('k.ResourceGuid', '<>', computer)
    .where('r.DeletedAt', 'is', null)
    .where('r.RetiredAt', 'is', null)
    .execute();
  for (const row of rows) {
    const known = owners.get(row.ResourceGuid);
    const key = { name: row.KeyName, value: row.KeyValue };
    if (known !== undefined) known.push(key);
    else if (owners.size < MOST_OWNERS) owners.set(row.ResourceGuid, [key]);
  }
  return owners;
}

/** Without the adapter addresses when a stronger key says that these are two machines. */
async function stillTelling(session: Session, keys: readonly Key[], owner: Guid, shared: Key[]): Promise<Key[]> {
  if (!shared.some(({ name }) => name.toLowerCase() === 'macaddress')) return shared;
  const rows = await session.db
    .selectFrom('ResourceKey')
    .select(['KeyName as name', 'KeyValue as value'])
    .where('ResourceGuid', '=', owner)
    .execute();
  const [ours, theirs] = [hardwareOf(keys), hardwareOf(rows)];
  const apart = ours !== undefined && theirs !== undefined && areApart(ours, theirs);
  return apart ? shared.filter(({ name }) => name.toLowerCase() !== 'macaddress') : shared;
}

/** The same for a computer by the keys that the CMDB has of it: it was restored, or split, or managed again. */
export async function noteDuplicatesOf(session: Session, clock: Clock, computer: Guid): Promise<void> {
  const keys = await session.db
    .selectFrom('ResourceKey')
    .select(['KeyName as name', 'KeyValue as value'])
    .where('ResourceGuid', '=', computer)
    .execute();
  await noteDuplicates(session, clock, [{ computer, keys }]);
}
