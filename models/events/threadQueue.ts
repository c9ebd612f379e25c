/**
 * The queue as the main thread sees it. Events are gathered while a batch is on its way to the disk and go as the next
 * one: the disk is then no limit, and the thread that speaks HTTP never waits for it (performance-anchors.md section 7).
 */
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import type { Guid } from '../../wire/guid.ts';
import { systemClock } from '../clock.ts';
import { ProtocolError, refuse, type ProtocolErrorName } from '../protocolErrors.ts';
import type { BadEventFilter, BadEventGroups, BadEventQuery } from './badEvent.ts';
import { bodyPreview } from './eventText.ts';
import { packEvents } from './packing.ts';
import { QueueNotOpened, type BadEvent, type EventQueue, type IncomingEvent, type QueueState } from './queue.ts';
import type { Accepted, FromQueue, QueueCalls, QueueThreadData, Refusal, Report, ToQueue } from './queueMessages.ts';
import { queueLimits, type LimitChanges, type QueueLimits } from './queueLimits.ts';
import type { QueueTotals } from './queueStore.ts';
import { removeSpoolFile, spoolFolder } from './spool.ts';

const BATCH_EVENTS = 256;
const BATCH_BYTES = 1024 * 1024;
const RESTART_MS = 1000;
/** Bodies come and go in bytes outside the heap: a large nursery would only keep them longer. */
const YOUNG_MB = 8;

interface Waiting {
  event: IncomingEvent & { body: Uint8Array };
  settle: (accepted: Accepted) => void;
}

interface Call {
  resolve: (result: unknown) => void;
  reject: (error: Error) => void;
}

const GONE: NonNullable<Accepted> = { code: 'unavailable', reason: 'the thread of the event queue ended' };

export class ThreadQueue implements EventQueue {
  readonly #data: QueueThreadData;
  readonly #limits: QueueLimits;
  /** Computers whose breaker is open, and until when. */
  #held = new Map<Guid, number>();
  #worker: Worker | undefined;
  /** Resolves when the thread has opened the queue. */
  #ready: Promise<void> = Promise.resolve();
  #totals: QueueTotals = { depth: 0, bytes: 0, large: 0 };
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #inFlight: Waiting[] = [];
  #inFlightBytes = 0;
  /** Files being checked: their events and bytes count as well. */
  #files = { depth: 0, bytes: 0 };
  #sendScheduled = false;
  readonly #calls = new Map<number, Call>();
  #lastCall = 0;
  #idle: (() => void)[] = [];
  #stopping = false;
  #accepted = 0;
  #rejectedNotXml = 0;
  #rejectedFull = 0;
  #rejectedHeld = 0;

  private constructor(data: QueueThreadData, limits: QueueLimits) {
    this.#data = data;
    this.#limits = limits;
  }

  /** @throws Error with a sentence when the queue cannot be opened */
  static async open(data: Omit<QueueThreadData, 'limits'>, changes: LimitChanges): Promise<ThreadQueue> {
    const limits = queueLimits(changes);
    const queue = new ThreadQueue({ ...data, limits }, limits);
    await queue.#startThread();
    return queue;
  }

  #startThread(): Promise<void> {
    const worker = new Worker(new URL('./queueThread.ts', import.meta.url), {
      workerData: this.#data,
      name: 'event queue',
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    this.#ready = new Promise((resolve, reject) => {
      worker.on('message', (message: FromQueue) => {
        if (message.op !== 'failed' && message.held !== undefined) this.#held = new Map(message.held);
        if (message.op === 'ready') {
          // A new thread holds nobody yet.
          this.#held = new Map(message.held);
          this.#worker = worker;
          this.#totals = message.totals;
          resolve();
          this.#schedule();
        } else if (message.op === 'failed') reject(new QueueNotOpened(message.reason));
        else this.#hear(message);
      });
      worker.on('error', reject);
      worker.on('exit', () => {
        reject(new Error('The thread of the event queue ended.'));
        this.#ended();
      });
    });
    this.#ready.catch(() => undefined);
    return this.#ready;
  }

  /** The thread is gone, by a fault of ours: nobody is told that an event is safe, and a new thread is started. */
  #ended(): void {
    const wasOpen = this.#worker !== undefined;
    this.#worker = undefined;
    const lost = [...this.#inFlight, ...this.#waiting];
    this.#inFlight = [];
    this.#waiting = [];
    this.#waitingBytes = this.#inFlightBytes = 0;
    for (const { settle } of lost) settle(GONE);
    for (const { reject } of this.#calls.values()) reject(new Error('The thread of the event queue ended.'));
    this.#calls.clear();
    this.#tellIdle();
    if (this.#stopping || !wasOpen) return;
    const restart = (): void => {
      if (!this.#stopping) void this.#startThread().catch(() => setTimeout(restart, RESTART_MS).unref());
    };
    setTimeout(restart, RESTART_MS).unref();
  }

  #hear(message: Exclude<Report, { op: 'ready' }>): void {
    this.#totals = message.totals;
    if (message.op === 'batchDone') {
      const batch = this.#inFlight;
      this.#inFlight = [];
      this.#inFlightBytes = 0;
      // The next batch leaves before this one's senders are answered: disk and network work at the same time.
      this.#send();
      const refused = new Map(message.refused);
      batch.forEach(({ settle }, index) => settle(refused.get(index)));
      if (this.#inFlight.length === 0) this.#tellIdle();
    } else if (message.op === 'called') {
      const call = this.#calls.get(message.id);
      this.#calls.delete(message.id);
      if (message.error === undefined) call?.resolve(message.result);
      else call?.reject(new Error(message.error));
    }
  }

  hasRoom(): boolean {
    const depth = this.#totals.depth + this.#waiting.length + this.#inFlight.length + this.#files.depth;
    const bytes = this.#totals.bytes + this.#waitingBytes + this.#inFlightBytes + this.#files.bytes;
    return depth < this.#limits.maxEvents && bytes < this.#limits.maxBytes;
  }

  largeWaiting(): boolean {
    return this.#totals.large > 0;
  }

  admit(sender: Guid | undefined): void {
    if (!this.hasRoom()) {
      this.#rejectedFull++;
      refuse('queueFull', 'the event queue has reached its limit');
    }
    const until = this.#held.size === 0 || sender === undefined ? undefined : this.#held.get(sender);
    const wait = until === undefined ? 0 : until - systemClock.now();
    if (wait <= 0) return;
    this.#rejectedHeld++;
    const retryAfter = Math.ceil(wait / 1000);
    throw new ProtocolError('senderHeld', `the last events of ${sender} were bad`, { retryAfter });
  }

  async closeBreaker(sender: Guid): Promise<boolean> {
    return (await this.#call('closeBreaker', sender)) as boolean;
  }

  async accept(event: IncomingEvent): Promise<void> {
    try {
      this.admit(event.sender);
    } catch (error) {
      await this.#removeFile(event);
      throw error;
    }
    if (this.#stopping || this.#worker === undefined) {
      await this.#removeFile(event);
      refuse('unavailable', GONE.reason);
    }
    const accepted =
      event.body instanceof Uint8Array ? await this.#gather(event as Waiting['event']) : await this.#acceptFile(event);
    if (accepted === undefined) {
      this.#accepted++;
      return;
    }
    this.#refuse(accepted);
  }

  #refuse({ code, reason, retryAfter }: Refusal): never {
    if (code === 'badXml') this.#rejectedNotXml++;
    else if (code === 'senderHeld') this.#rejectedHeld++;
    else if (code !== 'unavailable') this.#rejectedFull++;
    throw new ProtocolError(code satisfies ProtocolErrorName, reason, retryAfter === undefined ? {} : { retryAfter });
  }

  async #removeFile({ body }: IncomingEvent): Promise<void> {
    if (!(body instanceof Uint8Array)) await removeSpoolFile(spoolFolder(this.#data.dataDir), body.file);
  }

  #gather(event: Waiting['event']): Promise<Accepted> {
    return new Promise((settle) => {
      this.#waiting.push({ event, settle });
      this.#waitingBytes += event.body.length;
      if (this.#inFlight.length === 0) this.#schedule();
    });
  }

  /** At the end of this turn of the event loop, so that what arrived together goes together. */
  #schedule(): void {
    if (this.#sendScheduled) return;
    this.#sendScheduled = true;
    setImmediate(() => {
      this.#sendScheduled = false;
      this.#send();
    });
  }

  #send(): void {
    if (this.#worker === undefined || this.#inFlight.length > 0 || this.#waiting.length === 0) return;
    const packed = packEvents(this.#takeBatch().map(({ event }) => event));
    const message: ToQueue = { op: 'batch', packed };
    this.#worker.postMessage(message, [packed.bytes.buffer, packed.numbers.buffer]);
  }

  #takeBatch(): Waiting[] {
    let count = 0;
    let bytes = 0;
    for (const { event } of this.#waiting) {
      if (count === BATCH_EVENTS || (count > 0 && bytes + event.body.length > BATCH_BYTES)) break;
      count++;
      bytes += event.body.length;
    }
    this.#inFlight = this.#waiting.splice(0, count);
    this.#inFlightBytes = bytes;
    this.#waitingBytes -= bytes;
    return this.#inFlight;
  }

  async #acceptFile({ body, ...event }: IncomingEvent): Promise<Accepted> {
    const { file, size } = body as { file: string; size: number };
    this.#files.depth++;
    this.#files.bytes += size;
    try {
      return (await this.#call('acceptFile', { file, size, ...event })) as Accepted;
    } catch (error) {
      return { code: 'unavailable', reason: (error as Error).message };
    } finally {
      this.#files.depth--;
      this.#files.bytes -= size;
    }
  }

  #call<M extends keyof QueueCalls>(method: M, ...args: Parameters<QueueCalls[M]>): Promise<unknown> {
    const worker = this.#worker;
    if (worker === undefined) return Promise.reject(new Error('The event queue is not open.'));
    const id = ++this.#lastCall;
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve, reject });
      worker.postMessage({ op: 'call', id, method, args } satisfies ToQueue);
    });
  }

  async state(): Promise<QueueState> {
    const { classes, ...rest } = (await this.#call('state')) as Pick<QueueState, 'classes' | 'bad' | 'breakers'>;
    const oldest = classes.map((each) => each.oldestAt).filter((at) => at !== undefined);
    return {
      classes,
      depth: classes.reduce((sum, each) => sum + each.depth, 0),
      bytes: classes.reduce((sum, each) => sum + each.bytes, 0),
      oldestAt: oldest.length === 0 ? undefined : Math.min(...oldest),
      ...rest,
      accepted: this.#accepted,
      rejectedNotXml: this.#rejectedNotXml,
      rejectedFull: this.#rejectedFull,
      rejectedHeld: this.#rejectedHeld,
    };
  }

  async listBad(
    offset: number,
    limit: number,
    query: BadEventQuery = {},
  ): Promise<{ total: number; events: BadEvent[] }> {
    return (await this.#call('listBad', offset, limit, query)) as { total: number; events: BadEvent[] };
  }

  async badGroups(filter: BadEventFilter): Promise<BadEventGroups> {
    return (await this.#call('badGroups', filter)) as BadEventGroups;
  }

  async badIds(filter: BadEventFilter, after: number, limit: number): Promise<number[]> {
    return (await this.#call('badIds', filter, after, limit)) as number[];
  }

  async readBad(id: number): Promise<BadEvent | undefined> {
    return (await this.#call('readBad', id)) as BadEvent | undefined;
  }

  async payload(id: number, maxBytes: number): Promise<{ text: string; bytes: Uint8Array; cut: boolean } | undefined> {
    const found = (await this.#call('payload', id, maxBytes)) as { bytes: Uint8Array; cut: boolean } | undefined;
    return found === undefined ? undefined : { ...found, text: bodyPreview(found.bytes) };
  }

  async retry(ids: readonly number[]): Promise<number> {
    return (await this.#call('retry', ids)) as number;
  }

  async discard(ids: readonly number[]): Promise<number> {
    return (await this.#call('discard', ids)) as number;
  }

  async processorPort(): Promise<MessagePort> {
    await this.#ready;
    const { port1, port2 } = new MessageChannel();
    const message: ToQueue = { op: 'connect', port: port1 };
    this.#worker!.postMessage(message, [port1]);
    return port2;
  }

  async stop(): Promise<void> {
    if (this.#stopping) return;
    const worker = this.#worker;
    while (
      this.#worker !== undefined &&
      (this.#waiting.length > 0 || this.#inFlight.length > 0 || this.#files.depth > 0)
    )
      await this.#settled();
    this.#stopping = true;
    if (worker === undefined || this.#worker === undefined) return;
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    worker.postMessage({ op: 'stop' } satisfies ToQueue);
    await ended;
  }

  #settled(): Promise<void> {
    if (this.#waiting.length === 0 && this.#inFlight.length === 0)
      return new Promise((resolve) => setTimeout(resolve, 20));
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #tellIdle(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
