/** What went into and out of the waiting events since this process started, by class: the rates of the queue page. */
import { QUEUE_CLASSES, type QueueClass } from './queueClasses.ts';

export interface Flow {
  /** Accepted, or put back by an administrator. */
  entered: number;
  /** Applied, put aside as bad, or discarded. */
  settled: number;
}

export class QueueFlow {
  readonly #flows = new Map<string, Flow>(QUEUE_CLASSES.map((name) => [name, { entered: 0, settled: 0 }]));

  #of(name: string): Flow {
    let flow = this.#flows.get(name);
    if (flow === undefined) this.#flows.set(name, (flow = { entered: 0, settled: 0 }));
    return flow;
  }

  entered(name: string): void {
    this.#of(name).entered++;
  }

  settled(name: string): void {
    this.#of(name).settled++;
  }

  get(name: QueueClass): Readonly<Flow> {
    return { ...this.#of(name) };
  }
}
