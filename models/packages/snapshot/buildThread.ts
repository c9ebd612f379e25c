/**
 * The thread of a build, lent to one at a time: scans the source, has what is new taken into the store, and keeps the result until it is
 * written to the CMDB. The server's thread never holds more than a slice of it.
 */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, statfsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { sep } from 'node:path';
import { hashOfFiles, type ManifestFile } from '../../../wire/manifest.ts';
import type { Guid } from '../../../wire/guid.ts';
import { sizeText } from '../sizeText.ts';
import { SourceProblem } from '../sources/source.ts';
import { FileList } from './fileList.ts';
import type { IngestJob } from './ingestFile.ts';
import type { IngestData, IngestMethods, IngestProgress } from './ingestThread.ts';
import { ObjectStore } from './objectStore.ts';
import { changed, scanFolder, visitFolder } from './scanFolder.ts';
import { openJournal, ScanMemory, writeMemory, type MemoryFiles } from './scanMemory.ts';
import { writeFileRows } from './snapshotRows.ts';
import { answerCalls, Thread } from './threadCalls.ts';

export interface BuildData {
  root: string;
  storeFolder: string;
  packageGuid: Guid;
  /** Name of the build's own folder in the store. */
  build: string;
  /** Bytes of the store's disk that stay free. */
  reserveBytes: number;
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

const MOST_THREADS = 8;
/** They keep nothing from one batch to the next. */
const LIMITS = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 64 };
/** What a thread is given at a time: a message a file would cost as much as a small file. */
const BATCH_FILES = 64;
const BATCH_BYTES = 8 * 1024 * 1024;

let { root, storeFolder, packageGuid, build, reserveBytes } = {} as BuildData;
let store: ObjectStore;
let memory: MemoryFiles;
let scannedAt: number;
let files = new FileList();
/** Indexes of files that have to be read, and those of them that the store probably has. */
let missing: number[] = [];
let familiar = new Set<number>();

const methods = {
  scan(data: BuildData): ScanResult {
    ({ root, storeFolder, packageGuid, build, reserveBytes } = data);
    store = new ObjectStore(storeFolder);
    memory = store.scanFiles(packageGuid);
    scannedAt = Date.now();
    files = scanFolder(root);
    const remembered = new ScanMemory(memory, root);
    for (let index = 0; index < files.length; index++) if (!files.isFolder(index)) recall(remembered, index);
    remembered.close();
    return { files: files.length, bytes: sizeOf(), newFiles: missing.length, newBytes: sizeOf(missing) };
  },

  /** @throws SourceProblem */
  async ingest(): Promise<BuildResult> {
    if (missing.length > 0) await ingestMissing();
    let fileCount = 0;
    for (let index = 0; index < files.length; index++) if (!files.isFolder(index)) fileCount++;
    const hash = hashOfFiles(files.length, (index) => files.hashed(index));
    return { hash, fileCount, totalSize: sizeOf(), rows: files.length };
  },

  /** Lets go of all that the build has gathered. */
  forget(): void {
    files = new FileList();
    missing = [];
    familiar = new Set();
  },

  rows: readRows,

  /** Writes the rows of the snapshot over a connection of the thread's own: the server's need not wait for the disk. */
  async writeRows(sqlitePath: string, version: number): Promise<void> {
    const { openSqlite } = await import('../../cmdb/sqlite.ts');
    const cmdb = openSqlite(sqlitePath);
    try {
      await writeFileRows(cmdb, packageGuid, version, files.length, readRows);
    } finally {
      await cmdb.close();
    }
  },
};

const tell = answerCalls(methods);

export type BuildMethods = typeof methods;

function readRows(from: number, count: number): ManifestFile[] {
  const rows: ManifestFile[] = [];
  for (let index = from; index < Math.min(from + count, files.length); index++) rows.push(files.manifestFile(index));
  return rows;
}

/** A hash is known only as long as its content is there. */
function recall(remembered: ScanMemory, index: number): void {
  const { hash, isFamiliar } = remembered.known(files.get(index));
  if (hash !== '' && existsSync(store.objectPath(hash))) {
    files.setHash(index, hash);
    return;
  }
  missing.push(index);
  if (isFamiliar) familiar.add(index);
}

function sizeOf(some?: readonly number[]): number {
  if (some !== undefined) return some.reduce((sum, index) => sum + files.size(index), 0);
  let sum = 0;
  for (let index = 0; index < files.length; index++) sum += files.size(index);
  return sum;
}

/** @throws SourceProblem */
async function ingestMissing(): Promise<void> {
  // Before the first byte is copied: a server without disk can take no events either.
  rejectFullDisk(sizeOf(missing));
  try {
    await ingestAll();
    // One moment for all files: whoever was changing the folder while its files were read is noticed here.
    if (!isUnchanged()) rejectChanges(scanFolder(root));
    syncFolders();
  } finally {
    // Also of a build that fails: what was read need not be read again.
    writeMemory(memory, root, files, scannedAt);
  }
}

async function ingestAll(): Promise<void> {
  mkdirSync(store.incomingFolder(build), { recursive: true, mode: 0o750 });
  // Begun once, before the threads add to it.
  closeSync(openJournal(memory, root));
  const done: IngestProgress = { files: 0, bytes: 0 };
  const onProgress = (more: IngestProgress): void => {
    done.files += more.files;
    done.bytes += more.bytes;
    tell({ ...done });
  };
  const script = new URL('./ingestThread.ts', import.meta.url);
  const data: IngestData = { storeFolder, root, memory, scannedAt };
  // More than one also on one core: small files are mostly waiting for the disk.
  const count = Math.min(Math.max(2, availableParallelism()), MOST_THREADS, missing.length);
  const options = { onProgress, limits: LIMITS };
  const threads = Array.from({ length: count }, () => new Thread<IngestMethods>(script, data, options));
  const waiting = batches();
  const work = async (thread: Thread<IngestMethods>): Promise<void> => {
    // The threads share one iterator: each takes the next batch when it is free.
    for (const batch of waiting) {
      // Again and again: small files take more than their bytes, and others write there as well.
      rejectFullDisk(sizeOnDisk(batch));
      const hashes = await thread.call('ingest', batch.map(jobOf));
      batch.forEach((file, index) => files.setHash(file, hashes[index]!));
    }
    await thread.call('close');
  };
  try {
    await Promise.all(threads.map(work));
  } finally {
    await Promise.all(threads.map((thread) => thread.end()));
  }
}

/** @throws SourceProblem when so many bytes more would touch the reserve */
function rejectFullDisk(needed: number): void {
  const { bavail, bsize } = statfsSync(storeFolder);
  const free = bavail * bsize;
  if (needed === 0 || free - needed >= reserveBytes) return;
  throw new SourceProblem(
    'failed',
    `There is not enough disk for the package store: ${sizeText(sizeOf(missing))} are to be stored, ${sizeText(free)} are free, of which ${sizeText(reserveBytes)} are kept (NS_MIN_FREE_DISK_MB).`,
  );
}

const BLOCK = 4096;

const sizeOnDisk = (some: readonly number[]): number =>
  some.reduce((sum, index) => sum + Math.ceil(files.size(index) / BLOCK) * BLOCK, 0);

function* batches(): Generator<number[]> {
  let batch: number[] = [];
  let bytes = 0;
  for (const index of missing) {
    batch.push(index);
    bytes += files.size(index);
    if (batch.length < BATCH_FILES && bytes < BATCH_BYTES) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}

function jobOf(index: number): IngestJob {
  const file = files.get(index);
  return {
    source: root + sep + file.diskPath,
    file,
    temporary: `${store.incomingFolder(build)}${sep}${index}`,
    isFamiliar: familiar.has(index),
  };
}

/** Compared as it goes: a second list would weigh as much as the first. False also when only the order is another. */
function isUnchanged(): boolean {
  let index = 0;
  let isSame = true;
  visitFolder(root, (file) => {
    isSame &&= index < files.length && files.isStill(index, file);
    index++;
  });
  return isSame && index === files.length;
}

/** @throws SourceProblem naming the first that changed */
function rejectChanges(now: FileList): void {
  for (let index = 0; index < files.length; index++) {
    const path = files.path(index);
    if (index >= now.length || now.path(index) > path) throw changed(path);
    if (now.path(index) < path) throw changed(now.path(index));
    if (!files.isSame(index, now)) throw changed(path);
  }
  if (now.length > files.length) throw changed(now.path(files.length));
}

/** A rename is on disk when its folder is. */
function syncFolders(): void {
  // Windows has no handle to sync a folder by.
  if (process.platform === 'win32') return;
  const folders = new Set(missing.map((index) => store.shardFolder(files.hash(index).slice(0, 2))));
  for (const folder of [...folders, store.shardFolder('')]) {
    const handle = openSync(folder, 'r');
    fsyncSync(handle);
    closeSync(handle);
  }
}
