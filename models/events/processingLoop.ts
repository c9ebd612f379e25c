/**
 * Claims events, applies them and tells the queue what became of them, for ever. Slices are kept short: on SQLite a
 * transaction blocks everybody else who writes, the thread that speaks HTTP included (house.md, "write transactions").
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { MessagePort } from 'node:worker_threads';
import { CmdbUnavailable } from '../cmdb/types.ts';
import { DataClasses } from '../inventory/dataClasses.ts';
import { CaptureItems, type OtherGuids } from './captureItems.ts';
import { EventRejected } from './eventRejected.ts';
import type { Outcome, QueuedEvent } from './outcome.ts';
import { applyEvents, stageEvent, type ProcessDeps, type ReadyEvent } from './process.ts';
import type { ProducerTally } from './producers.ts';
import { SPOOL_BYTES, type QueueClass } from './queueClasses.ts';
import { packOutcomes, unpackLease } from './packing.ts';
import type { FromProcessor, ToProcessor } from './queueMessages.ts';

export interface ProcessingReport {
  applied: number;
  bad: { id: number; reason: string }[];
  /** The CMDB went away (false) or came back (true); undefined: no news. */
  cmdbAnswers?: boolean;
}

export interface LoopOptions {
  port: MessagePort;
  cmdb: ProcessDeps['cmdb'];
  clock: ProcessDeps['clock'];
  spoolFolder: string;
  /** The vendor's GUIDs, by the names that wellKnown.ts gives ours. */
  otherGuids?: { captureItems: OtherGuids; dataClasses: OtherGuids };
  classes: readonly QueueClass[];
  report: (report: ProcessingReport) => void;
  /** Counts who sends how much. */
  tally?: Pick<ProducerTally, 'count'>;
  signal: AbortSignal;
}

/** A slice's statements should take about so long at most; the commit comes on top, however small the slice. */
export const SLICE_MS = 20;
/** What events cost goes by their size more than by their number. */
const SMALLEST_SLICE_BYTES = 16 * 1024;
const LARGEST_SLICE_BYTES = 4 * 1024 * 1024;
const FIRST_SLICE_BYTES = 64 * 1024;
const LARGEST_SLICE = 512;
const LONGEST_WAIT_MS = 30_000;
const CLASSES_KEPT_MS = 5000;

export class ProcessingLoop {
  readonly #options: LoopOptions;
  readonly #items: CaptureItems;
  #classes: DataClasses | undefined;
  #classesLoadedAt = 0;
  #sliceBytes = FIRST_SLICE_BYTES;
  #turn = 0;
  /** Ends the waiting for the slice that was asked for. */
  #given: ((events: QueuedEvent[] | undefined) => void) | undefined;

  constructor(options: LoopOptions) {
    this.#options = options;
    this.#items = new CaptureItems(options.otherGuids?.captureItems);
  }

  /**
   * Resolves when the signal stops it, between two slices. The next slice is asked for before one is applied, so that
   * the queue's thread reads while this one writes; the order of a sender's events is safe, for none of a sender that has
   * events leased is given out.
   */
  async run(): Promise<void> {
    const { port, signal } = this.#options;
    signal.addEventListener('abort', () => this.#given?.(undefined), { once: true });
    port.on('message', ({ lease }: ToProcessor) => this.#given?.(unpackLease(lease)));
    let coming = this.#claim();
    while (!signal.aborted) {
      const events = await coming;
      if (events === undefined || signal.aborted) break;
      coming = this.#claim();
      await this.#work(events);
    }
    this.#send({ op: 'bye' });
  }

  /** Asks for a slice. One answer comes to each claim, when there is something to do; `undefined`: it is told to stop. */
  #claim(): Promise<QueuedEvent[] | undefined> {
    const given = new Promise<QueuedEvent[] | undefined>((resolve) => (this.#given = resolve));
    const claim = { classes: this.#nextClasses(), count: LARGEST_SLICE, bytes: this.#sliceBytes };
    this.#send({ op: 'claim', claim });
    return given;
  }

  #send(message: FromProcessor): void {
    this.#options.port.postMessage(message);
  }

  /** No class outranks another: each is asked first in its turn. */
  #nextClasses(): QueueClass[] {
    const { classes } = this.#options;
    const first = this.#turn++ % classes.length;
    return [...classes.slice(first), ...classes.slice(0, first)];
  }

  async #work(events: readonly QueuedEvent[]): Promise<void> {
    const classes = await this.#untilCmdbAnswers(() => this.#knownClasses());
    if (classes === undefined) return;
    const outcomes: Outcome[] = [];
    const ready: ReadyEvent[] = [];
    for (const event of events) {
      try {
        ready.push(stageEvent({ classes, captureItems: this.#items, spoolFolder: this.#options.spoolFolder }, event));
      } catch (error) {
        outcomes.push(faultOf(event, error));
      }
    }
    const { cmdb, clock, spoolFolder } = this.#options;
    const size = ready.length === 0 ? 0 : bytesOf(events) / ready.length;
    const measured = (milliseconds: number, count: number): void => this.#adapt(milliseconds, count * size);
    const applied = await this.#untilCmdbAnswers(() =>
      applyEvents({ cmdb, clock, spoolFolder, classes, measured }, ready),
    );
    if (applied === undefined) return;
    outcomes.push(...applied);
    this.#send({ op: 'settle', outcomes: packOutcomes(outcomes) });
    this.#report(outcomes);
    this.#options.tally?.count(events, ready, outcomes);
  }

  #adapt(milliseconds: number, bytes: number): void {
    const fitting = (bytes * SLICE_MS) / Math.max(milliseconds, 1);
    // Half-way each time: one slow slice is no measure.
    const next = Math.round((this.#sliceBytes + fitting) / 2);
    this.#sliceBytes = Math.max(SMALLEST_SLICE_BYTES, Math.min(LARGEST_SLICE_BYTES, next));
  }

  /** Tries again with growing pauses; events stay leased meanwhile. `undefined`: it was told to stop. */
  async #untilCmdbAnswers<T>(work: () => Promise<T>): Promise<T | undefined> {
    let pause = 250;
    let away = false;
    while (!this.#options.signal.aborted) {
      try {
        const result = await work();
        if (away) this.#options.report({ applied: 0, bad: [], cmdbAnswers: true });
        return result;
      } catch (error) {
        if (!(error instanceof CmdbUnavailable)) throw error;
        if (!away) this.#options.report({ applied: 0, bad: [], cmdbAnswers: false });
        away = true;
        await wait(pause, undefined, { signal: this.#options.signal }).catch(() => undefined);
        pause = Math.min(pause * 2, LONGEST_WAIT_MS);
      }
    }
    return undefined;
  }

  /** Read anew now and then, for administrators define classes while we run. */
  async #knownClasses(): Promise<DataClasses> {
    const now = performance.now();
    if (this.#classes === undefined || now - this.#classesLoadedAt > CLASSES_KEPT_MS) {
      this.#classes = await DataClasses.load(this.#options.cmdb, this.#options.otherGuids?.dataClasses);
      this.#classesLoadedAt = now;
    }
    return this.#classes;
  }

  #report(outcomes: readonly Outcome[]): void {
    const bad = outcomes.flatMap((outcome) =>
      outcome.kind === 'bad' ? [{ id: outcome.id, reason: outcome.reason }] : [],
    );
    const applied = outcomes.filter((outcome) => outcome.kind === 'done').length;
    this.#options.report({ applied, bad });
  }
}

/** A body in a file is as large at least as what makes it one. */
function bytesOf(events: readonly QueuedEvent[]): number {
  return events.reduce((sum, { body }) => sum + (body instanceof Uint8Array ? body.length : SPOOL_BYTES), 0);
}

function faultOf({ id }: QueuedEvent, error: unknown): Outcome {
  if (error instanceof EventRejected) return { id, kind: 'bad', reason: error.message };
  return { id, kind: 'later', reason: `Reading the event failed: ${(error as Error).message}.` };
}
