/** A thread that takes files into the store, one at a time. */
import { workerData } from 'node:worker_threads';
import { ingestFile, type IngestJob } from './ingestFile.ts';
import { ObjectStore } from './objectStore.ts';
import { answerCalls } from './threadCalls.ts';

const store = new ObjectStore((workerData as { storeFolder: string }).storeFolder);
/** Progress is told for large files only: a message a megabyte would be felt. */
const TELL_BYTES = 16 * 1024 * 1024;

const methods = {
  ingest(job: IngestJob): string {
    let untold = 0;
    const hash = ingestFile(store, job, (bytes) => {
      untold += bytes;
      if (untold < TELL_BYTES) return;
      tell(untold);
      untold = 0;
    });
    tell(untold);
    return hash;
  },
};

const tell = answerCalls(methods);

export type IngestMethods = typeof methods;
