/** Takes one file into the store. Runs in threads (ingestThread.ts): it blocks. */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { ObjectStore } from './objectStore.ts';
import { changed, explainInner, sameStamp, stampOf, type FileStamp } from './scanFolder.ts';

export interface IngestJob {
  /** Absolute path of the source file. */
  source: string;
  /** Path in the package, for messages. */
  path: string;
  /** As it was scanned. */
  stamp: FileStamp;
  /** Where to write before the hash is known. */
  temporary: string;
}

const BUFFER_BYTES = 1024 * 1024;
const buffer = Buffer.allocUnsafe(BUFFER_BYTES);

/** O_NOFOLLOW: a link that took the file's place is not followed; O_NONBLOCK: a pipe that did so blocks nobody. */
const OPEN_SOURCE = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Copies or clones the file into the store and answers the SHA-256 of what was stored.
 * @throws SourceProblem when the file is not, or does not stay, the one that was scanned
 */
export function ingestFile(store: ObjectStore, job: IngestJob, onBytes: (bytes: number) => void): string {
  const source = open(job);
  try {
    // Also finds a folder on the way that was swapped: the same path then leads to another file.
    if (!sameStamp(stampOf(fstatSync(source, { bigint: true })), job.stamp)) throw changed(job.path);
    const hash = cloned(job) ? hashClone(job, onBytes) : copyAndHash(source, job, onBytes);
    if (!sameStamp(stampOf(fstatSync(source, { bigint: true })), job.stamp)) throw changed(job.path);
    moveIn(store, job.temporary, hash);
    return hash;
  } finally {
    closeSync(source);
    rmSync(job.temporary, { force: true });
  }
}

function open(job: IngestJob): number {
  try {
    return openSync(job.source, OPEN_SOURCE);
  } catch (error) {
    throw explainInner(error, job.path);
  }
}

let canClone = true;

/** A clone shares the blocks until one side is changed: no bytes are copied (Btrfs, XFS, APFS, ReFS). */
function cloned(job: IngestJob): boolean {
  if (!canClone) return false;
  try {
    copyFileSync(job.source, job.temporary, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
    chmodSync(job.temporary, 0o640);
    return true;
  } catch {
    // Another file system, or one that cannot: asked once a thread.
    canClone = false;
    rmSync(job.temporary, { force: true });
    return false;
  }
}

/** Hashes the clone, not the source: what is hashed is what is kept. */
function hashClone(job: IngestJob, onBytes: (bytes: number) => void): string {
  const clone = openSync(job.temporary, 'r+');
  try {
    const hash = createHash('sha256');
    eachChunk(clone, job, (chunk) => {
      hash.update(chunk);
      onBytes(chunk.length);
    });
    fsyncSync(clone);
    return hash.digest('hex');
  } finally {
    closeSync(clone);
  }
}

/** One pass: each piece is hashed from the memory from which it is written. */
function copyAndHash(source: number, job: IngestJob, onBytes: (bytes: number) => void): string {
  const copy = openSync(job.temporary, 'wx', 0o640);
  try {
    const hash = createHash('sha256');
    eachChunk(source, job, (chunk) => {
      hash.update(chunk);
      for (let written = 0; written < chunk.length;) written += writeSync(copy, chunk, written);
      onBytes(chunk.length);
    });
    fsyncSync(copy);
    return hash.digest('hex');
  } finally {
    closeSync(copy);
  }
}

function eachChunk(file: number, job: IngestJob, take: (chunk: Buffer) => void): void {
  let total = 0;
  for (;;) {
    const size = readSync(file, buffer, 0, BUFFER_BYTES, null);
    if (size === 0) break;
    total += size;
    // A file that grows as fast as it is read would never end.
    if (total > job.stamp.size) throw changed(job.path);
    take(buffer.subarray(0, size));
  }
  if (total !== job.stamp.size) throw changed(job.path);
}

/** The same content may be there already, or arrive from another thread at this moment: the rename then changes nothing. */
function moveIn(store: ObjectStore, temporary: string, hash: string): void {
  const target = store.objectPath(hash);
  mkdirSync(dirname(target), { recursive: true, mode: 0o750 });
  renameSync(temporary, target);
}
