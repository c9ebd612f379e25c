import { availableParallelism } from 'node:os';

/** Threads that apply small events: at most half of the cores unless somebody says otherwise (KB 205352). */
export function smallWorkers(setting: number): number {
  return setting === 0 ? Math.max(1, Math.floor(availableParallelism() / 2)) : setting;
}
