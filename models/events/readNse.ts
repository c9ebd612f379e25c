/**
 * Reads an NSE message, form A (events-nse.md 3.1 and 3.2), in one pass without a tree. Everything but `to` and `body`
 * is optional, element names vary (`inventoryClass` or `dataClass`) and GUIDs come in every spelling.
 */
import { parseGuid, type Guid } from '../../wire/guid.ts';
import { parseNseTime } from '../../wire/nse.ts';
import { eventLimits, readXml } from '../../wire/xml.ts';
import { EventRejected } from './eventRejected.ts';
import { eventText, type EventBody, type TextFlags } from './eventText.ts';

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
  blocks: NseBlock[];
  associations: number;
  /** Faults that were mended in reading, in plain words. */
  flags: Set<string>;
}

const ENVELOPE = new Set(['to', 'priority', 'msgId', 'time']);

/**
 * @throws EventRejected when it is another kind of document, lacks what an event needs, or refers to what it does not hold
 * @throws XmlError when it is no XML
 */
export function readNse(body: EventBody): NseEvent {
  const flags: TextFlags = { stripped: false };
  const reader = new NseReader();
  readXml(eventText(body, flags), reader, eventLimits);
  const event = reader.finish();
  if (flags.stripped) event.flags.add('Characters that XML does not allow were left out.');
  return event;
}

class NseReader {
  readonly #envelope: Record<string, string> = {};
  readonly #resources = new Map<string, NseResource>();
  readonly #blocks: (NseBlock & { ref?: string | undefined })[] = [];
  #from: NseResource | undefined;
  #associations = 0;
  /** Envelope element whose text is being read. */
  #reading: string | undefined;
  #inFrom = false;
  #inResources = false;
  /** Resource whose keys are being read. */
  #resource: NseResource | undefined;
  /** Class whose rows are being read, and the block of the resource they are about. */
  #class: { classGuid: Guid | undefined; className: string } | undefined;
  #block: NseBlock | undefined;

  open(name: string, attributes: Readonly<Record<string, string>>, depth: number): void {
    if (depth === 0) return expectMessage(name);
    if (depth === 1) {
      this.#reading = ENVELOPE.has(name) ? name : undefined;
      this.#inFrom = name === 'from';
      return;
    }
    switch (name) {
      case 'row':
        if (this.#class !== undefined) this.#openBlock(undefined).rows.push(readRow(attributes));
        break;
      case 'resource':
        this.#openResource(attributes);
        break;
      case 'key':
        if (attributes.name !== undefined && attributes.value !== undefined) {
          this.#resource?.keys.push({ name: attributes.name, value: attributes.value });
        }
        break;
      case 'resources':
        this.#inResources = true;
        break;
      case 'inventoryClass':
      case 'dataClass':
        this.#class = { classGuid: parseGuid(attributes.guid), className: (attributes.name ?? '').trim() };
        this.#block = undefined;
        break;
      case 'resourceAssociation':
        this.#associations++;
    }
  }

  text(chunk: string): void {
    if (this.#reading !== undefined) this.#envelope[this.#reading] = (this.#envelope[this.#reading] ?? '') + chunk;
  }

  close(name: string, depth: number): void {
    if (depth === 1) {
      this.#reading = undefined;
      this.#inFrom = false;
    } else if (name === 'resources') this.#inResources = false;
    else if (name === 'resource') {
      this.#resource = undefined;
      this.#block = undefined;
    } else if (name === 'inventoryClass' || name === 'dataClass') {
      // A class without any row is a statement too: it empties the class for the resources it names.
      this.#class = undefined;
      this.#block = undefined;
    }
  }

  /** A `resource` below `from` or `resources` describes one; inside a class it says whose the next rows are. */
  #openResource(attributes: Readonly<Record<string, string>>): void {
    if (this.#class !== undefined) {
      this.#block = undefined;
      this.#openBlock(attributes.resourceRef ?? attributes.ref);
      return;
    }
    if (!this.#inFrom && !this.#inResources) return;
    this.#resource = {
      guid: readGuid(attributes.guid, 'A resource'),
      typeGuid: parseGuid(attributes.typeGuid),
      name: attributes.name ?? '',
      keys: [],
    };
    if (this.#inFrom) this.#from ??= this.#resource;
    else this.#resources.set(attributes.ref ?? String(this.#resources.size), this.#resource);
  }

  #openBlock(ref: string | undefined): NseBlock {
    if (this.#block === undefined) {
      const block = { ...this.#class!, resource: undefined, rows: [], ref };
      this.#blocks.push(block);
      this.#block = block;
    }
    return this.#block;
  }

  finish(): NseEvent {
    const to = this.#envelope.to?.trim() ?? '';
    if (to === '') throw new EventRejected('The event does not say which capture item it is for.');
    const flags = new Set<string>();
    const timeText = this.#envelope.time?.trim() ?? '';
    const time = parseNseTime(timeText);
    if (time === undefined && timeText !== '')
      flags.add('The time of the event could not be read; the time of its arrival counts.');
    return {
      to,
      msgId: readGuid(this.#envelope.msgId, 'msgId'),
      sentAt: time?.at,
      biasMinutes: time?.biasMinutes ?? 0,
      from: this.#from,
      blocks: this.#blocks.map(({ ref, ...block }) => ({ ...block, resource: this.#resourceOf(ref) })),
      associations: this.#associations,
      flags,
    };
  }

  #resourceOf(ref: string | undefined): NseResource | undefined {
    // Rows that refer to nothing are about the only resource there is, or the sender.
    if (ref === undefined) return this.#resources.size === 1 ? [...this.#resources.values()][0] : undefined;
    const found = this.#resources.get(ref);
    if (found === undefined)
      throw new EventRejected(`Rows refer to resource "${ref.slice(0, 40)}", which the event does not describe.`);
    return found;
  }
}

function expectMessage(root: string): void {
  if (root === 'message') return;
  if (root === 'XmlData')
    throw new EventRejected('The event has the form of agents before 6.0 (XmlData), which is not supported.');
  throw new EventRejected(`The document is no event: its root element is ${root.slice(0, 60)}, not message.`);
}

/** `undefined` when it is not given; a GUID that cannot be read is a fault, for it names something. */
function readGuid(text: string | undefined, what: string): Guid | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  const guid = parseGuid(text);
  if (guid === undefined)
    throw new EventRejected(`${what} has a GUID that cannot be read: "${text.trim().slice(0, 60)}".`);
  return guid;
}

const MAX_COLUMNS = 512;

/** Values go by position: `cN` is column N (Inventory Solution 7.0 guide). Other attributes mean nothing. */
function readRow(attributes: Readonly<Record<string, string>>): NseRow {
  const row: NseRow = [];
  for (const name in attributes) {
    if (name.charCodeAt(0) !== 0x63) continue;
    const column = Number(name.slice(1));
    if (Number.isInteger(column) && column >= 0 && column < MAX_COLUMNS && name.length > 1)
      row[column] = attributes[name];
  }
  return row;
}

/** How an event names a class: for the sentence about one that is not known. */
export function classLabel(block: NseBlock): string {
  const parts = [block.className === '' ? '' : `"${block.className.slice(0, 100)}"`, block.classGuid ?? ''];
  return parts.filter((part) => part !== '').join(' ') || 'without GUID and name';
}
