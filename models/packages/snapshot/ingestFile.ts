/** Takes one file into the store. Runs in threads (ingestThread.ts): it blocks. */
import { createHash, hash as hashOf } from 'node:crypto';
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
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { sameStamp, type ScannedFile } from './fileList.ts';
import type { ObjectStore } from './objectStore.ts';
import { changed, explainInner, stampOf } from './scanFolder.ts';

export interface IngestJob {
  /** Absolute path of the source file. */
  source: string;
  /** As it was scanned. */
  file: ScannedFile;
  /** Where to write before the hash is known. */
  temporary: string;
  /** The store probably has the content: a file of this path and size was taken in before. */
  isFamiliar: boolean;
}

type OnBytes = (bytes: number) => void;

const BUFFER_BYTES = 1024 * 1024;
const buffer = Buffer.allocUnsafe(BUFFER_BYTES);

/** O_NOFOLLOW: a link that took the file's place is not followed; O_NONBLOCK: a pipe that did so blocks nobody. */
const OPEN_SOURCE = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Sees to it that the store has the file's content, copied or cloned, and answers its SHA-256.
 * @throws SourceProblem when the file is not, or does not stay, the one that was scanned
 */
export function ingestFile(store: ObjectStore, job: IngestJob, onBytes: OnBytes): string {
  const source = open(job);
  try {
    // Also finds a folder on the way that was swapped: the same path then leads to another file.
    rejectOther(source, job);
    const hash = job.file.size <= BUFFER_BYTES ? takeSmall(store, source, job) : takeLarge(store, source, job, onBytes);
    rejectOther(source, job);
    return hash;
  } finally {
    closeSync(source);
  }
}

function open(job: IngestJob): number {
  try {
    return openSync(job.source, OPEN_SOURCE);
  } catch (error) {
    throw explainInner(error, job.file.path);
  }
}

function rejectOther(source: number, { file }: IngestJob): void {
  if (!sameStamp(stampOf(fstatSync(source, { bigint: true })), file)) throw changed(file.path);
}

/** A file that fits the buffer is read once, whether or not the store has it. */
function takeSmall(store: ObjectStore, source: number, job: IngestJob): string {
  const content = buffer.subarray(0, readWhole(source, job));
  const hash = hashOf('sha256', content, 'hex');
  if (isStored(store, hash, content.length)) return hash;
  return moveIn(store, job, () => {
    writeCopy(job, (copy) => writeWhole(copy, content));
    return hash;
  });
}

function readWhole(source: number, { file }: IngestJob): number {
  let total = 0;
  while (total < file.size) {
    const size = readSync(source, buffer, total, file.size - total, null);
    if (size === 0) throw changed(file.path);
    total += size;
  }
  return total;
}

function takeLarge(store: ObjectStore, source: number, job: IngestJob, onBytes: OnBytes): string {
  if (job.isFamiliar) {
    const hash = hashFile(source, job, onBytes);
    if (isStored(store, hash, job.file.size)) return hash;
  }
  // What is kept is what was hashed: a file that is not familiar any more is hashed again as it is copied.
  const onCopied = job.isFamiliar ? (): void => undefined : onBytes;
  return moveIn(store, job, () => (cloned(job) ? hashClone(job, onCopied) : copyAndHash(source, job, onCopied)));
}

/**
 * Moves in what `write` puts into the temporary file, under the hash that it answers. The same content may be there
 * already, or arrive from another thread at this moment: the rename then changes nothing.
 */
function moveIn(store: ObjectStore, job: IngestJob, write: () => string): string {
  try {
    const hash = write();
    const target = store.objectPath(hash);
    mkdirSync(dirname(target), { recursive: true, mode: 0o750 });
    renameSync(job.temporary, target);
    return hash;
  } finally {
    rmSync(job.temporary, { force: true });
  }
}

/** On disk when this returns. */
function writeCopy(job: IngestJob, write: (copy: number) => void): void {
  const copy = openSync(job.temporary, 'wx', 0o640);
  try {
    write(copy);
    fsyncSync(copy);
  } finally {
    closeSync(copy);
  }
}

function isStored(store: ObjectStore, hash: string, size: number): boolean {
  return statSync(store.objectPath(hash), { throwIfNoEntry: false })?.size === size;
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
function hashClone(job: IngestJob, onBytes: OnBytes): string {
  const clone = openSync(job.temporary, 'r+');
  try {
    const hash = hashFile(clone, job, onBytes);
    fsyncSync(clone);
    return hash;
  } finally {
    closeSync(clone);
  }
}

function hashFile(file: number, job: IngestJob, onBytes: OnBytes): string {
  const hash = createHash('sha256');
  eachChunk(file, job, (chunk) => {
    hash.update(chunk);
    onBytes(chunk.length);
  });
  return hash.digest('hex');
}

/** One pass: each piece is hashed from the memory from which it is written. */
function copyAndHash(source: number, job: IngestJob, onBytes: OnBytes): string {
  const hash = createHash('sha256');
  writeCopy(job, (copy) =>
    eachChunk(source, job, (chunk) => {
      hash.update(chunk);
      writeWhole(copy, chunk);
      onBytes(chunk.length);
    }),
  );
  return hash.digest('hex');
}

function writeWhole(file: number, chunk: Uint8Array): void {
  for (let written = 0; written < chunk.length;) written += writeSync(file, chunk, written);
}

function eachChunk(handle: number, { file }: IngestJob, take: (chunk: Buffer) => void): void {
  let total = 0;
  for (;;) {
    // By position: the file may be read twice.
    const size = readSync(handle, buffer, 0, BUFFER_BYTES, total);
    if (size === 0) break;
    total += size;
    // A file that grows as fast as it is read would never end.
    if (total > file.size) throw changed(file.path);
    take(buffer.subarray(0, size));
  }
  if (total !== file.size) throw changed(file.path);
}
