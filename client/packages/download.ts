/**
 * One file over HTTP: into a part file that a later try goes on with (Range, If-Range), believed only when size and
 * SHA-256 are the manifest's.
 */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream, existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { readIfThere } from '../base/files.ts';
import { retryAfter } from '../http/client.ts';
import { BadAnswer, Refused, Unreachable } from '../http/errors.ts';
import type { Server } from '../identity/server.ts';

export interface WantedFile {
  url: URL;
  /** Where the bytes gather; the ETag they belong to lies beside it. */
  part: string;
  size: number;
  /** SHA-256, lower-case hex. */
  hash: string;
}

/** Told what arrives; a promise is waited for before more is taken, which is how a download is throttled. */
export type OnBytes = (count: number) => Promise<void> | void;

/** The bytes are not those of the manifest; the part file is gone. */
export class WrongContent extends BadAnswer {
  override name = 'WrongContent';
}

/**
 * On return the part file holds the whole, verified file. `onBytes` is told what arrives. What had arrived when it
 * throws stays for the next try.
 * @throws Unreachable (also: cut off), Refused, WrongContent
 */
export async function downloadFile(
  server: Server,
  file: WantedFile,
  onBytes: OnBytes,
  signal: AbortSignal,
): Promise<void> {
  const etagFile = `${file.part}.etag`;
  const etag = readIfThere(etagFile);
  const held = etag === undefined ? 0 : sizeOf(file.part);
  if (held > file.size) forget(file);
  const from = held <= file.size ? held : 0;
  if (from === file.size && from > 0) return finish(file, await hashOf(file.part, signal));

  const response = await server.open(file.url, from > 0 ? { Range: `bytes=${from}-`, 'If-Range': etag! } : {}, signal);
  const start = startOf(response, from, file);
  keepEtag(response, etagFile);
  const hash = start > 0 ? await hashOf(file.part, signal) : createHash('sha256');
  await receive(response, file, start, hash, onBytes);
  finish(file, hash);
}

/** Where the answer's bytes belong: behind what is there, or at the beginning when the file changed meanwhile. */
function startOf(response: IncomingMessage, from: number, file: WantedFile): number {
  const status = response.statusCode!;
  if (status === 200) return 0;
  if (status === 206 && response.headers['content-range'] === `bytes ${from}-${file.size - 1}/${file.size}`)
    return from;
  response.destroy();
  // A range that the server cannot satisfy, or another one than asked for: what is here is worth nothing.
  if (status === 206 || status === 416) {
    forget(file);
    throw new WrongContent(`${file.url.pathname} has another size than the manifest says`);
  }
  throw new Refused(`download: ${status}`, status, '', retryAfter(response.headers));
}

// Only a strong ETag says that the bytes are the same; without one the next try begins anew.
function keepEtag(response: IncomingMessage, etagFile: string): void {
  const { etag } = response.headers;
  if (etag === undefined || etag.startsWith('W/')) rmSync(etagFile, { force: true });
  else writeFileSync(etagFile, etag);
}

async function receive(
  response: IncomingMessage,
  file: WantedFile,
  start: number,
  hash: Hash,
  onBytes: OnBytes,
): Promise<void> {
  const handle = await open(file.part, start > 0 ? 'r+' : 'w', 0o600);
  let position = start;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      if (position + chunk.length > file.size) throw tooLong(file);
      await writeAll(handle, chunk, position);
      hash.update(chunk);
      position += chunk.length;
      const pace = onBytes(chunk.length);
      if (pace !== undefined) await pace;
    }
  } catch (error) {
    if (error instanceof WrongContent || error instanceof DiskFailure) throw error;
    throw cutOff(file, position, (error as Error).message);
  } finally {
    await handle.close();
    response.destroy();
  }
  if (position !== file.size) throw cutOff(file, position, 'the answer ended');
}

function tooLong(file: WantedFile): WrongContent {
  forget(file);
  return new WrongContent(`${file.url.pathname} is longer than the manifest says`);
}

function cutOff(file: WantedFile, position: number, reason: string): Unreachable {
  return new Unreachable(`${file.url.origin}: cut off at ${position} of ${file.size} bytes: ${reason}`);
}

/** The computer's own disk is the trouble: no source is to blame. */
export class DiskFailure extends Error {
  override name = 'DiskFailure';
}

async function writeAll(handle: FileHandle, chunk: Buffer, position: number): Promise<void> {
  try {
    for (let written = 0; written < chunk.length;) {
      written += (await handle.write(chunk, written, chunk.length - written, position + written)).bytesWritten;
    }
  } catch (error) {
    throw new DiskFailure(`the file cannot be written: ${(error as Error).message}`);
  }
}

function finish(file: WantedFile, hash: Hash): void {
  rmSync(`${file.part}.etag`, { force: true });
  const found = hash.digest('hex');
  if (found === file.hash) return;
  forget(file);
  throw new WrongContent(`${file.url.pathname} is not the file of the manifest: its SHA-256 is ${found}`);
}

function forget(file: WantedFile): void {
  rmSync(file.part, { force: true });
  rmSync(`${file.part}.etag`, { force: true });
}

function sizeOf(path: string): number {
  return existsSync(path) ? statSync(path).size : 0;
}

/** SHA-256 of a file's content, not yet digested. */
export async function hashOf(path: string, signal: AbortSignal): Promise<Hash> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024, signal })) hash.update(chunk as Buffer);
  return hash;
}
