/**
 * The thread of one build: scans the source, has what is new taken into the store, and keeps the result until the
 * server's thread has written it to the CMDB. The server's thread never holds more than a slice of it.
 */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { workerData } from 'node:worker_threads';
import { manifestHash, type ManifestFile } from '../../../wire/manifest.ts';
import type { Guid } from '../../../wire/guid.ts';
import type { IngestMethods } from './ingestThread.ts';
import { ObjectStore } from './objectStore.ts';
import { changed, sameStamp, scanFolder, type ScannedFile } from './scanFolder.ts';
import { ScanMemory, type HashedFile } from './scanMemory.ts';
import { answerCalls, Thread } from './threadCalls.ts';

export interface BuildData {
  root: string;
  storeFolder: string;
  packageGuid: Guid;
  /** Name of the build's own folder in the store. */
  build: string;
}

export interface ScanResult {
  files: number;
  bytes: number;
  /** What has to be read and stored. */
  newFiles: number;
  newBytes: number;
}

export interface BuildResult {
  hash: string;
  fileCount: number;
  totalSize: number;
  /** Files and empty folders. */
  rows: number;
}

export interface IngestProgress {
  files: number;
  bytes: number;
}

const MOST_THREADS = 8;
const REMEMBER_MS = 30_000;

const { root, storeFolder, packageGuid, build } = workerData as BuildData;
const store = new ObjectStore(storeFolder);
const scannedAt = Date.now();
let files: HashedFile[] = [];
let missing: HashedFile[] = [];

const methods = {
  scan(): ScanResult {
    const memory = ScanMemory.read(store.scanFile(packageGuid), root);
    files = scanFolder(root).map((file) => ({ ...file, hash: file.folder ? '' : knownHash(memory, file) }));
    missing = files.filter((file) => !file.folder && file.hash === '');
    return { files: files.length, bytes: sizeOf(files), newFiles: missing.length, newBytes: sizeOf(missing) };
  },

  /** @throws SourceProblem */
  async ingest(): Promise<BuildResult> {
    if (missing.length > 0) await ingestMissing();
    const manifest = files.map(manifestFile);
    return {
      hash: manifestHash(manifest),
      fileCount: manifest.filter((file) => !file.folder).length,
      totalSize: sizeOf(files),
      rows: manifest.length,
    };
  },

  rows(from: number, count: number): ManifestFile[] {
    return files.slice(from, from + count).map(manifestFile);
  },
};

const tell = answerCalls(methods);

export type BuildMethods = typeof methods;

const sizeOf = (some: readonly ScannedFile[]): number =>
  some.reduce((sum, file) => sum + (file.folder ? 0 : file.stamp.size), 0);

const manifestFile = (file: HashedFile): ManifestFile => ({
  path: file.path,
  size: file.folder ? 0 : file.stamp.size,
  date: file.date,
  hash: file.hash,
  executable: file.executable,
  folder: file.folder,
});

/** A hash is known only as long as its content is there. */
function knownHash(memory: ScanMemory, file: ScannedFile): string {
  const hash = memory.hashOf(file);
  return hash !== undefined && existsSync(store.objectPath(hash)) ? hash : '';
}

/** @throws SourceProblem */
async function ingestMissing(): Promise<void> {
  try {
    await ingestAll();
    // One moment for all files: whoever was changing the folder while its files were read is noticed here.
    rejectChanges(scanFolder(root));
    syncFolders();
  } finally {
    // Also of a build that fails: what was read need not be read again.
    remember();
  }
}

async function ingestAll(): Promise<void> {
  mkdirSync(store.incomingFolder(build), { recursive: true, mode: 0o750 });
  const done: IngestProgress = { files: 0, bytes: 0 };
  const onBytes = (bytes: number): void => {
    done.bytes += bytes;
    tell({ ...done });
  };
  const script = new URL('./ingestThread.ts', import.meta.url);
  // More than one also on one core: small files are mostly waiting for the disk.
  const count = Math.min(Math.max(2, availableParallelism()), MOST_THREADS, missing.length);
  const threads = Array.from({ length: count }, () => new Thread<IngestMethods>(script, { storeFolder }, onBytes));
  const waiting = [...missing.entries()].values();
  let rememberedAt = scannedAt;
  const work = async (thread: Thread<IngestMethods>): Promise<void> => {
    // The threads share one iterator: each takes the next file when it is free.
    for (const [index, file] of waiting) {
      file.hash = await thread.call('ingest', {
        source: join(root, file.diskPath),
        path: file.path,
        stamp: file.stamp,
        temporary: join(store.incomingFolder(build), String(index)),
      });
      done.files++;
      if (Date.now() - rememberedAt > REMEMBER_MS) {
        rememberedAt = Date.now();
        remember();
      }
    }
  };
  try {
    await Promise.all(threads.map(work));
  } finally {
    await Promise.all(threads.map((thread) => thread.end()));
  }
}

/** @throws SourceProblem */
function rejectChanges(now: readonly ScannedFile[]): void {
  for (const [index, file] of files.entries()) {
    const again = now[index];
    if (again === undefined || again.path > file.path) throw changed(file.path);
    if (again.path < file.path) throw changed(again.path);
    if (again.folder !== file.folder || again.executable !== file.executable) throw changed(file.path);
    if (!file.folder && !sameStamp(again.stamp, file.stamp)) throw changed(file.path);
  }
  if (now.length > files.length) throw changed(now[files.length]!.path);
}

/** A rename is on disk when its folder is. */
function syncFolders(): void {
  // Windows has no handle to sync a folder by.
  if (process.platform === 'win32') return;
  const folders = new Set(missing.map((file) => store.shardFolder(file.hash.slice(0, 2))));
  for (const folder of [...folders, store.shardFolder('')]) {
    const handle = openSync(folder, 'r');
    fsyncSync(handle);
    closeSync(handle);
  }
}

function remember(): void {
  ScanMemory.write(store.scanFile(packageGuid), root, files, scannedAt);
}
