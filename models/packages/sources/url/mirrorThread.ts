/**
 * The thread that brings a source from the web: it may use the synchronous calls of the file system, unpack and hash
 * without holding anybody up, and is simply ended when the refresh is cancelled. That is no worse than a crash, after
 * which the next try goes on where this one was.
 */
import { workerData } from 'node:worker_threads';
import { answerCalls } from '../../snapshot/threadCalls.ts';
import type { FetchProgress } from '../source.ts';
import { mirror, type MirrorJob } from './mirror.ts';

const TELL_MS = 200;
let toldAt = 0;

const methods = {
  /** @throws SourceProblem */
  bring(): Promise<string> {
    return mirror(workerData as MirrorJob, (progress: FetchProgress) => {
      if (Date.now() - toldAt < TELL_MS) return;
      toldAt = Date.now();
      tell(progress);
    });
  },
};

const tell = answerCalls(methods);

export type MirrorMethods = typeof methods;
