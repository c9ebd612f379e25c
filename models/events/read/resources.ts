/** The resources of an event: described once, referred to by `ref`, which is local to the message (events-nse.md 3.2). */
import { parseGuid, type Guid } from '../../../wire/guid.ts';
import type { XmlAttributes } from '../../../wire/xmlAttributes.ts';
import { EventRejected } from '../eventRejected.ts';
import type { NseEnd, NseResource } from '../nseEvent.ts';

/** How an event names a resource: by its number in the message, or by GUID. */
export interface Reference {
  ref: string | undefined;
  guid: Guid | undefined;
}

export class Resources {
  readonly #byRef = new Map<string, NseResource>();
  /** Those that rows name by GUID only. */
  readonly #byGuid = new Map<Guid, NseResource>();

  add(ref: string | undefined, resource: NseResource): void {
    this.#byRef.set(ref ?? String(this.#byRef.size), resource);
    if (resource.guid !== undefined) this.#byGuid.set(resource.guid, resource);
  }

  all(): NseResource[] {
    return [...this.#byRef.values()];
  }

  /** Whose rows they are; `undefined`: the sender's. @throws EventRejected for a reference to what is not described */
  owner({ ref, guid }: Reference): NseResource | undefined {
    if (ref !== undefined) return this.#described(ref, 'Rows refer');
    if (guid !== undefined) return this.#named(guid);
    // Rows that refer to nothing are about the only resource there is, or the sender.
    return this.#byRef.size === 1 ? this.#byRef.values().next().value : undefined;
  }

  /** @throws EventRejected */
  end({ ref, guid }: Reference): NseEnd {
    if (ref !== undefined) return this.#described(ref, 'An association refers');
    if (guid === undefined) throw new EventRejected('An association does not name both its ends.');
    return this.#byGuid.get(guid) ?? guid;
  }

  #described(ref: string, who: string): NseResource {
    const found = this.#byRef.get(ref);
    if (found === undefined)
      throw new EventRejected(`${who} to resource "${ref.slice(0, 40)}", which the event does not describe.`);
    return found;
  }

  #named(guid: Guid): NseResource {
    let resource = this.#byGuid.get(guid);
    if (resource === undefined) {
      resource = { guid, typeGuid: undefined, name: '', keys: [] };
      this.#byGuid.set(guid, resource);
    }
    return resource;
  }
}

export function readResource(attributes: XmlAttributes): NseResource {
  return {
    guid: readGuid(attributes.get('guid'), 'A resource'),
    typeGuid: parseGuid(attributes.get('typeGuid')),
    name: attributes.get('name') ?? '',
    keys: [],
  };
}

/** `undefined` when it is not given; a GUID that cannot be read is a fault, for it names something. @throws EventRejected */
export function readGuid(text: string | undefined, what: string): Guid | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  const guid = parseGuid(text);
  if (guid === undefined)
    throw new EventRejected(`${what} has a GUID that cannot be read: "${text.trim().slice(0, 60)}".`);
  return guid;
}
