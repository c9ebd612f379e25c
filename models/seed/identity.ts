/** A few identities that are not as they should be: a GUID that two machines share, and a machine that has two. */
import type { Guid } from '../../wire/guid.ts';
import { utc } from '../clock.ts';
import type { HardwareSeenTable, IdentityConflictTable } from '../cmdb/schema.ts';
import { hardwareFrom } from '../resources/hardware.ts';
import type { SeededComputer } from './computers.ts';
import type { Random } from './random.ts';
import type { RowWriter } from './rowWriter.ts';

const HOUR_MS = 3600_000;

/** Computers for each pair of conflicts. */
const EACH = 400;

export function addIdentity(
  writer: RowWriter,
  random: Random,
  computers: readonly SeededComputer[],
  now: number,
): void {
  for (let at = 0; at + 40 < computers.length; at += EACH) {
    addShared(writer, random, computers[at + 3]!, now);
    addDuplicate(writer, random, computers[at + 17]!, computers[at + 29]!, now);
  }
}

function conflict(
  guid: Guid,
  kind: string,
  pair: [Guid, Guid],
  names: [string, string],
  more: { now: number; times: number; keys: string[] },
) {
  const row: IdentityConflictTable = {
    Guid: guid,
    Kind: kind,
    ResourceGuid: pair[0],
    OtherGuid: pair[1],
    ResourceName: names[0],
    OtherName: names[1],
    State: 'open',
    FirstSeenAt: utc(more.now - 50 * HOUR_MS),
    LastSeenAt: utc(more.now - 2 * HOUR_MS),
    TimesSeen: more.times,
    DecidedAt: null,
    DecidedBy: null,
    Decision: '',
    Evidence: JSON.stringify({ keys: more.keys }),
  };
  return row;
}

function addShared(writer: RowWriter, random: Random, { guid, name, uniqueId }: SeededComputer, now: number): void {
  for (const turn of [0, 1]) {
    const { keys, hash } = hardwareFrom([
      `uniqueid=${(turn === 0 ? uniqueId : random.hex(uniqueId.length)).toLowerCase()}`,
    ]);
    const row: HardwareSeenTable = {
      ResourceGuid: guid,
      KeysHash: hash,
      ComputerName: turn === 0 ? name : `${name}-2`.slice(0, 15),
      Address: `10.99.${random.between(1, 250)}.${random.between(1, 250)}`,
      FirstSeenAt: utc(now - (60 - turn * 10) * HOUR_MS),
      LastSeenAt: utc(now - (2 + turn) * HOUR_MS),
      TimesSeen: 4 - turn,
      IsCurrent: turn === 0 ? 1 : 0,
      Keys: JSON.stringify(keys),
    };
    writer.add('HardwareSeen', row);
  }
  writer.add(
    'IdentityConflict',
    conflict(random.guid(), 'shared', [guid, guid], [name, name], { now, times: 6, keys: [] }),
  );
}

function addDuplicate(
  writer: RowWriter,
  random: Random,
  one: SeededComputer,
  other: SeededComputer,
  now: number,
): void {
  const [first, second] = [one, other].toSorted((a, b) => (a.guid < b.guid ? -1 : 1)) as [
    SeededComputer,
    SeededComputer,
  ];
  const names: [string, string] = [first.name, second.name];
  const keys = [`uniqueid=${first.uniqueId.toLowerCase()}`];
  writer.add(
    'IdentityConflict',
    conflict(random.guid(), 'duplicate', [first.guid, second.guid], names, { now, times: 2, keys }),
  );
}
