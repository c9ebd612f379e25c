/**
 * The thread that watches the folders of packages: it looks at one after the other, soon where something was heard or is
 * changing, else from time to time, and never longer than a fifth of the time.
 */
import { workerData } from 'node:worker_threads';
import type { Guid } from '../../../wire/guid.ts';
import { answerCalls } from '../snapshot/threadCalls.ts';
import { SourceProblem, type SourceLimits } from '../sources/source.ts';
import { sourceOf } from '../sources/sources.ts';
import { stampFolder, type FolderStamp } from './folderStamp.ts';
import { Listeners } from './listeners.ts';
import { Quiet } from './quiet.ts';

export interface WatchData {
  limits: SourceLimits;
  /** Milliseconds without a change after which a change is over. */
  quietMs: number;
  /** Milliseconds between looks where nothing is heard. */
  pollMs: number;
}

export interface Watched {
  guid: Guid;
  kind: string;
  address: string;
}

/** The package whose folder has changed. */
export interface Changed {
  guid: Guid;
}

const { limits, quietMs, pollMs } = workerData as WatchData;
/** A look costs so many times its length in rest. */
const REST = 4;

interface Watching extends Watched {
  quiet: Quiet;
  listeners: Listeners;
  /** Milliseconds since 1970. */
  lookAt: number;
}

const watching = new Map<Guid, Watching>();
let timer: NodeJS.Timeout | undefined;

const methods = {
  /** What is to be watched from now on. */
  watch(list: readonly Watched[]): void {
    const wanted = new Map(list.map((one) => [one.guid, one]));
    for (const [guid, one] of watching) {
      const now = wanted.get(guid);
      if (now?.kind === one.kind && now.address === one.address) continue;
      one.listeners.close();
      watching.delete(guid);
    }
    for (const one of list) if (!watching.has(one.guid)) watching.set(one.guid, begin(one));
    wait(0);
  },
};

const tell = answerCalls(methods);

export type WatchMethods = typeof methods;

function begin(watched: Watched): Watching {
  const one: Watching = {
    ...watched,
    quiet: new Quiet(quietMs),
    lookAt: Date.now(),
    listeners: new Listeners(() => {
      one.quiet.heard(Date.now());
      one.lookAt = Math.min(one.lookAt, Date.now() + quietMs);
      wait(0);
    }),
  };
  return one;
}

/** Until the next look is due, and no shorter than the rest after the last one. */
function wait(rest: number): void {
  if (isLooking) return;
  restUntil = Math.max(restUntil, Date.now() + rest);
  clearTimeout(timer);
  const next = Math.min(...[...watching.values()].map((one) => one.lookAt));
  if (next === Infinity) return;
  timer = setTimeout(() => void lookAtNext(), Math.max(next, restUntil) - Date.now());
}

let isLooking = false;
let restUntil = 0;

async function lookAtNext(): Promise<void> {
  isLooking = true;
  const began = Date.now();
  const [one] = [...watching.values()].sort((a, b) => a.lookAt - b.lookAt);
  if (one !== undefined && one.lookAt <= began) await look(one);
  isLooking = false;
  wait(REST * (Date.now() - began));
}

async function look(one: Watching): Promise<void> {
  const { stamp, folders } = await stampOf(one);
  // Taken from the list while it was looked at.
  if (watching.get(one.guid) !== one) return;
  one.listeners.follow(folders);
  const now = Date.now();
  if (one.quiet.look(stamp, now)) tell({ guid: one.guid } satisfies Changed);
  one.lookAt = now + (one.quiet.isChanging ? quietMs : pollMs);
}

/** A source that cannot be found, whatever the reason, stands in its own way: when that changes, it is looked at. */
async function stampOf({ kind, address }: Watched): Promise<FolderStamp> {
  try {
    const folder = await sourceOf(kind).folder?.(address, limits);
    return folder === undefined ? { stamp: '', folders: new Map() } : stampFolder(folder);
  } catch (error) {
    return { stamp: error instanceof SourceProblem ? error.state : 'failed', folders: new Map() };
  }
}
