/**
 * Many events as one message between threads: one piece of memory, one text, one list of numbers. A message of as many
 * objects and buffers costs both threads more than all the rest of their work.
 */
import type { Guid } from '../../wire/guid.ts';
import type { QueuedEvent } from './outcome.ts';

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
  events: (Omit<QueuedEvent, 'body'> & { body: number | { readonly file: string } })[];
}

export function packLease(events: readonly QueuedEvent[]): PackedLease {
  const bodies = events.map((event) => event.body).filter((body) => body instanceof Uint8Array);
  const lengths = events.map(({ body, ...event }) => ({
    ...event,
    body: body instanceof Uint8Array ? body.length : body,
  }));
  return { bytes: packBodies(bodies), events: lengths };
}

export function unpackLease({ bytes, events }: PackedLease): QueuedEvent[] {
  let start = 0;
  return events.map(({ body, ...event }) => {
    if (typeof body !== 'number') return { ...event, body };
    start += body;
    return { ...event, body: bytes.subarray(start - body, start) };
  });
}
