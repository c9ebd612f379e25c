/**
 * What handles one kind of event. The next kind is one small file in capture/ and one line in captureItems.ts.
 */
import type { Guid } from '../../wire/guid.ts';
import type { Clock } from '../clock.ts';
import type { Session } from '../cmdb/types.ts';
import type { DataClasses } from '../inventory/dataClasses.ts';
import type { NseEvent } from './nseEvent.ts';

/** An event, or the part of one that is about one computer, as its capture item sees it when it is applied. */
export interface StagedEvent<D> {
  /** The computer that it is about; the sender when the item takes events whole. */
  computer: Guid;
  /** Milliseconds since 1970: when it was sent, but never later than it arrived. */
  at: number;
  data: D;
  /** What was mended, in plain sentences; ends up in the computer's timeline. */
  flags: Set<string>;
}

export interface StageFacts {
  at: number;
  classes: DataClasses;
  flags: Set<string>;
}

export interface ApplyContext {
  session: Session;
  clock: Clock;
}

export interface AdmitFacts {
  session: Session;
  sender: Guid;
  /** The sender may bring data of others than itself (models/events/senderRights.ts). */
  mayWriteForOthers: boolean;
}

export interface CaptureItem<D = unknown> {
  readonly guid: Guid;
  /** For people, and the alias by which an event may name it. */
  readonly name: string;
  /** Makes of an event what `apply` writes; no database here. @throws EventRejected */
  stage(event: NseEvent, facts: StageFacts): D;
  /**
   * Only for an item that takes events whole, about resources of any type: why the event may not be applied. Without
   * it an event is taken apart by computer, and the rule is that a sender writes only its own (senders.ts).
   */
  admit?(facts: AdmitFacts, data: D): Promise<string | undefined>;
  /**
   * Writes a slice of events, in order of arrival, within one transaction. What it throws undoes the whole slice; the
   * events are then tried one by one.
   */
  apply(context: ApplyContext, events: readonly StagedEvent<D>[]): Promise<void>;
}
