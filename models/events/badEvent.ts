/** What is kept of a bad event beside its body, so that a hundred thousand of them can be searched, grouped and sorted. */
import type { Guid } from '../../wire/guid.ts';
import { bodyPreview } from './eventText.ts';
import type { QueueClass } from './queueClasses.ts';

export interface BadEvent {
  id: number;
  sender: Guid | null;
  /** Milliseconds since 1970. */
  receivedAt: number;
  putAsideAt: number;
  size: number;
  reason: string;
  attempts: number;
  queueClass: QueueClass;
  /** Capture item as the event names it, a GUID or an alias; empty when that cannot be read. */
  sentTo: string;
  /** First data class that the event names; empty when there is none. */
  classLabel: string;
  /** The reason without what differs from event to event. */
  reasonGroup: string;
}

export interface BadEventFilter {
  sender?: Guid;
  reasonGroup?: string;
  sentTo?: string;
  queueClass?: string;
  /** In reason, capture item and data class; or the sender is one of `senders`. */
  search?: { text: string; senders: readonly Guid[] };
  /** Ids up to this one: what came after a preview is not meant. */
  upTo?: number;
}

export const BAD_EVENT_SORTS = ['id', 'sender', 'reason', 'sentTo', 'size'] as const;
export type BadEventSort = (typeof BAD_EVENT_SORTS)[number];

export interface BadEventQuery extends BadEventFilter {
  sort?: BadEventSort;
  descending?: boolean;
}

/** How many bad events have something in common, the most first. */
export interface BadEventGroup {
  value: string;
  count: number;
  /** Milliseconds since 1970: when the newest was put aside. */
  latestAt: number;
}

export interface BadEventGroups {
  reasons: BadEventGroup[];
  /** Value: GUID of the sender, empty when unknown. */
  senders: BadEventGroup[];
  sentTo: BadEventGroup[];
}

/** Most groups of a kind that are answered. */
export const MOST_GROUPS = 50;
/** So much of a body is looked at for capture item and class: envelopes are short. */
export const HEAD_BYTES = 8192;

const LONGEST_GROUP = 200;
const DIFFERS: readonly [RegExp, string][] = [
  [/\s*\(line \d+, column \d+\)/g, ''],
  [/"[^"]*"/g, '…'],
  [/\{?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\}?/gi, '…'],
  [/\d+/g, '…'],
  [/…(?:[\s,]*…)+/g, '…'],
];

/** `The CMDB has no inventory class "X" 1234….` and the same about Y are one kind of fault. */
export function reasonGroup(reason: string): string {
  const common = DIFFERS.reduce((text, [pattern, put]) => text.replace(pattern, put), reason);
  return common.trim().slice(0, LONGEST_GROUP) || 'No reason';
}

const SENT_TO = /<to>\s*([^<]{1,100}?)\s*<\/to>/;
const CLASS = /<(?:inventoryClass|dataClass)\b([^>]{0,1000})>/;
const NAMED = /\bname\s*=\s*(?:"([^"]*)"|'([^']*)')/;
const NUMBERED = /\bguid\s*=\s*(?:"([^"]*)"|'([^']*)')/;

/** What an event is for and about, by the beginning of its body: it may be no XML, so it is only looked through. */
export function eventSubject(head: Uint8Array): { sentTo: string; classLabel: string } {
  const text = bodyPreview(head);
  const attributes = CLASS.exec(text)?.[1] ?? '';
  const label = NAMED.exec(attributes) ?? NUMBERED.exec(attributes);
  return {
    sentTo: (SENT_TO.exec(text)?.[1] ?? '').slice(0, 100),
    classLabel: (label?.[1] ?? label?.[2] ?? '').slice(0, 200),
  };
}
