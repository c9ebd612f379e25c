/** The machines that go by one GUID, as far as their hardware tells. */
import type { Guid } from '../../wire/guid.ts';
import type { Utc } from '../cmdb/schema.ts';
import type { Session } from '../cmdb/types.ts';
import { hardwareFrom, machinesOf, type Hardware } from './hardware.ts';
import { hardwareSeen } from './noteHardware.ts';

export interface Machine {
  /** By it the machine is chosen: hash of the set of keys that was seen of it first. */
  id: string;
  hardware: Hardware;
  name: string;
  /** Where it was seen last; empty when that is not known. */
  address: string;
  firstSeenAt: Utc;
  lastSeenAt: Utc;
  /** How often it took its turn. */
  timesSeen: number;
  /** It was the last to be heard of. */
  isCurrent: boolean;
}

/** The machine that was seen first comes first. */
export async function machinesUnder(session: Session, computer: Guid): Promise<Machine[]> {
  const sets = await hardwareSeen(session, computer);
  return machinesOf(sets).map((machine) => {
    const last = machine.toSorted((a, b) => (a.LastSeenAt < b.LastSeenAt ? 1 : -1))[0]!;
    return {
      id: machine[0]!.KeysHash,
      hardware: hardwareFrom(machine.flatMap(({ hardware }) => hardware.keys)),
      name: last.ComputerName,
      address: last.Address,
      firstSeenAt: machine[0]!.FirstSeenAt,
      lastSeenAt: last.LastSeenAt,
      timesSeen: machine.reduce((sum, { TimesSeen }) => sum + TimesSeen, 0),
      isCurrent: machine.some(({ IsCurrent }) => IsCurrent === 1),
    };
  });
}
