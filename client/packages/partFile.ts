/**
 * A file that is under way: the bytes so far, and beside them the ETag they belong to and the digest at the end of each
 * block of 2 MB. What was here before an interruption is checked against these digests, so that a computer that lost its
 * power fetches one block again and not the whole file (the product re-checks blocks of 2 MB, too: KB 181098).
 */
import { createHash, type Hash } from 'node:crypto';
import { appendFileSync, createReadStream, existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { open, truncate, type FileHandle } from 'node:fs/promises';
import { readIfThere } from '../base/files.ts';

export const BLOCK_BYTES = 2 * 1024 * 1024;
/** Written at once: each write is a trip to another thread. */
const BATCH_BYTES = 1024 * 1024;

/** What the operating system says when nothing more goes onto the disk. */
export const isDiskFull = (error: unknown): boolean =>
  error instanceof Error &&
  (/^(ENOSPC|EDQUOT)$/.test((error as NodeJS.ErrnoException).code ?? '') || isDiskFull(error.cause));

/** The computer's own disk is the trouble: no source is to blame. */
export class DiskFailure extends Error {
  override name = 'DiskFailure';
}

/** The sound beginning of a part. */
export interface Prefix {
  etag: string;
  bytes: number;
  /** Of these bytes. */
  hash: Hash;
}

const noteOf = (part: string): string => `${part}.etag`;

/** What of a part may be gone on with; `undefined`: nothing. What is not sound is cut off. */
export async function soundPrefix(part: string, size: number, signal: AbortSignal): Promise<Prefix | undefined> {
  const [etag, ...digests] = (readIfThere(noteOf(part)) ?? '').split('\n').filter((line) => line !== '');
  const held = existsSync(part) ? statSync(part).size : 0;
  if (etag === undefined || held === 0 || held > size) {
    forgetPart(part);
    return undefined;
  }
  // A digest is written after its bytes: more than a block without one was not written by a process that was alive.
  const prefix = await checked(part, Math.min(held, (digests.length + 1) * BLOCK_BYTES), digests, signal);
  if (prefix.bytes === 0) {
    forgetPart(part);
    return undefined;
  }
  if (prefix.bytes < held) {
    await truncate(part, prefix.bytes);
    const kept = digests.slice(0, Math.floor(prefix.bytes / BLOCK_BYTES));
    writeFileSync(noteOf(part), [etag, ...kept, ''].join('\n'));
  }
  return { etag, ...prefix };
}

async function checked(
  part: string,
  limit: number,
  digests: readonly string[],
  signal: AbortSignal,
): Promise<Omit<Prefix, 'etag'>> {
  const hash = createHash('sha256');
  let sound = { bytes: 0, hash: hash.copy() };
  let bytes = 0;
  const reading = createReadStream(part, { end: limit - 1, highWaterMark: BLOCK_BYTES / 8, signal });
  // Blocks are whole numbers of what is read at once, so each one ends with what was read.
  for await (const chunk of reading as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
    if (bytes % BLOCK_BYTES !== 0) continue;
    const digest = digests[bytes / BLOCK_BYTES - 1];
    if (digest !== undefined && digest !== hash.copy().digest('hex')) return sound;
    sound = { bytes, hash: hash.copy() };
  }
  return { bytes, hash };
}

export function forgetPart(part: string): void {
  rmSync(part, { force: true });
  rmSync(noteOf(part), { force: true });
}

/** The part is the whole file: what was noted of it is not needed any more. */
export function closePart(part: string): void {
  rmSync(noteOf(part), { force: true });
}

/** Writes what arrives behind a prefix, or a new part. */
export class PartWriter {
  readonly #part: string;
  readonly #handle: FileHandle;
  readonly #hash: Hash;
  /** Bytes that have come, and those of them that are written or on their way. */
  #bytes: number;
  #begun: number;
  #batch: Buffer[] = [];
  #digests = '';
  #writing: Promise<void> = Promise.resolve();

  private constructor(part: string, handle: FileHandle, prefix: Omit<Prefix, 'etag'>) {
    this.#part = part;
    this.#handle = handle;
    this.#hash = prefix.hash;
    this.#bytes = this.#begun = prefix.bytes;
  }

  /** `etag`: a strong one; undefined: the part is worth nothing once this ends. @throws DiskFailure */
  static async open(part: string, prefix: Prefix | undefined, etag: string | undefined): Promise<PartWriter> {
    return onDisk(async () => {
      if (etag === undefined) rmSync(noteOf(part), { force: true });
      else if (prefix === undefined) writeFileSync(noteOf(part), `${etag}\n`);
      const handle = await open(part, prefix === undefined ? 'w' : 'r+', 0o600);
      return new PartWriter(part, handle, prefix ?? { bytes: 0, hash: createHash('sha256') });
    });
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Takes a chunk; a promise is to be waited for before the next one. @throws DiskFailure */
  add(chunk: Buffer): Promise<void> | undefined {
    for (let rest = chunk; rest.length > 0;) {
      const room = BLOCK_BYTES - (this.#bytes % BLOCK_BYTES);
      const piece = rest.subarray(0, room);
      this.#hash.update(piece);
      this.#bytes += piece.length;
      if (piece.length === room) this.#digests += `${this.#hash.copy().digest('hex')}\n`;
      rest = rest.subarray(piece.length);
    }
    this.#batch.push(chunk);
    return this.#bytes - this.#begun < BATCH_BYTES ? undefined : this.#write();
  }

  /** One batch is written while the next one comes. */
  async #write(): Promise<void> {
    const [batch, digests, at] = [this.#batch, this.#digests, this.#begun];
    this.#batch = [];
    this.#digests = '';
    this.#begun = this.#bytes;
    await this.#writing;
    this.#writing = onDisk(async () => {
      await writeAll(this.#handle, batch, at);
      if (digests !== '' && existsSync(noteOf(this.#part))) appendFileSync(noteOf(this.#part), digests);
    });
    // Whoever waits for it hears of a failure: the next batch, or the end.
    this.#writing.catch(() => undefined);
  }

  /** Everything that came is written; the hash of it all. @throws DiskFailure */
  async end(): Promise<Hash> {
    await this.#write();
    await this.#writing;
    return this.#hash;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

async function writeAll(handle: FileHandle, batch: Buffer[], at: number): Promise<void> {
  const length = batch.reduce((sum, { length: bytes }) => sum + bytes, 0);
  if (length === 0) return;
  let { bytesWritten } = await handle.writev(batch, at);
  if (bytesWritten === length) return;
  // A full disk takes a part of it: trying the rest says what is wrong.
  const rest = Buffer.concat(batch);
  while (bytesWritten < length) {
    bytesWritten += (await handle.write(rest, bytesWritten, length - bytesWritten, at + bytesWritten)).bytesWritten;
  }
}

async function onDisk<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new DiskFailure(isDiskFull(error) ? 'the disk is full' : 'the file cannot be written', { cause: error });
  }
}
