/** A person's (or API token's) decision about bad events: try them again, or delete them for good. */
import { recordAudit, type Actor } from '../audit/audit.ts';
import type { Clock } from '../clock.ts';
import type { Session } from '../cmdb/types.ts';
import { writeIdRanges } from './idRanges.ts';
import type { EventQueue } from './queue.ts';

export type BadEventDecision = 'retry' | 'discard';

export interface BadEventDeps {
  cmdb: Session;
  clock: Clock;
  queue: Pick<EventQueue, BadEventDecision>;
}

/** The queue's thread stores what agents send, too: it must not be kept from that for long. */
const STEP = 500;

/**
 * Retries or discards bad events, some hundred at a time; answers how many there were. One audit entry tells of all: the
 * embedded queue is no part of the CMDB, so the entry follows the deed, and is written also when a later step fails.
 */
export async function decideBadEvents(
  { cmdb, clock, queue }: BadEventDeps,
  actor: Actor,
  decision: BadEventDecision,
  ids: readonly number[],
): Promise<number> {
  let changed = 0;
  let asked = 0;
  try {
    while (asked < ids.length) {
      changed += await queue[decision](ids.slice(asked, asked + STEP));
      asked += STEP;
    }
  } finally {
    if (changed > 0) {
      await recordAudit(cmdb, clock, actor, {
        action: decision,
        objectKind: 'event',
        objectName: changed === 1 && ids.length === 1 ? `bad event ${ids[0]}` : `${changed} bad events`,
        after: { ids: writeIdRanges(ids.slice(0, asked)), changed },
      });
    }
  }
  return changed;
}
