/** Numbers that tell an administrator where to look first. */
import { utc, type Clock } from '../clock.ts';
import type { Session } from '../cmdb/types.ts';
import type { EventQueue } from '../events/queue.ts';
import { countOpenConflicts } from '../resources/conflicts.ts';
import { countServers, type ServerCounts } from '../packageServers/countTroubled.ts';
import { PROBLEM_STATES } from '../packages/packageState.ts';

/** A computer that has not been heard of for so long counts as silent. */
export const SILENT_AFTER_DAYS = 7;

export interface Attention {
  pendingRegistrations: number;
  failingPackages: number;
  silentAgents: number;
  /** Machines that share a GUID, or computers that look like one. */
  openConflicts: number;
  packageServers: ServerCounts;
  badEvents: number;
  queueDepth: number;
  /** Milliseconds since 1970; undefined when the queue is empty. */
  queueOldestAt: number | undefined;
}

interface Sources {
  cmdb: Session;
  clock: Clock;
  queue: Pick<EventQueue, 'state'>;
}

/** Instant before which a last contact counts as silence. */
export function silentSince(clock: Clock): string {
  return utc(clock.now() - SILENT_AFTER_DAYS * 86_400_000);
}

/** Some counts by index and the queue's own figures: a few milliseconds at 35,000 computers. */
export async function readAttention({ cmdb, clock, queue }: Sources): Promise<Attention> {
  const { db } = cmdb;
  const pending = await db
    .selectFrom('AgentRegistration')
    .select((is) => is.fn.countAll().as('Total'))
    .where('State', '=', 'pending')
    .executeTakeFirstOrThrow();
  const failing = await db
    .selectFrom('Package')
    .select((is) => is.fn.countAll().as('Total'))
    .where('State', 'in', PROBLEM_STATES)
    .where('IsEnabled', '=', 1)
    .executeTakeFirstOrThrow();
  const silent = await db
    .selectFrom('ComputerContact')
    .innerJoin('Resource', 'Resource.Guid', 'ComputerContact.ResourceGuid')
    .select((is) => is.fn.countAll().as('Total'))
    .where('ComputerContact.LastContactAt', '<', silentSince(clock))
    .where('Resource.IsManaged', '=', 1)
    .where('Resource.DeletedAt', 'is', null)
    .executeTakeFirstOrThrow();
  const { bad, depth, oldestAt } = await queue.state();
  return {
    pendingRegistrations: Number(pending.Total),
    failingPackages: Number(failing.Total),
    silentAgents: Number(silent.Total),
    openConflicts: await countOpenConflicts(cmdb),
    packageServers: await countServers(cmdb, clock),
    badEvents: bad,
    queueDepth: depth,
    queueOldestAt: oldestAt,
  };
}
