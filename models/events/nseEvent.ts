/** An event as it was read, whatever form it came in (events-nse.md section 3). */
import type { Guid } from '../../wire/guid.ts';

/** Value of column N at index N; a hole or `undefined`: the event gives no value. */
export type NseRow = (string | undefined)[];

export interface NseResource {
  guid: Guid | undefined;
  typeGuid: Guid | undefined;
  name: string;
  keys: { name: string; value: string }[];
}

export interface NseBlock {
  classGuid: Guid | undefined;
  className: string;
  /** `undefined`: the rows name no resource and are the sender's. */
  resource: NseResource | undefined;
  rows: NseRow[];
  /** Only what the rows hold is to change; false: they replace all rows of the class. */
  partial: boolean;
  /** Names of the columns by position, where the event gives them (rowset form): see `rowsByName`. */
  columns: string[] | undefined;
}

/** An end of an association: a resource that the event describes, or the GUID of another. */
export type NseEnd = NseResource | Guid;

export interface NseAssociation {
  typeGuid: Guid;
  parent: NseEnd;
  child: NseEnd;
}

export interface NseEvent {
  /** Capture item: a GUID or an alias, as sent. */
  to: string;
  msgId: Guid | undefined;
  /** Milliseconds since 1970 by the sender's clock; `undefined` when the event gives none that can be read. */
  sentAt: number | undefined;
  /** Minutes from the sender's local time to UTC; 0 when unknown. */
  biasMinutes: number;
  from: NseResource | undefined;
  /** Every resource that the event describes, in its order, the sender's `from` not among them. */
  resources: NseResource[];
  blocks: NseBlock[];
  associations: NseAssociation[];
  /** Faults that were mended in reading, in plain words. */
  flags: Set<string>;
}
