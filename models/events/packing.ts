/**
 * Many events as one message between threads: one piece of memory, one text, one list of numbers. A message of as many
 * objects and buffers costs both threads more than all the rest of their work.
 */
import type { Guid } from '../../wire/guid.ts';
import type { Outcome, QueuedEvent } from './outcome.ts';

/** An event on its way into the queue. */
export interface ArrivedEvent {
  body: Uint8Array;
  sender: Guid;
  proven: boolean;
  priority: number;
  receivedAt: number;
}

export interface PackedEvents {
  /** All bodies, one after the other. */
  bytes: Uint8Array<ArrayBuffer>;
  /** All senders, 36 characters each. */
  senders: string;
  /** For each event: end of its body, proven, priority, receivedAt. */
  numbers: Float64Array<ArrayBuffer>;
}

const NUMBERS = 4;
const GUID_LENGTH = 36;

export function packEvents(events: readonly ArrivedEvent[]): PackedEvents {
  const bytes = packBodies(events.map((event) => event.body));
  const numbers = new Float64Array(events.length * NUMBERS);
  let senders = '';
  let end = 0;
  events.forEach(({ body, sender, proven, priority, receivedAt }, index) => {
    end += body.length;
    senders += sender;
    numbers.set([end, proven ? 1 : 0, priority, receivedAt], index * NUMBERS);
  });
  return { bytes, senders, numbers };
}

/** The bodies share the packed memory. */
export function unpackEvents({ bytes, senders, numbers }: PackedEvents): ArrivedEvent[] {
  const events: ArrivedEvent[] = [];
  let start = 0;
  for (let at = 0; at < numbers.length; at += NUMBERS) {
    const end = numbers[at]!;
    const sender = senders.slice(events.length * GUID_LENGTH, (events.length + 1) * GUID_LENGTH) as Guid;
    events.push({
      body: bytes.subarray(start, end),
      sender,
      proven: numbers[at + 1] === 1,
      priority: numbers[at + 2]!,
      receivedAt: numbers[at + 3]!,
    });
    start = end;
  }
  return events;
}

function packBodies(bodies: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(bodies.reduce((sum, body) => sum + body.length, 0));
  let end = 0;
  for (const body of bodies) {
    bytes.set(body, end);
    end += body.length;
  }
  return bytes;
}

/** Leased events on their way to a processing thread. */
export interface PackedLease {
  /** All bodies that are not files, one after the other. */
  bytes: Uint8Array<ArrayBuffer>;
  /** For each event: id, receivedAt, length of its body (-1: it is the next of the files), 1 when it has a sender. */
  numbers: Float64Array<ArrayBuffer>;
  /** Of those that have one, 36 characters each. */
  senders: string;
  files: string[];
  /** One queue gives out all events of a lease. */
  queueId: string;
}

const IN_FILE = -1;

export function packLease(events: readonly QueuedEvent[]): PackedLease {
  const bytes = packBodies(events.map((event) => event.body).filter((body) => body instanceof Uint8Array));
  const numbers = new Float64Array(events.length * NUMBERS);
  const files: string[] = [];
  let senders = '';
  events.forEach(({ id, sender, receivedAt, body }, index) => {
    if (!(body instanceof Uint8Array)) files.push(body.file);
    const length = body instanceof Uint8Array ? body.length : IN_FILE;
    numbers.set([id, receivedAt, length, sender === null ? 0 : 1], index * NUMBERS);
    senders += sender ?? '';
  });
  return { bytes, numbers, senders, files, queueId: events[0]?.queueId ?? '' };
}

/** The bodies share the packed memory. */
export function unpackLease({ bytes, numbers, senders, files, queueId }: PackedLease): QueuedEvent[] {
  const events: QueuedEvent[] = [];
  let start = 0;
  let guidAt = 0;
  let fileAt = 0;
  for (let at = 0; at < numbers.length; at += NUMBERS) {
    const length = numbers[at + 2]!;
    const inFile = length === IN_FILE;
    const hasSender = numbers[at + 3] === 1;
    events.push({
      id: numbers[at]!,
      sender: hasSender ? (senders.slice(guidAt, guidAt + GUID_LENGTH) as Guid) : null,
      receivedAt: numbers[at + 1]!,
      queueId,
      body: inFile ? { file: files[fileAt++]! } : bytes.subarray(start, start + length),
    });
    if (hasSender) guidAt += GUID_LENGTH;
    if (!inFile) start += length;
  }
  return events;
}

/** What became of events, on its way back: nearly all are done, and of those there is nothing to tell but the id. */
export interface PackedOutcomes {
  done: Float64Array<ArrayBuffer>;
  others: Outcome[];
}

export function packOutcomes(outcomes: readonly Outcome[]): PackedOutcomes {
  const done = outcomes.filter((outcome) => outcome.kind === 'done').map((outcome) => outcome.id);
  return { done: Float64Array.from(done), others: outcomes.filter((outcome) => outcome.kind !== 'done') };
}

/** The done ones first; otherwise in their order. */
export function unpackOutcomes({ done, others }: PackedOutcomes): Outcome[] {
  return [...Array.from(done, (id): Outcome => ({ id, kind: 'done' })), ...others];
}
