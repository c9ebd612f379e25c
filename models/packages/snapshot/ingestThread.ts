/** A thread that takes files into the store, one at a time. */
import { closeSync, writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { ingestFile, type IngestJob } from './ingestFile.ts';
import { ObjectStore } from './objectStore.ts';
import { isOldEnough, memoryLine, openJournal, type MemoryFiles } from './scanMemory.ts';
import { answerCalls } from './threadCalls.ts';

export interface IngestData {
  storeFolder: string;
  root: string;
  memory: MemoryFiles;
  /** Milliseconds since 1970. */
  scannedAt: number;
}

export interface IngestProgress {
  files: number;
  bytes: number;
}

const { storeFolder, root, memory, scannedAt } = workerData as IngestData;
const store = new ObjectStore(storeFolder);
const journal = openJournal(memory, root);

/** Messages of progress: a person cannot read more of them. */
const TELL_MS = 100;

let untold: IngestProgress = { files: 0, bytes: 0 };
let toldAt = 0;

function note(files: number, bytes: number): void {
  untold.files += files;
  untold.bytes += bytes;
  const now = performance.now();
  if (now - toldAt < TELL_MS) return;
  toldAt = now;
  tell(untold);
  untold = { files: 0, bytes: 0 };
}

const methods = {
  /** Answers the hashes in the order of the jobs. */
  ingest(jobs: readonly IngestJob[]): string[] {
    return jobs.map((job) => {
      let bytes = 0;
      const hash = ingestFile(store, job, (more) => {
        bytes += more;
        note(0, more);
      });
      // From now on a build that takes over, whatever becomes of this one, need not read the file again.
      if (isOldEnough(job.file, scannedAt)) writeSync(journal, memoryLine(hash, job.file));
      note(1, job.file.size - bytes);
      return hash;
    });
  },

  close(): void {
    tell(untold);
    closeSync(journal);
  },
};

const tell = answerCalls(methods);

export type IngestMethods = typeof methods;
