/** One run of the purge, from the lease to the record of what it did. */
import { utc, type Clock } from '../clock.ts';
import type { Cmdb } from '../cmdb/types.ts';
import { endLease, takeLease } from './lease.ts';
import { sampleSpace } from './measureSpace.ts';
import { purge } from './purge.ts';
import { beginRun, endRun, LOST_AFTER_MS, noteProgress, type RunState } from './purgeRuns.ts';

const LEASE = 'purge';
/** Progress is for people: more often would be writing for its own sake. */
const NOTE_EVERY_MS = 1000;

export interface RunOptions {
  cmdb: Cmdb;
  clock: Clock;
  dataDir: string;
  /** The machine, for people. */
  node: string;
  /** Different for every run: holds the lease. */
  owner: string;
  requestedBy: string;
  maxMinutes: number;
  pause: (took: number) => Promise<void>;
  signal: AbortSignal;
}

/** Answers how it ended; `busy` when another node is at it. Sizes are sampled at the end. */
export async function runPurge(options: RunOptions): Promise<RunState | 'busy'> {
  const { cmdb, clock, owner } = options;
  if (!(await takeLease(cmdb, clock, LEASE, owner, LOST_AFTER_MS))) return 'busy';
  try {
    const id = await beginRun(cmdb, clock, options.node, options.requestedBy);
    const state = await purgeUnder(options, id);
    if (state === 'done' || state === 'overran') await sampleSpace(cmdb, clock, options.dataDir);
    return state;
  } finally {
    await endLease(cmdb, LEASE, owner);
  }
}

async function purgeUnder(options: RunOptions, id: number): Promise<RunState> {
  const { cmdb, clock, owner, pause, signal } = options;
  const until = clock.now() + options.maxMinutes * 60_000;
  let ending: RunState = 'done';
  let removedSoFar = 0;
  let notedAt = 0;
  const progress = async (step: string, planned: number, removed: number): Promise<boolean> => {
    removedSoFar = removed;
    if (clock.now() - notedAt >= NOTE_EVERY_MS) {
      notedAt = clock.now();
      await noteProgress(cmdb, clock, id, { step, planned, removed });
      if (!(await takeLease(cmdb, clock, LEASE, owner, LOST_AFTER_MS))) ending = 'interrupted';
    }
    if (signal.aborted) ending = 'interrupted';
    else if (clock.now() > until) ending = 'overran';
    return ending !== 'done';
  };
  try {
    const result = await purge({ cmdb, clock, pause, progress });
    await endRun(cmdb, clock, id, ending, result);
    return ending;
  } catch (error) {
    await endRun(cmdb, clock, id, 'failed', { removed: removedSoFar, detail: [] }).catch(() => undefined);
    throw error;
  }
}

/** Whether sizes were sampled today. */
export async function isSampledToday({ db }: Cmdb, clock: Clock): Promise<boolean> {
  const row = await db
    .selectFrom('SpaceSample')
    .select((is) => is.fn.max('DayAt').as('LastAt'))
    .executeTakeFirstOrThrow();
  return row.LastAt !== null && (row.LastAt as string).slice(0, 10) === utc(clock.now()).slice(0, 10);
}
