/**
 * Applies leased events to the CMDB, exactly once: the mark of an event commits in the transaction of its effects, so
 * whatever dies, an event that is read again is found to be applied (house.md, "applying an event").
 */
import { join } from 'node:path';
import type { Guid } from '../../wire/guid.ts';
import { XmlError } from '../../wire/xml.ts';
import type { Clock } from '../clock.ts';
import { CmdbUnavailable, type Cmdb, type Session } from '../cmdb/types.ts';
import type { DataClasses } from '../inventory/dataClasses.ts';
import { markApplied } from './appliedEvents.ts';
import { bodyHash } from './bodyHash.ts';
import type { CaptureItem, StagedEvent } from './captureItem.ts';
import { findCaptureItem } from './captureItems.ts';
import { EventRejected } from './eventRejected.ts';
import type { EventBody } from './eventText.ts';
import type { Outcome, QueuedEvent } from './outcome.ts';
import { readNse, type NseEvent } from './readNse.ts';
import { rowGuid } from './rowGuid.ts';
import { ensureComputers, foreignResource, settleSenders } from './senders.ts';

export interface ProcessDeps {
  cmdb: Cmdb;
  clock: Clock;
  classes: DataClasses;
  spoolFolder: string;
  /** Hears how long a slice kept the write lock before its commit, in milliseconds. */
  measured?: (milliseconds: number, events: number) => void;
}

/** Read, understood and waiting for its transaction. */
export interface ReadyEvent extends StagedEvent<unknown> {
  id: number;
  msgId: Guid;
  bodyHash: string;
  item: CaptureItem;
  event: NseEvent;
}

/** Reads an event and lets its capture item make of it what it will write; no database. @throws EventRejected */
export function stageEvent(deps: Pick<ProcessDeps, 'classes' | 'spoolFolder'>, queued: QueuedEvent): ReadyEvent {
  const body: EventBody =
    queued.body instanceof Uint8Array ? queued.body : { file: join(deps.spoolFolder, queued.body.file) };
  const event = read(body);
  const item = findCaptureItem(event.to);
  if (item === undefined) throw new EventRejected(`There is no capture item ${event.to.slice(0, 60)}.`);
  if (queued.sender === null) throw new EventRejected('The event has no sender.');
  // A clock that runs ahead would make every later event look older than what is there.
  const at = Math.min(event.sentAt ?? queued.receivedAt, queued.receivedAt);
  const { flags } = event;
  const data = item.stage(event, { at, classes: deps.classes, flags });
  const msgId = event.msgId ?? rowGuid(queued.queueId, queued.id);
  return { id: queued.id, computer: queued.sender, at, data, flags, msgId, bodyHash: bodyHash(body), item, event };
}

function read(body: EventBody): NseEvent {
  try {
    return readNse(body);
  } catch (error) {
    if (error instanceof XmlError) throw new EventRejected(`The event cannot be read: ${error.message}.`);
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new EventRejected('The file that holds the event is gone.');
    throw error;
  }
}

/**
 * Applies events in one transaction; when that fails, each in one of its own, so that a bad one spoils no other. An
 * outcome for each event.
 * @throws CmdbUnavailable: nothing is known to be applied, try all again
 */
export async function applyEvents(deps: ProcessDeps, events: readonly ReadyEvent[]): Promise<Outcome[]> {
  if (events.length === 0) return [];
  try {
    return await deps.cmdb.transaction(async (session) => {
      const started = performance.now();
      const outcomes = await applySlice(session, deps.clock, events);
      deps.measured?.(performance.now() - started, events.length);
      return outcomes;
    });
  } catch (error) {
    if (error instanceof CmdbUnavailable) throw error;
    if (events.length === 1)
      return [{ id: events[0]!.id, kind: 'later', reason: `Applying the event failed: ${(error as Error).message}.` }];
    const outcomes: Outcome[] = [];
    for (const event of events) outcomes.push(...(await applyEvents(deps, [event])));
    return outcomes;
  }
}

async function applySlice(session: Session, clock: Clock, events: readonly ReadyEvent[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const own: ReadyEvent[] = [];
  const { events: settled, deleted } = await settleSenders(session, events);
  for (const { id } of deleted) outcomes.push({ id, kind: 'bad', reason: 'The computer was deleted.' });
  for (const ready of settled) {
    const reason = await foreignResource(session, ready.computer, ready.event);
    if (reason === undefined) own.push(ready);
    else outcomes.push({ id: ready.id, kind: 'bad', reason });
  }
  if (own.length === 0) return outcomes;
  const states = await markApplied(
    session,
    clock,
    own.map(({ computer, msgId, bodyHash: hash }) => ({ sender: computer, msgId, bodyHash: hash })),
  );
  const fresh = own.filter((_, index) => states[index] === 'new');
  if (fresh.length > 0) {
    await ensureComputers(session, clock, new Map(fresh.map(({ computer, event }) => [computer, nameOf(event)])));
    for (const [item, group] of byItem(fresh)) await item.apply({ session, clock }, group);
  }
  own.forEach(({ id, msgId }, index) => {
    if (states[index] !== 'conflict') outcomes.push({ id, kind: 'done' });
    else
      outcomes.push({
        id,
        kind: 'bad',
        reason: `Duplicate msgId with other content: an event ${msgId} of this computer was applied before; the first counts.`,
      });
  });
  return outcomes;
}

function nameOf(event: NseEvent): string {
  return event.blocks.find((block) => block.resource !== undefined)?.resource?.name ?? event.from?.name ?? '';
}

/** Events of one kind together, each kind in order of arrival. */
function byItem(events: readonly ReadyEvent[]): Map<CaptureItem, ReadyEvent[]> {
  const groups = new Map<CaptureItem, ReadyEvent[]>();
  for (const event of events) {
    const group = groups.get(event.item);
    if (group === undefined) groups.set(event.item, [event]);
    else group.push(event);
  }
  return groups;
}
