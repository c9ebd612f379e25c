/** The queue and processing threads on a data folder of their own, without a server around them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { migrate } from '../../models/cmdb/migrate.ts';
import { openSqlite, type SqliteCmdb } from '../../models/cmdb/sqlite.ts';
import type { ProcessingReport } from '../../models/events/processingLoop.ts';
import { QUEUE_CLASSES } from '../../models/events/queueClasses.ts';
import type { LimitChanges } from '../../models/events/queueLimits.ts';
import { spoolFolder } from '../../models/events/spool.ts';
import { ThreadQueue } from '../../models/events/threadQueue.ts';
import type { Guid } from '../../wire/guid.ts';
import { WKS_042 } from './support.ts';

export class Pipeline {
  readonly dataDir: string;
  readonly cmdb: SqliteCmdb;
  queue: ThreadQueue;
  readonly #limits: LimitChanges;
  readonly reports: ProcessingReport[] = [];
  #worker: Worker | undefined;

  private constructor(dataDir: string, cmdb: SqliteCmdb, queue: ThreadQueue, limits: LimitChanges) {
    this.#limits = limits;
    this.dataDir = dataDir;
    this.cmdb = cmdb;
    this.queue = queue;
  }

  static async open(limits: LimitChanges = { maxEvents: 100_000, maxBytes: 1e9 }): Promise<Pipeline> {
    const dataDir = mkdtempSync(join(tmpdir(), 'ns-pipeline-'));
    const cmdb = openSqlite(join(dataDir, 'cmdb.sqlite'));
    await migrate(cmdb);
    return new Pipeline(dataDir, cmdb, await ThreadQueue.open({ cmdb: undefined, dataDir }, limits), limits);
  }

  /** On a folder that another process has used before. */
  static async on(dataDir: string): Promise<Pipeline> {
    const cmdb = openSqlite(join(dataDir, 'cmdb.sqlite'));
    const limits = { maxEvents: 100_000, maxBytes: 1e9 };
    return new Pipeline(dataDir, cmdb, await ThreadQueue.open({ cmdb: undefined, dataDir }, limits), limits);
  }

  async startProcessing(): Promise<void> {
    const port = await this.queue.processorPort();
    const workerData = {
      port,
      cmdb: this.cmdb.location,
      spoolFolder: spoolFolder(this.dataDir),
      classes: QUEUE_CLASSES,
    };
    const worker = new Worker(new URL('../../app/services/eventProcessingThread.ts', import.meta.url), {
      workerData,
      transferList: [port],
    });
    worker.on('message', (report: ProcessingReport) => this.reports.push(report));
    worker.on('error', (error) => {
      throw error;
    });
    this.#worker = worker;
  }

  /** Ends the thread wherever it is, as a crash would. */
  async killProcessing(): Promise<void> {
    await this.#worker?.terminate();
    this.#worker = undefined;
  }

  async stopProcessing(): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    worker.postMessage('stop');
    await ended;
    this.#worker = undefined;
  }

  accept(
    body: string | Uint8Array,
    sender: Guid = WKS_042,
    receivedAt = Date.parse('2021-01-01T00:00:00Z'),
  ): Promise<void> {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    return this.queue.accept({ body: bytes, sender, proven: true, priority: 0, receivedAt });
  }

  /** As a new process finds it. */
  async reopenQueue(): Promise<void> {
    await this.queue.stop();
    this.queue = await ThreadQueue.open({ cmdb: undefined, dataDir: this.dataDir }, this.#limits);
  }

  /** Resolves when nothing waits any more. */
  async drained(): Promise<void> {
    while ((await this.queue.state()).depth > 0) await wait(20);
  }

  /** Everything but the folder. */
  async stop(): Promise<void> {
    await this.stopProcessing();
    await this.queue.stop();
    await this.cmdb.close();
  }

  async close(): Promise<void> {
    await this.stop();
    rmSync(this.dataDir, { recursive: true });
  }
}
