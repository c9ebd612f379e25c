/** Requests that are not (or no longer) allowed: new machines, reinstalled ones, strangers. */
import { utc } from '../clock.ts';
import { registrationOf } from './computerRows.ts';
import { DAY, HOUR, makeComputer, MINUTE, type SeededComputer } from './computers.ts';
import type { Random } from './random.ts';
import type { RowWriter } from './rowWriter.ts';

/** A few in a thousand, so that the page has something to decide at every size. */
export function addOpenRequests(
  writer: RowWriter,
  random: Random,
  computers: readonly SeededComputer[],
  now: number,
): void {
  if (computers.length === 0) return;
  const share = (perThousand: number, most: number): number =>
    Math.min(most, Math.ceil((computers.length * perThousand) / 1000));
  for (let number = 0; number < share(1.2, 40); number++) {
    addRequest(writer, random, newMachine(random, computers, now), 'pending', 'No rule allows this computer.', now);
  }
  for (let number = 0; number < share(0.3, 10); number++) {
    addRequest(writer, random, newMachine(random, computers, now), 'blocked', 'Blocked by an administrator.', now);
  }
  for (let number = 0; number < share(0.2, 6); number++) addDuplicate(writer, random, random.pick(computers), now);
}

/** A machine that nobody has seen yet: no resource, only its request. */
function newMachine(random: Random, computers: readonly SeededComputer[], now: number): SeededComputer {
  const { site } = random.pick(computers);
  const machine = makeComputer(random, site, random.between(0, site.perSubnet - 1), 90_000, now);
  return { ...machine, registeredAt: now - random.between(10 * MINUTE, 5 * DAY) };
}

function addRequest(
  writer: RowWriter,
  random: Random,
  machine: SeededComputer,
  state: 'pending' | 'blocked',
  reason: string,
  now: number,
): void {
  const lastSeenAt = Math.min(now, machine.registeredAt + random.between(0, 30 * HOUR));
  writer.add('AgentRegistration', {
    ...registrationOf(random, machine, machine.guid),
    KeyHash: random.hex(64),
    State: state,
    Reason: reason,
    DecidedBy: state === 'blocked' ? 'seed' : null,
    DecidedAt: state === 'blocked' ? utc(lastSeenAt) : null,
    FirstSeenAt: utc(machine.registeredAt),
    LastSeenAt: utc(lastSeenAt),
    RequestCount: random.between(1, 40),
  });
}

/** Reinstalled: the same GUID with another key waits, and the first registration keeps working (agent-contract 4.4). */
function addDuplicate(writer: RowWriter, random: Random, computer: SeededComputer, now: number): void {
  const at = now - random.between(HOUR, 3 * DAY);
  writer.add('AgentRegistration', {
    ...registrationOf(random, computer, computer.guid),
    KeyHash: random.hex(64),
    DuplicateOfGuid: computer.guid,
    State: 'pending',
    Reason: 'Another key for a computer that is registered already.',
    DecidedBy: null,
    DecidedAt: null,
    FirstSeenAt: utc(at),
    LastSeenAt: utc(at),
    RequestCount: 1,
  });
}
