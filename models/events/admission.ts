/** Decides in the queue's thread whether there is room for an event: in its class, and for its computer. */
import type { Guid } from '../../wire/guid.ts';
import type { Breakers } from './breakers.ts';
import type { QueueClass } from './queueClasses.ts';
import type { Budget, QueueLimits } from './queueLimits.ts';
import type { Refusal } from './queueMessages.ts';

export interface Load {
  depth: number;
  bytes: number;
}

/** What waits already; on SQL Server as of some seconds ago, plus what this node added since. */
export interface QueueLoad {
  ofClass(name: QueueClass): Readonly<Load>;
  ofSender(sender: Guid): Readonly<Load>;
}

interface Arriving {
  queueClass: QueueClass;
  sender: Guid;
  size: number;
}

export class Admission {
  readonly #limits: QueueLimits;
  readonly #load: QueueLoad;
  readonly #breakers: Breakers;
  /** Admitted, and not in the load yet. */
  readonly #classes = new Map<string, Load>();
  readonly #senders = new Map<string, Load>();

  constructor(limits: QueueLimits, load: QueueLoad, breakers: Breakers) {
    this.#limits = limits;
    this.#load = load;
    this.#breakers = breakers;
  }

  /** Before the events of a batch: those of the one before are part of the load, or were not stored. */
  begin(): void {
    this.#classes.clear();
    this.#senders.clear();
  }

  /** Why the event cannot be taken; `undefined`: it can, and counts from now on. */
  refusal({ queueClass, sender, size }: Arriving): Refusal | undefined {
    const wait = this.#breakers.waitOf(sender);
    if (wait > 0)
      return {
        code: 'senderHeld',
        reason: `the last events of ${sender} were bad`,
        retryAfter: Math.ceil(wait / 1000),
      };
    const [inClass, ofSender] = [pending(this.#classes, queueClass), pending(this.#senders, sender)];
    if (!fits(this.#limits.classes[queueClass], this.#load.ofClass(queueClass), inClass))
      return { code: 'queueFull', reason: `the event queue has no room for ${queueClass} events` };
    if (!fits(this.#limits.sender, this.#load.ofSender(sender), ofSender))
      return { code: 'senderFull', reason: `too many events of ${sender} wait` };
    for (const load of [inClass, ofSender]) {
      load.depth++;
      load.bytes += size;
    }
    return undefined;
  }
}

function pending(loads: Map<string, Load>, key: string): Load {
  let load = loads.get(key);
  if (load === undefined) loads.set(key, (load = { depth: 0, bytes: 0 }));
  return load;
}

/** Below the limit, one more is taken whatever its size: what is larger than a budget must come through some time. */
function fits({ maxEvents, maxBytes }: Budget, stored: Load, arriving: Load): boolean {
  return stored.depth + arriving.depth < maxEvents && stored.bytes + arriving.bytes < maxBytes;
}
