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
import { ownCaptureItems, type CaptureItems } from './captureItems.ts';
import { EventRejected } from './eventRejected.ts';
import type { EventBody } from './eventText.ts';
import type { Outcome, QueuedEvent } from './outcome.ts';
import type { NseResource } from './nseEvent.ts';
import { partsOf } from './parts.ts';
import { readNse, type NseEvent } from './readNse.ts';
import { rowGuid } from './rowGuid.ts';
import { SenderRights } from './senderRights.ts';
import { ensureComputers, settleSenders } from './senders.ts';
import { subjectsOf } from './subjects.ts';

export interface ProcessDeps {
  cmdb: Cmdb;
  clock: Clock;
  classes: DataClasses;
  /** Without it: no GUIDs but our own. */
  captureItems?: CaptureItems;
  spoolFolder: string;
  /** Hears how long a slice kept the write lock before its commit, in milliseconds. */
  measured?: (milliseconds: number, events: number) => void;
}

/** Read, understood and waiting for its transaction. */
export interface ReadyEvent {
  id: number;
  /** The computer that sent it. */
  computer: Guid;
  /** Milliseconds since 1970: when it was sent, but never later than it arrived. */
  at: number;
  msgId: Guid;
  bodyHash: string;
  item: CaptureItem;
  event: NseEvent;
  /** What the item will write of each computer; one part that is the whole event for an item that takes it so. */
  parts: { resource: NseResource | undefined; data: unknown }[];
}

/** Reads an event and lets its capture item make of it what it will write; no database. @throws EventRejected */
export function stageEvent(
  deps: Pick<ProcessDeps, 'classes' | 'captureItems' | 'spoolFolder'>,
  queued: QueuedEvent,
): ReadyEvent {
  const body: EventBody =
    queued.body instanceof Uint8Array ? queued.body : { file: join(deps.spoolFolder, queued.body.file) };
  const event = read(body);
  const item = (deps.captureItems ?? ownCaptureItems).find(event.to);
  if (item === undefined) throw new EventRejected(`There is no capture item ${event.to.slice(0, 60)}.`);
  if (queued.sender === null) throw new EventRejected('The event has no sender.');
  // A clock that runs ahead would make every later event look older than what is there.
  const at = Math.min(event.sentAt ?? queued.receivedAt, queued.receivedAt);
  const facts = { at, classes: deps.classes, flags: event.flags };
  const parts = (item.admit === undefined ? partsOf(event) : [{ resource: undefined, event }]).map(
    ({ resource, event: part }) => ({ resource, data: item.stage(part, facts) }),
  );
  const msgId = event.msgId ?? rowGuid(queued.queueId, queued.id);
  return { id: queued.id, computer: queued.sender, at, msgId, bodyHash: bodyHash(body), item, event, parts };
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
  const admitted: AdmittedEvent[] = [];
  const rights = new SenderRights(session);
  const { events: settled, deleted } = await settleSenders(session, events);
  for (const { id } of deleted) outcomes.push({ id, kind: 'bad', reason: 'The computer was deleted.' });
  for (const ready of settled) {
    const admission = await admit(session, rights, ready);
    if ('reason' in admission) outcomes.push({ id: ready.id, kind: 'bad', reason: admission.reason });
    else admitted.push({ ready, staged: admission.staged });
  }
  if (admitted.length === 0) return outcomes;
  const states = await markApplied(
    session,
    clock,
    admitted.map(({ ready: { computer, msgId, bodyHash: hash } }) => ({ sender: computer, msgId, bodyHash: hash })),
  );
  const fresh = admitted.filter((_, index) => states[index] === 'new');
  if (fresh.length > 0) {
    const senders = new Map(fresh.map(({ ready: { computer, event } }) => [computer, nameOf(event, computer)]));
    await ensureComputers(session, clock, senders);
    for (const [item, group] of byItem(fresh)) await item.apply({ session, clock }, group);
  }
  admitted.forEach(({ ready: { id, msgId } }, index) => {
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

interface AdmittedEvent {
  ready: ReadyEvent;
  staged: StagedEvent<unknown>[];
}

/** The event's parts with the computers that they are about, or why it may not be applied. */
async function admit(
  session: Session,
  rights: SenderRights,
  ready: ReadyEvent,
): Promise<{ staged: StagedEvent<unknown>[] } | { reason: string }> {
  const { computer: sender, at, event, item, parts } = ready;
  const { flags } = event;
  if (item.admit !== undefined) {
    const mayWriteForOthers = await rights.has(sender);
    const reason = await item.admit({ session, sender, mayWriteForOthers }, parts[0]!.data);
    return reason === undefined ? { staged: [{ computer: sender, at, data: parts[0]!.data, flags }] } : { reason };
  }
  const resources = [...parts.map((part) => part.resource), event.from];
  const subjects = await subjectsOf(session, sender, resources, () => rights.has(sender));
  if ('reason' in subjects) return subjects;
  return {
    staged: parts.map(({ data }, index) => ({ computer: subjects.computers[index]!, at, data, flags })),
  };
}

/** What the event calls its sender: of others it says nothing about their names. */
function nameOf(event: NseEvent, sender: Guid): string {
  const isSender = (resource: NseResource | undefined) => (resource?.guid ?? sender) === sender;
  return event.blocks.find(({ resource }) => isSender(resource))?.resource?.name ?? event.from?.name ?? '';
}

/** Events of one kind together, each kind in order of arrival. */
function byItem(events: readonly AdmittedEvent[]): Map<CaptureItem, StagedEvent<unknown>[]> {
  const groups = new Map<CaptureItem, StagedEvent<unknown>[]>();
  for (const { ready, staged } of events) {
    const group = groups.get(ready.item);
    if (group === undefined) groups.set(ready.item, [...staged]);
    else group.push(...staged);
  }
  return groups;
}
