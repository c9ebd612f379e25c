/**
 * The event queue: accepted means on disk. One interface, two engines: queue.sqlite written by a thread of its own, or
 * the table EventQueueEntry of the CMDB on SQL Server.
 */
import type { MessagePort } from 'node:worker_threads';
import type { Guid } from '../../wire/guid.ts';
import type { BadEvent, BadEventFilter, BadEventGroups, BadEventQuery } from './badEvent.ts';
import type { Breaker } from './breakers.ts';
import type { QueueClass } from './queueClasses.ts';

export type { BadEvent } from './badEvent.ts';

/** The queue cannot be opened at the start; the message is a sentence for the administrator. */
export class QueueNotOpened extends Error {
  override name = 'QueueNotOpened';
  constructor(reason: string) {
    super(
      // SQLite's word for the file that another process has for itself.
      reason === 'database is locked'
        ? 'The event queue is open in another process: a server is running on this data folder. Stop it, or set NS_DATA_DIR.'
        : `The event queue cannot be opened: ${reason}.`,
    );
  }
}

export interface IncomingEvent {
  /**
   * The body as sent, after Content-Encoding: XML in UTF-8 or UTF-16. For a body over 512 KB: the name of a file in the
   * spool folder, already synced; the queue removes it when it does not take the event.
   */
  body: Uint8Array | { file: string; size: number };
  /** The same file may have been accepted before a crash; by its name it is taken once. */
  again?: boolean;
  /** Authenticated sender. */
  sender: Guid;
  /** True when the sender proved its key, false for a legacy agent. */
  proven: boolean;
  priority: number;
  /** Milliseconds since 1970. */
  receivedAt: number;
}

export interface QueueClassState {
  name: QueueClass;
  depth: number;
  bytes: number;
  /** Milliseconds since 1970; undefined when empty. */
  oldestAt: number | undefined;
  /** From here on events of the class are refused. */
  maxEvents: number;
  maxBytes: number;
  /** Events that came to wait, and that do so no longer, since this process started; on SQL Server: on this node. */
  entered: number;
  settled: number;
}

export interface QueueState {
  classes: QueueClassState[];
  depth: number;
  bytes: number;
  oldestAt: number | undefined;
  bad: number;
  /** Since this process started. */
  accepted: number;
  rejectedNotXml: number;
  /** For want of room: in the queue, in a class, or for one computer. */
  rejectedFull: number;
  /** Because the last events of their computer were bad. */
  rejectedHeld: number;
  /** Computers that are refused, or were until their next event decides. */
  breakers: Breaker[];
}

export interface EventQueue {
  /** Resolves when the event is on disk. @throws ProtocolError badXml, queueFull, senderFull, senderHeld, unavailable */
  accept(event: IncomingEvent): Promise<void>;
  /** False while the limits are reached: what HEAD on PostEvent and readiness tell. Costs nothing. */
  hasRoom(): boolean;
  /** What can be said before the body is read. Costs nothing. @throws ProtocolError queueFull, senderHeld */
  admit(sender: Guid | undefined): void;
  /** Takes events of a computer again at once. False when its breaker is not open. */
  closeBreaker(sender: Guid): Promise<boolean>;
  /** Whether events of the classes slow and large wait. Costs nothing; on SQL Server some seconds old. */
  largeWaiting(): boolean;
  state(): Promise<QueueState>;
  /** Newest first unless the query says otherwise. */
  listBad(offset: number, limit: number, query?: BadEventQuery): Promise<{ total: number; events: BadEvent[] }>;
  /** What bad events have in common, with counts. */
  badGroups(filter: BadEventFilter): Promise<BadEventGroups>;
  /** Ids above `after` of the bad events that match, ascending. */
  badIds(filter: BadEventFilter, after: number, limit: number): Promise<number[]>;
  /** `undefined` when there is none, also when it waits again. */
  readBad(id: number): Promise<BadEvent | undefined>;
  /** Body of a bad or waiting event as text and as it was sent, cut at `maxBytes`. */
  payload(id: number, maxBytes: number): Promise<{ text: string; bytes: Uint8Array; cut: boolean } | undefined>;
  /** Puts bad events back into the queue; answers how many. */
  retry(ids: readonly number[]): Promise<number>;
  discard(ids: readonly number[]): Promise<number>;
  /** For a processing thread: where it claims events and tells what became of them (queueMessages.ts). */
  processorPort(): Promise<MessagePort>;
  /** Waits for what was accepted to be on disk, then closes. */
  stop(): Promise<void>;
}
