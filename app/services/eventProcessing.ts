/**
 * Applies queued events in threads of their own: some for what is small and one for large inventories, so that a
 * 20 MB inventory holds up no status message. A thread that dies is started again; its events are tried anew.
 */
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import type { ProcessingReport } from '../../models/events/processingLoop.ts';
import { LARGE_CLASSES, SMALL_CLASSES, type QueueClass } from '../../models/events/queueClasses.ts';
import { spoolFolder } from '../../models/events/spool.ts';
import { smallWorkers } from '../../models/events/workers.ts';
import type { AppContext } from '../context.ts';
import type { ProcessingThreadData } from './eventProcessingThread.ts';
import type { Service } from './service.ts';

const RESTART_MS = 1000;
const LOOK_FOR_LARGE_MS = 1000;
/** A body that explodes in memory ends its thread, not the server; it is then tried alone and put aside. */
const MOST_MEMORY_MB = 1024;
/** A slice of events dies young only where it fits: promoted, it would be marked and compacted four times a second. */
const YOUNG_MB = 24;
// The launcher's small young generation (bin/ns.js) is for the main thread, which has it by now. V8 puts the flag before
// the limits of a thread.
setFlagsFromString('--max-semi-space-size=0');

export function eventProcessing(context: AppContext): Service {
  const small = Array.from(
    { length: smallWorkers(context.settings.eventWorkers) },
    () => new Lane(context, SMALL_CLASSES),
  );
  const large = new Lane(context, LARGE_CLASSES);
  let timer: NodeJS.Timeout | undefined;
  return {
    start: async () => {
      for (const lane of small) await lane.start();
      // A thread costs memory: many servers never see a large event.
      timer = setInterval(() => {
        if (!context.queue.largeWaiting()) return;
        clearInterval(timer);
        void large.start();
      }, LOOK_FOR_LARGE_MS);
    },
    stop: async () => {
      clearInterval(timer);
      await Promise.all([...small, large].map((lane) => lane.stop()));
    },
  };
}

class Lane {
  readonly #context: AppContext;
  readonly #classes: readonly QueueClass[];
  #worker: Worker | undefined;
  #ended: Promise<void> = Promise.resolve();
  #stopping = false;

  constructor(context: AppContext, classes: readonly QueueClass[]) {
    this.#context = context;
    this.#classes = classes;
  }

  /** Goes on trying while it fails. */
  async start(): Promise<void> {
    try {
      await this.#startThread();
    } catch (error) {
      this.#context.log.error({ err: error, classes: this.#classes }, 'events cannot be processed now');
      this.#startLater();
    }
  }

  #startLater(): void {
    if (!this.#stopping) setTimeout(() => void this.start(), RESTART_MS).unref();
  }

  async #startThread(): Promise<void> {
    if (this.#stopping) return;
    const { settings, queue, log } = this.#context;
    const port = await queue.processorPort();
    const workerData: ProcessingThreadData = {
      port,
      cmdb: settings.cmdb,
      spoolFolder: spoolFolder(settings.dataDir),
      otherGuids: { captureItems: settings.captureItemGuids, dataClasses: settings.dataClassGuids },
      classes: this.#classes,
    };
    const worker = new Worker(new URL('./eventProcessingThread.ts', import.meta.url), {
      workerData,
      transferList: [port],
      name: `events ${this.#classes.join(' ')}`,
      resourceLimits: { maxOldGenerationSizeMb: MOST_MEMORY_MB, maxYoungGenerationSizeMb: YOUNG_MB },
    });
    this.#worker = worker;
    worker.on('message', (report: ProcessingReport) => this.#hear(report));
    worker.on('error', (error) =>
      log.error({ err: error, classes: this.#classes }, 'a thread that processes events failed'),
    );
    this.#ended = new Promise((resolve) => {
      worker.on('exit', () => {
        this.#worker = undefined;
        resolve();
        this.#startLater();
      });
    });
    if (this.#stopping) worker.postMessage('stop');
  }

  #hear({ applied, bad, cmdbAnswers }: ProcessingReport): void {
    const { counters, log } = this.#context;
    if (applied > 0) counters.add('eventsApplied', applied);
    if (bad.length > 0) counters.add('eventsBad', bad.length);
    for (const { id, reason } of bad) log.warn({ event: id, reason }, 'an event was put aside');
    if (cmdbAnswers === false) log.error('the CMDB does not take events now; they wait');
    else if (cmdbAnswers === true) log.info('the CMDB takes events again');
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#worker?.postMessage('stop');
    await this.#ended;
  }
}
