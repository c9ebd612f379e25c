/** A person's (or API token's) decision about bad events: try them again, or delete them for good. */
import { recordAudit, type Actor } from '../audit/audit.ts';
import type { Clock } from '../clock.ts';
import type { Session } from '../cmdb/types.ts';
import type { BadEventFilter } from './badEvent.ts';
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
/** Ids in an audit entry: those of a hundred thousand scattered events would be a book. */
const LONGEST_IDS = 4000;

/**
 * Retries or discards bad events, some hundred at a time; answers how many there were. One audit entry tells of all: the
 * embedded queue is no part of the CMDB, so the entry follows the deed, and is written also when a later step fails.
 */
export async function decideBadEvents(
  deps: BadEventDeps,
  actor: Actor,
  decision: BadEventDecision,
  ids: readonly number[],
): Promise<number> {
  const rest = [...ids];
  return decideStepwise(deps, actor, decision, async () => rest.splice(0, STEP));
}

/**
 * The same for all that match, by index and not by a list of ids. Events that came after the person looked are left alone
 * (`upTo`), and one that turns out bad again is not taken twice.
 */
export async function decideMatchingBadEvents(
  deps: BadEventDeps & { queue: Pick<EventQueue, 'badIds'> },
  actor: Actor,
  decision: BadEventDecision,
  filter: BadEventFilter & { upTo: number },
): Promise<number> {
  let last = 0;
  const next = async (): Promise<number[]> => {
    const ids = await deps.queue.badIds(filter, last, STEP);
    last = ids.at(-1) ?? last;
    return ids;
  };
  return decideStepwise(deps, actor, decision, next, filter);
}

async function decideStepwise(
  { cmdb, clock, queue }: BadEventDeps,
  actor: Actor,
  decision: BadEventDecision,
  next: () => Promise<number[]>,
  filter?: BadEventFilter,
): Promise<number> {
  let changed = 0;
  const asked: number[] = [];
  try {
    for (let ids = await next(); ids.length > 0; ids = await next()) {
      changed += await queue[decision](ids);
      asked.push(...ids);
    }
  } finally {
    if (changed > 0) {
      const ids = writeIdRanges(asked);
      await recordAudit(cmdb, clock, actor, {
        action: decision,
        objectKind: 'event',
        objectName: changed === 1 && asked.length === 1 ? `bad event ${asked[0]}` : `${changed} bad events`,
        after: { ids: ids.length > LONGEST_IDS ? `${ids.slice(0, LONGEST_IDS)}…` : ids, changed, filter },
      });
    }
  }
  return changed;
}
