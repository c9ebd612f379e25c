/**
 * Keeps which hardware came under each GUID, a few sets a computer, and notices when two machines take turns under one: A,
 * B, and A again. While nothing changes it costs one look-up a slice of events.
 */
import type { Guid } from '../../wire/guid.ts';
import { utc, type Clock } from '../clock.ts';
import type { HardwareSeenTable } from '../cmdb/schema.ts';
import type { Session } from '../cmdb/types.ts';
import { noteConflicts } from './conflicts.ts';
import { areApart, areSame, hardwareFrom, hardwareOf, type Hardware, type Key } from './hardware.ts';

export interface HardwareSighting {
  computer: Guid;
  keys: readonly Key[];
  /** As the machine names itself; may be empty. */
  name: string;
  /** Where it says it is, or where it called from; may be empty: then that of the last contact is taken. */
  address: string;
}

/** Sets kept of a computer. Those that were seen least go first: a stranger's claims must not push out the real ones. */
const MOST_SETS = 8;

type Seen = Omit<HardwareSeenTable, 'Keys'> & { hardware: Hardware };
type Sighted = HardwareSighting & { hardware: Hardware };

/** At most 1,000 sightings, in the order in which they came. */
export async function noteHardware(
  session: Session,
  clock: Clock,
  sightings: readonly HardwareSighting[],
): Promise<void> {
  const sighted: Sighted[] = [];
  for (const sighting of sightings) {
    const hardware = hardwareOf(sighting.keys);
    if (hardware !== undefined) sighted.push({ ...sighting, hardware });
  }
  if (sighted.length === 0) return;
  const current = await currentHashes(session, [...new Set(sighted.map(({ computer }) => computer))]);
  const first: Sighted[] = [];
  for (const one of sighted) {
    const known = current.get(one.computer);
    if (known === one.hardware.hash) continue;
    current.set(one.computer, one.hardware.hash);
    if (known === undefined) first.push(one);
    else {
      await insertFirst(session, clock, first.splice(0));
      await noteChange(session, clock, one);
    }
  }
  await insertFirst(session, clock, first);
}

/** True when a sighting tells something: asked outside of a transaction, so that the usual case costs one look-up. */
export async function isOtherHardware(session: Session, { computer, keys }: HardwareSighting): Promise<boolean> {
  const hardware = hardwareOf(keys);
  if (hardware === undefined) return false;
  return (await currentHashes(session, [computer])).get(computer) !== hardware.hash;
}

async function currentHashes({ db }: Session, computers: readonly Guid[]): Promise<Map<Guid, string>> {
  const rows = await db
    .selectFrom('HardwareSeen')
    .select(['ResourceGuid', 'KeysHash'])
    .where('ResourceGuid', 'in', computers)
    .where('IsCurrent', '=', 1)
    .execute();
  return new Map(rows.map((row) => [row.ResourceGuid, row.KeysHash]));
}

async function insertFirst(session: Session, clock: Clock, sighted: readonly Sighted[]): Promise<void> {
  if (sighted.length === 0) return;
  await session.insertMany(
    'HardwareSeen',
    sighted.map((one) => rowOf(one, clock, one.address)),
  );
}

function rowOf({ computer, hardware, name }: Sighted, clock: Clock, address: string): HardwareSeenTable {
  const at = utc(clock.now());
  return {
    ResourceGuid: computer,
    KeysHash: hardware.hash,
    ComputerName: name.slice(0, 255),
    Address: address.slice(0, 45),
    FirstSeenAt: at,
    LastSeenAt: at,
    TimesSeen: 1,
    IsCurrent: 1,
    Keys: JSON.stringify(hardware.keys),
  };
}

async function noteChange(session: Session, clock: Clock, one: Sighted): Promise<void> {
  const { computer, hardware } = one;
  const { db } = session;
  const seen = await hardwareSeen(session, computer);
  const before = seen.find((row) => row.IsCurrent === 1);
  const address = one.address === '' ? await lastAddress(session, computer) : one.address;
  await db.updateTable('HardwareSeen').set({ IsCurrent: 0 }).where('ResourceGuid', '=', computer).execute();
  const known = seen.find((row) => row.KeysHash === hardware.hash);
  if (known === undefined) await session.insertMany('HardwareSeen', [rowOf(one, clock, address)]);
  else {
    await db
      .updateTable('HardwareSeen')
      .set({
        LastSeenAt: utc(clock.now()),
        TimesSeen: known.TimesSeen + 1,
        Address: address.slice(0, 45),
        ComputerName: one.name.slice(0, 255),
        IsCurrent: 1,
      })
      .where('ResourceGuid', '=', computer)
      .where('KeysHash', '=', hardware.hash)
      .execute();
  }
  await dropLeastSeen(session, known === undefined ? seen : []);
  // Other hardware for good is a repair. Hardware that comes back after another machine's is two machines.
  const isBack = seen.some((row) => areSame(row.hardware, hardware));
  if (before !== undefined && isBack && areApart(before.hardware, hardware)) {
    await noteConflicts(session, clock, [{ kind: 'shared', pair: [computer, computer], keys: [] }]);
  }
}

async function dropLeastSeen({ db }: Session, seen: readonly Seen[]): Promise<void> {
  const spare = seen
    .toSorted((a, b) => a.TimesSeen - b.TimesSeen || (a.LastSeenAt < b.LastSeenAt ? -1 : 1))
    .slice(0, Math.max(0, seen.length + 1 - MOST_SETS));
  for (const row of spare) {
    await db
      .deleteFrom('HardwareSeen')
      .where('ResourceGuid', '=', row.ResourceGuid)
      .where('KeysHash', '=', row.KeysHash)
      .execute();
  }
}

async function lastAddress({ db }: Session, computer: Guid): Promise<string> {
  const row = await db
    .selectFrom('ComputerContact')
    .select('LastAddress')
    .where('ResourceGuid', '=', computer)
    .executeTakeFirst();
  return row?.LastAddress ?? '';
}

/** Every set of hardware keys that came under a GUID, the first that was seen first. */
export async function hardwareSeen({ db }: Session, computer: Guid): Promise<Seen[]> {
  const rows = await db
    .selectFrom('HardwareSeen')
    .selectAll()
    .where('ResourceGuid', '=', computer)
    .orderBy('FirstSeenAt')
    .orderBy('KeysHash')
    .execute();
  return rows.map(({ Keys, ...row }) => ({ ...row, hardware: hardwareFrom(JSON.parse(Keys) as string[]) }));
}
