/**
 * Looks after the child process from a second thread, while its first is inside SQLite: ends it when it takes too much
 * memory, when its time is long over, and when the server that would have ended it is gone.
 */
import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import type { ChildAnswer } from './childMessages.ts';

const { memoryLimit, timeLimit, parent } = workerData as { memoryLimit: number; timeLimit: number; parent: number };

const LOOK_MS = 20;
const STDOUT = 1;
const startedAt = performance.now();

function look(): void {
  if (process.memoryUsage.rss() > memoryLimit) {
    writeSync(STDOUT, `${JSON.stringify({ state: 'memory' } satisfies ChildAnswer)}\n`);
    process.kill(process.pid, 'SIGKILL');
  }
  if (performance.now() - startedAt > timeLimit || process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
}

setInterval(look, LOOK_MS);
