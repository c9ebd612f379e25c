/** The queue's thread: checks and stores what the main thread accepts, leases it to those who process it. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { MessagePort } from 'node:worker_threads';
import type { Guid } from '../../wire/guid.ts';
import { XmlError } from '../../wire/xml.ts';
import type { BadEventFilter, BadEventQuery } from './badEvent.ts';
import { checkBody, checkFile } from './checkEvent.ts';
import { packLease, unpackEvents, unpackOutcomes, type PackedEvents } from './packing.ts';
import { Admission } from './admission.ts';
import { Breakers } from './breakers.ts';
import type { Outcome } from './outcome.ts';
import type { QueueLimits } from './queueLimits.ts';
import { queueClassOf } from './queueClasses.ts';
import type {
  Accepted,
  FileEntry,
  FromProcessor,
  FromQueue,
  News,
  QueueCalls,
  Refusal,
  ToProcessor,
  ToQueue,
} from './queueMessages.ts';
import type { Claim, NewEntry, QueueStore, QueueTotals } from './queueStore.ts';
import { removeSpoolFile } from './spool.ts';

/** How often claims that wait look again: for retries that are due and events that other nodes accepted. */
const LOOK_AGAIN_MS = 500;
/** Counting all nodes' events is a query on SQL Server. */
const RECOUNT_MS = 2000;

interface Processor {
  owner: string;
  port: MessagePort;
  /** What it asked for and has not been given yet. */
  claim: Claim | undefined;
  leaving: boolean;
  /** Senders of the events that it holds. */
  senders: Map<number, Guid>;
  /** Its messages are served one after the other. */
  last: Promise<void>;
}

export class QueueServer {
  readonly #store: QueueStore;
  readonly #spool: string;
  readonly #post: (message: FromQueue) => void;
  readonly #limits: QueueLimits;
  readonly #breakers: Breakers;
  readonly #admission: Admission;
  readonly #processors = new Set<Processor>();
  readonly #timer: NodeJS.Timeout;
  #totals: QueueTotals = { depth: 0, bytes: 0, large: 0 };
  #countedAt = 0;
  #breakersTold = 0;
  #stopping = false;

  constructor(
    store: QueueStore,
    options: { spool: string; limits: QueueLimits; now: () => number },
    post: (message: FromQueue) => void,
  ) {
    const { spool, limits, now } = options;
    this.#store = store;
    this.#limits = limits;
    this.#breakers = new Breakers(limits.breakerAfter, now);
    this.#admission = new Admission(limits, store.load, this.#breakers);
    this.#spool = spool;
    this.#post = post;
    this.#timer = setInterval(() => this.#wake(), LOOK_AGAIN_MS);
  }

  async start(): Promise<void> {
    await this.#tell({ op: 'ready' });
  }

  async #tell(news: News): Promise<void> {
    const totals = await this.#count();
    if (this.#breakers.version === this.#breakersTold) return this.#post({ ...news, totals });
    this.#breakersTold = this.#breakers.version;
    this.#post({ ...news, totals, held: this.#breakers.held() });
  }

  /** @throws nothing: what goes wrong is an answer */
  async handle(message: ToQueue): Promise<void> {
    if (message.op === 'batch') await this.#batch(message.packed);
    else if (message.op === 'call') await this.#call(message);
    else if (message.op === 'connect') this.#connect(message.port);
    else await this.#stop();
  }

  async #batch(packed: PackedEvents): Promise<void> {
    const refused: [number, Refusal][] = [];
    const rows: NewEntry[] = [];
    const places: number[] = [];
    this.#admission.begin();
    for (const [index, { body, priority, ...event }] of unpackEvents(packed).entries()) {
      try {
        const urgency = Math.max(priority, checkBody(body));
        const queueClass = queueClassOf(body.length, urgency, this.#limits.thresholds);
        const row: NewEntry = { ...event, body, queueClass, priority: urgency, size: body.length };
        const refusal = this.#admission.refusal(row);
        if (refusal !== undefined) refused.push([index, refusal]);
        else {
          rows.push(row);
          places.push(index);
        }
      } catch (error) {
        refused.push([index, refusalOf(error)]);
      }
    }
    const failure = await this.#insert(rows);
    if (failure !== undefined) for (const index of places) refused.push([index, failure]);
    await this.#tell({ op: 'batchDone', refused });
    this.#wake();
  }

  async #insert(rows: readonly NewEntry[]): Promise<Accepted> {
    if (rows.length === 0) return undefined;
    try {
      await this.#store.insert(rows);
      return undefined;
    } catch (error) {
      return { code: 'unavailable', reason: reasonOf(error) };
    }
  }

  async #acceptFile(entry: FileEntry): Promise<Accepted> {
    const { file, size, priority, ...event } = entry;
    let urgency: number;
    try {
      urgency = Math.max(priority, await checkFile(join(this.#spool, file)));
    } catch (error) {
      await removeSpoolFile(this.#spool, file);
      return refusalOf(error);
    }
    const queueClass = queueClassOf(size, urgency, this.#limits.thresholds);
    const row: NewEntry = { ...event, queueClass, priority: urgency, size, body: { file } };
    this.#admission.begin();
    const failure = this.#admission.refusal(row) ?? (await this.#insert([row]));
    if (failure !== undefined) await removeSpoolFile(this.#spool, file);
    this.#wake();
    return failure;
  }

  async #call({ id, method, args }: Extract<ToQueue, { op: 'call' }>): Promise<void> {
    const target: Record<keyof QueueCalls, (...args: never[]) => Promise<unknown>> = {
      acceptFile: (entry: FileEntry) => this.#acceptFile(entry),
      state: () => this.#state(),
      listBad: (offset: number, limit: number, query?: BadEventQuery) => this.#store.listBad(offset, limit, query),
      badGroups: (filter: BadEventFilter) => this.#store.badGroups(filter),
      badIds: (filter: BadEventFilter, after: number, limit: number) => this.#store.badIds(filter, after, limit),
      readBad: (event: number) => this.#store.readBad(event),
      payload: (event: number, maxBytes: number) => this.#store.payload(event, maxBytes),
      retry: (ids: number[]) => this.#store.retry(ids),
      discard: (ids: number[]) => this.#store.discard(ids),
      closeBreaker: async (sender: Guid) => this.#breakers.close(sender),
    };
    let answer: { result?: unknown; error?: string };
    try {
      answer = { result: await target[method](...(args as never[])) };
    } catch (error) {
      answer = { error: reasonOf(error) };
    }
    await this.#tell({ op: 'called', id, ...answer });
    if (method === 'retry') this.#wake();
  }

  async #state() {
    const { classes, bad } = await this.#store.state();
    return {
      classes: classes.map((each) => ({ ...each, ...this.#limits.classes[each.name] })),
      bad,
      breakers: this.#breakers.list(),
    };
  }

  #connect(port: MessagePort): void {
    const owner = `${hostname().slice(0, 50)} ${randomUUID()}`;
    const processor: Processor = {
      owner,
      port,
      claim: undefined,
      leaving: false,
      senders: new Map(),
      last: Promise.resolve(),
    };
    this.#processors.add(processor);
    port.on('message', (message: FromProcessor) => {
      processor.last = processor.last.then(() => this.#serve(processor, message));
    });
    port.on('close', () => {
      this.#processors.delete(processor);
      processor.last = processor.last.then(() => this.#untilDone(() => this.#store.release(owner, !processor.leaving)));
    });
  }

  async #serve(processor: Processor, message: FromProcessor): Promise<void> {
    if (message.op === 'bye') {
      processor.leaving = true;
      processor.port.close();
    } else if (message.op === 'settle') {
      const outcomes = unpackOutcomes(message.outcomes);
      await this.#untilDone(() => this.#store.settle(processor.owner, outcomes));
      // Events that waited for those of their senders may be given out now.
      this.#wake();
      this.#judge(processor, outcomes);
      await this.#tell({ op: 'totals' });
    } else {
      processor.claim = message.claim;
      await this.#give(processor);
    }
  }

  #judge({ senders }: Processor, outcomes: readonly Outcome[]): void {
    for (const { id, kind } of outcomes) {
      const sender = senders.get(id);
      senders.delete(id);
      if (sender === undefined) continue;
      if (kind === 'done') this.#breakers.good(sender);
      else if (kind === 'bad') this.#breakers.bad(sender);
    }
  }

  /** What is done must be said some time: a lease that nobody ends holds up its sender. */
  async #untilDone(work: () => Promise<void>): Promise<void> {
    while (!this.#stopping) {
      try {
        return await work();
      } catch {
        await wait(1000);
      }
    }
  }

  #wake(): void {
    for (const processor of this.#processors) {
      if (processor.claim !== undefined) processor.last = processor.last.then(() => this.#give(processor));
    }
  }

  async #give(processor: Processor): Promise<void> {
    if (processor.claim === undefined || this.#stopping) return;
    // A queue that cannot be read now is looked at again by the timer.
    const events = await this.#store.claim(processor.owner, processor.claim).catch(() => []);
    if (events.length === 0) return;
    processor.claim = undefined;
    for (const { id, sender } of events) if (sender !== null) processor.senders.set(id, sender);
    const lease = packLease(events);
    const message: ToProcessor = { op: 'events', lease };
    processor.port.postMessage(message, [lease.bytes.buffer, lease.numbers.buffer]);
  }

  /** Local changes at once; what other nodes do, every few seconds. */
  async #count(): Promise<QueueTotals> {
    const now = performance.now();
    if (this.#countedAt === 0 || this.#store.countsAreCheap || now - this.#countedAt > RECOUNT_MS) {
      this.#countedAt = now;
      this.#totals = await this.#store.totals().catch(() => this.#totals);
    }
    return this.#totals;
  }

  async #stop(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#timer);
    for (const { port } of this.#processors) port.close();
    await this.#store.close();
  }
}

function refusalOf(error: unknown): Refusal {
  return { code: error instanceof XmlError ? 'badXml' : 'unavailable', reason: reasonOf(error) };
}

/** For the log; never for an agent. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}
