/**
 * Hears the elements of an event, form A (events-nse.md 3.1, 3.2) or B (3.4), in one pass without a tree. Everything but
 * `to` and `body` is optional; element names vary (`inventoryClass`, `InventoryClass`, `dataClass`), and GUIDs come in
 * every spelling.
 */
import { parseGuid, type Guid } from '../../../wire/guid.ts';
import { parseNseTime } from '../../../wire/nse.ts';
import { CAPTURE_ITEM } from '../../../wire/wellKnown.ts';
import type { XmlHandlers } from '../../../wire/xml.ts';
import type { XmlAttributes } from '../../../wire/xmlAttributes.ts';
import { EventRejected } from '../eventRejected.ts';
import type { NseAssociation, NseBlock, NseEvent, NseResource } from '../nseEvent.ts';
import { positionalRow } from './positions.ts';
import { readGuid, readResource, Resources, type Reference } from './resources.ts';
import { Rowset } from './rowset.ts';

const ENVELOPE = new Set(['to', 'priority', 'msgid', 'time']);

interface OpenClass {
  classGuid: Guid | undefined;
  className: string;
  partial: boolean;
  /** Whose the rows are that stand in no `resource`. */
  reference: Reference;
}

export class NseReader implements XmlHandlers {
  readonly #envelope: Record<string, string> = {};
  readonly #resources = new Resources();
  readonly #blocks: { block: Omit<NseBlock, 'resource'>; reference: Reference }[] = [];
  readonly #associations: { typeGuid: Guid; parent: Reference; child: Reference }[] = [];
  readonly #rowset = new Rowset();
  #from: NseResource | undefined;
  /** Envelope element whose text is being read. */
  #reading: string | undefined;
  #isMessage = false;
  #inFrom = false;
  #inResources = false;
  /** Resource whose keys are being read. */
  #resource: NseResource | undefined;
  /** Class whose rows are being read, and the block of the resource they are about. */
  #class: OpenClass | undefined;
  #block: Omit<NseBlock, 'resource'> | undefined;

  open(name: string, attributes: XmlAttributes, depth: number): void {
    if (depth === 0) this.#isMessage = isMessage(name);
    if (depth === 0 && this.#isMessage) return;
    if (depth === 1 && this.#isMessage) return this.#openEnvelope(name);
    switch (name) {
      case 'row':
        if (this.#class !== undefined) this.#openBlock().rows.push(positionalRow(attributes));
        break;
      case 'key':
        this.#addKey(attributes);
        break;
      case 'resource':
        this.#openResource(attributes);
        break;
      case 'resources':
        this.#inResources = true;
        break;
      case 'inventoryClass':
      case 'InventoryClass':
      case 'dataClass':
        this.#openClass(attributes);
        break;
      case 'data':
        if (this.#class !== undefined) this.#openData(this.#class, attributes);
        break;
      case 'resourceAssociation':
        this.#associations.push(readAssociation(attributes));
        break;
      default:
        if (name.includes(':')) this.#openRowset(localName(name), attributes);
    }
  }

  text(chunk: string): void {
    if (this.#reading !== undefined) this.#envelope[this.#reading] = (this.#envelope[this.#reading] ?? '') + chunk;
  }

  close(name: string, depth: number): void {
    if (depth <= 1 && this.#isMessage) {
      this.#reading = undefined;
      this.#inFrom = false;
      return;
    }
    switch (name) {
      case 'row':
      case 'key':
        break;
      case 'resources':
        this.#inResources = false;
        break;
      case 'resource':
        this.#resource = undefined;
        this.#block = undefined;
        break;
      case 'inventoryClass':
      case 'InventoryClass':
      case 'dataClass':
        this.#class = undefined;
        this.#block = undefined;
        break;
      default:
        if (name.includes(':')) this.#rowset.close(localName(name));
    }
  }

  #openEnvelope(name: string): void {
    const known = name.toLowerCase();
    this.#reading = ENVELOPE.has(known) ? known : undefined;
    this.#inFrom = known === 'from';
  }

  #addKey(attributes: XmlAttributes): void {
    const [name, value] = [attributes.get('name'), attributes.get('value')];
    if (name !== undefined && value !== undefined) this.#resource?.keys.push({ name, value });
  }

  #openClass(attributes: XmlAttributes): void {
    this.#class = {
      classGuid: parseGuid(attributes.get('guid')),
      className: (attributes.get('name') ?? '').trim(),
      partial: isPartial(attributes) ?? false,
      reference: readReference(attributes),
    };
    this.#block = undefined;
  }

  /** `data` may say what concerns all its rows. */
  #openData(dataClass: OpenClass, attributes: XmlAttributes): void {
    dataClass.partial = isPartial(attributes) ?? dataClass.partial;
    const reference = readReference(attributes, attributes.get('guid'));
    if (reference.ref !== undefined || reference.guid !== undefined) dataClass.reference = reference;
    this.#block = undefined;
  }

  /** A `resource` below `from` or `resources` describes one; inside a class it says whose the next rows are. */
  #openResource(attributes: XmlAttributes): void {
    if (this.#class !== undefined) {
      this.#block = undefined;
      const ref = attributes.get('resourceRef') ?? attributes.get('ref');
      const guid = readGuid(attributes.get('resourceGuid') ?? attributes.get('guid'), 'A resource');
      const own = ref !== undefined || guid !== undefined;
      this.#openBlock(own ? { ref, guid } : undefined, isPartial(attributes));
    } else if (this.#inFrom || this.#inResources) {
      this.#resource = readResource(attributes);
      if (this.#inFrom) this.#from ??= this.#resource;
      else this.#resources.add(attributes.get('ref'), this.#resource);
    }
  }

  #openRowset(local: string, attributes: XmlAttributes): void {
    if (this.#class === undefined || this.#rowset.open(local, attributes)) {
      if (local === 'Schema') this.#block = undefined;
    } else if (local === 'data') {
      // A rowset without rows says that there is nothing: the class is emptied.
      this.#openBlock().columns = this.#rowset.columns;
    } else if (local === 'row') {
      const row = this.#rowset.row(attributes);
      if (row !== undefined) this.#openBlock().rows.push(row);
    }
  }

  #openBlock(reference?: Reference, partial?: boolean): Omit<NseBlock, 'resource'> {
    if (this.#block === undefined) {
      const { classGuid, className, ...open } = this.#class!;
      this.#block = { classGuid, className, rows: [], partial: partial ?? open.partial, columns: undefined };
      this.#blocks.push({ block: this.#block, reference: reference ?? open.reference });
    }
    return this.#block;
  }

  /** @throws EventRejected */
  finish(): NseEvent {
    const to = this.#isMessage ? (this.#envelope.to?.trim() ?? '') : CAPTURE_ITEM.basicInventory;
    if (to === '') throw new EventRejected('The event does not say which capture item it is for.');
    const flags = new Set<string>();
    const timeText = this.#envelope.time?.trim() ?? '';
    const time = parseNseTime(timeText);
    if (time === undefined && timeText !== '')
      flags.add('The time of the event could not be read; the time of its arrival counts.');
    return {
      to,
      msgId: readGuid(this.#envelope.msgid, 'msgId'),
      sentAt: time?.at,
      biasMinutes: time?.biasMinutes ?? 0,
      from: this.#from,
      resources: this.#resources.all(),
      blocks: this.#blocks.map(({ block, reference }) => ({ ...block, resource: this.#resources.owner(reference) })),
      associations: this.#associations.map(({ typeGuid, parent, child }): NseAssociation => {
        return { typeGuid, parent: this.#resources.end(parent), child: this.#resources.end(child) };
      }),
      flags,
    };
  }
}

/** True for a message, false for a rowset that is a document of its own. @throws EventRejected for anything else */
function isMessage(root: string): boolean {
  if (root === 'message') return true;
  if (root === 'InventoryClasses' || root === 'InventoryClass') return false;
  if (root === 'XmlData')
    throw new EventRejected('The event has the form of agents before 6.0 (XmlData), which is not supported.');
  throw new EventRejected(
    `The document is no event: its root element is ${root.slice(0, 60)}, neither message nor InventoryClasses.`,
  );
}

const localName = (name: string): string => name.slice(name.indexOf(':') + 1);

/** `undefined` when the element says nothing about it. */
function isPartial(attributes: XmlAttributes): boolean | undefined {
  if (attributes.count === 0) return undefined;
  const text = attributes.get('partialUpdate') ?? attributes.get('partial');
  return text === undefined ? undefined : /^\s*(true|1|yes)\s*$/i.test(text);
}

function readReference(attributes: XmlAttributes, guid?: string): Reference {
  if (attributes.count === 0) return { ref: undefined, guid: undefined };
  return {
    ref: attributes.get('resourceRef') ?? attributes.get('ref'),
    guid: readGuid(attributes.get('resourceGuid') ?? guid, 'A resource'),
  };
}

/** @throws EventRejected when it lacks a type: nobody could say what it means */
function readAssociation(attributes: XmlAttributes): { typeGuid: Guid; parent: Reference; child: Reference } {
  const typeGuid = readGuid(attributes.get('typeGuid') ?? attributes.get('guid'), 'An association');
  if (typeGuid === undefined) throw new EventRejected('An association does not name its type.');
  const end = (side: 'parent' | 'child'): Reference => ({
    ref: attributes.get(`${side}ResourceRef`) ?? attributes.get(`${side}Ref`),
    guid: readGuid(attributes.get(`${side}ResourceGuid`) ?? attributes.get(`${side}Guid`), 'An association'),
  });
  return { typeGuid, parent: end('parent'), child: end('child') };
}
