/** Builds a snapshot of a folder: the server's side of the build's thread. */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { Guid } from '../../../wire/guid.ts';
import type { Cmdb } from '../../cmdb/types.ts';
import { SourceProblem } from '../sources/source.ts';
import { lendThread, takeBack } from './buildThreads.ts';
import type { BuildData } from './buildThread.ts';
import type { ObjectStore } from './objectStore.ts';
import type { BuiltSnapshot } from './publish.ts';
import { writeFileRows } from './snapshotRows.ts';

export interface BuildProgress {
  /** `fetching`: from the web, before there is anything to scan. */
  phase: 'fetching' | 'scanning' | 'hashing' | 'publishing';
  /** Files read so far, and to be read: unchanged ones are not among them. */
  files: number;
  totalFiles: number;
  bytes: number;
  totalBytes: number;
}

export interface BuildOptions {
  cmdb: Cmdb;
  store: ObjectStore;
  packageGuid: Guid;
  /** Folder of the source, links resolved. */
  root: string;
  /** Bytes of the store's disk that a build leaves free. */
  reserveBytes: number;
  onProgress: (progress: BuildProgress) => void;
  signal: AbortSignal;
}

/**
 * The heap of a thread that had more before it is not lent on: what has grown in it stays for a while, and beside so large
 * a package the start of another thread does not count.
 */
const MOST_ROWS_FOR_REUSE = 20_000;

/**
 * Builds and hands the result to `use`; everything of the build is gone when this resolves.
 * @throws SourceProblem, or the signal's reason
 */
export async function buildSnapshot<T>(options: BuildOptions, use: (built: BuiltSnapshot) => Promise<T>): Promise<T> {
  const { cmdb, store, packageGuid, root, signal, onProgress } = options;
  signal.throwIfAborted();
  const build = randomUUID();
  const progress: BuildProgress = { phase: 'scanning', files: 0, totalFiles: 0, bytes: 0, totalBytes: 0 };
  const data: BuildData = { root, storeFolder: store.folder, packageGuid, build, reserveBytes: options.reserveBytes };
  const thread = lendThread((done) => onProgress(Object.assign(progress, done)));
  // Ending the thread rejects the call that is under way.
  const abort = (): void => void thread.end();
  signal.addEventListener('abort', abort, { once: true });
  let isReusable = false;
  try {
    onProgress(progress);
    const { newFiles, newBytes } = await thread.call('scan', data);
    onProgress(Object.assign(progress, { phase: 'hashing', totalFiles: newFiles, totalBytes: newBytes }));
    const result = await thread.call('ingest');
    const writeRows = (version: number): Promise<void> => {
      const path = fileOf(cmdb);
      return path === undefined
        ? writeFileRows(cmdb, packageGuid, version, result.rows, (from, count) => thread.call('rows', from, count))
        : thread.call('writeRows', path, version);
    };
    const used = await use({ ...result, writeRows });
    if (result.rows <= MOST_ROWS_FOR_REUSE) {
      await thread.call('forget');
      isReusable = true;
    }
    return used;
  } catch (error) {
    signal.throwIfAborted();
    throw explainStoreError(error);
  } finally {
    signal.removeEventListener('abort', abort);
    if (isReusable && !signal.aborted) takeBack(thread);
    else await thread.end();
    await rm(store.incomingFolder(build), { recursive: true, force: true });
  }
}

/** On SQLite the thread writes for itself: a commit waits for the disk, which is busy with what was just stored. */
function fileOf({ engine, location }: Cmdb): string | undefined {
  const path = location.slice('sqlite:'.length);
  return engine === 'sqlite' && path !== ':memory:' ? path : undefined;
}

function explainStoreError(error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new SourceProblem('failed', 'The disk of the package store is full.', { cause: error });
}
