/**
 * How much waits in the queue that is a table of the CMDB. Other nodes add to it and take from it, so it is counted now
 * and then, and what this node adds is counted on top until the next time.
 */
import type { Guid } from '../../wire/guid.ts';
import type { Load, QueueLoad } from './admission.ts';
import type { QueueClass } from './queueClasses.ts';

export class CmdbLoad implements QueueLoad {
  #classes = new Map<string, Load>();
  #senders = new Map<string, Load>();

  /** What was counted; of computers only those of which much waits. */
  replace(classes: ReadonlyMap<string, Load>, senders: ReadonlyMap<string, Load>): void {
    this.#classes = new Map(classes);
    this.#senders = new Map(senders);
  }

  add(queueClass: QueueClass, sender: Guid, size: number): void {
    addTo(this.#classes, queueClass, size);
    addTo(this.#senders, sender, size);
  }

  ofClass(name: QueueClass): Readonly<Load> {
    return this.#classes.get(name) ?? NOTHING;
  }

  ofSender(sender: Guid): Readonly<Load> {
    return this.#senders.get(sender) ?? NOTHING;
  }
}

const NOTHING: Readonly<Load> = { depth: 0, bytes: 0 };

function addTo(loads: Map<string, Load>, key: string, bytes: number): void {
  const load = loads.get(key);
  if (load === undefined) loads.set(key, { depth: 1, bytes });
  else {
    load.depth++;
    load.bytes += bytes;
  }
}
