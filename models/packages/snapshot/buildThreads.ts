/**
 * Threads of builds. To start one takes as long as to look at thousands of files, so one that is free waits a while for
 * the next build: packages are mostly looked at one after the other.
 */
import type { BuildMethods } from './buildThread.ts';
import type { IngestProgress } from './ingestThread.ts';
import { Thread } from './threadCalls.ts';

/** A million files fit; what dies young is collected often, so that little of it grows old. */
const LIMITS = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 1024 };
const WAIT_MS = 5000;

export type BuildThread = Thread<BuildMethods>;

let free: { thread: BuildThread; timer: NodeJS.Timeout } | undefined;

export function lendThread(onProgress: (done: IngestProgress) => void): BuildThread {
  if (free === undefined || free.thread.hasEnded) {
    return new Thread<BuildMethods>(new URL('./buildThread.ts', import.meta.url), {}, { onProgress, limits: LIMITS });
  }
  const { thread, timer } = free;
  free = undefined;
  clearTimeout(timer);
  thread.onProgress = onProgress;
  thread.keepAlive(true);
  return thread;
}

/** Of a build that went well: nothing is under way in it. One waits; others, of builds side by side, end. */
export function takeBack(thread: BuildThread): void {
  if (free !== undefined || thread.hasEnded) return void thread.end();
  // Nobody waits for it: a command ends when its work is done.
  thread.keepAlive(false);
  const end = (): void => {
    free = undefined;
    void thread.end();
  };
  free = { thread, timer: setTimeout(end, WAIT_MS).unref() };
}
