/**
 * One file over HTTP: into a part file that a later try goes on with (Range, If-Range), believed only when size and
 * SHA-256 are the manifest's.
 */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { retryAfter } from '../http/client.ts';
import { BadAnswer, Refused, Unreachable } from '../http/errors.ts';
import type { Server } from '../identity/server.ts';
import { closePart, DiskFailure, forgetPart, PartWriter, soundPrefix, type Prefix } from './partFile.ts';

export { DiskFailure };

export interface WantedFile {
  url: URL;
  /** Where the bytes gather (partFile.ts). */
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
  /** All of the bytes came from this one source: nobody else can have spoilt them. */
  readonly isOfOneSource: boolean;

  constructor(message: string, isOfOneSource = false) {
    super(message);
    this.isOfOneSource = isOfOneSource;
  }
}

/**
 * On return the part file holds the whole, verified file. `onBytes` is told what arrives. What had arrived when it
 * throws stays for the next try, which may go to another source: the same ETag stands for the same bytes there, too.
 * @throws Unreachable (also: cut off), Refused, WrongContent, DiskFailure
 */
export async function downloadFile(
  server: Server,
  file: WantedFile,
  onBytes: OnBytes,
  signal: AbortSignal,
): Promise<void> {
  const prefix = await soundPrefix(file.part, file.size, signal);
  if (prefix?.bytes === file.size) return finish(file, prefix.hash, true);
  const headers: Record<string, string> =
    prefix === undefined ? {} : { Range: `bytes=${prefix.bytes}-`, 'If-Range': prefix.etag };
  const response = await server.open(file.url, headers, signal);
  const isResumed = goesOn(response, prefix?.bytes ?? 0, file);
  const hash = await receive(response, file, isResumed ? prefix : undefined, onBytes);
  finish(file, hash, isResumed);
}

/** Whether the answer's bytes belong behind what is there, or at the beginning, for the file changed meanwhile. */
function goesOn(response: IncomingMessage, from: number, file: WantedFile): boolean {
  const status = response.statusCode!;
  if (status === 200) return false;
  if (status === 206 && from > 0 && response.headers['content-range'] === `bytes ${from}-${file.size - 1}/${file.size}`)
    return true;
  response.destroy();
  // A range that the server cannot satisfy, or another one than asked for: what is here is worth nothing.
  if (status === 206 || status === 416) {
    forgetPart(file.part);
    throw new WrongContent(`${file.url.pathname} has another size than the manifest says`);
  }
  throw new Refused(`download: ${status}`, status, '', retryAfter(response.headers));
}

// Only a strong ETag says that the bytes are the same; without one the next try begins anew.
function strongEtag({ headers: { etag } }: IncomingMessage): string | undefined {
  return etag === undefined || etag.startsWith('W/') || /[\r\n]/.test(etag) ? undefined : etag;
}

async function receive(
  response: IncomingMessage,
  file: WantedFile,
  prefix: Prefix | undefined,
  onBytes: OnBytes,
): Promise<Hash> {
  let writer: PartWriter | undefined;
  try {
    writer = await PartWriter.open(file.part, prefix, strongEtag(response));
    const cause = await takeAll(response, file, writer, onBytes);
    // What came is written down in any case: the next try goes on with it.
    const hash = await writer.end();
    if (cause !== undefined) throw cutOff(file, writer.bytes, cause);
    if (writer.bytes !== file.size) throw cutOff(file, writer.bytes, 'the answer ended');
    return hash;
  } finally {
    response.destroy();
    await writer?.close();
  }
}

/** Answers why it ended too early, if it did. @throws WrongContent, DiskFailure */
async function takeAll(
  response: IncomingMessage,
  file: WantedFile,
  writer: PartWriter,
  onBytes: OnBytes,
): Promise<string | undefined> {
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      if (writer.bytes + chunk.length > file.size) {
        forgetPart(file.part);
        throw new WrongContent(`${file.url.pathname} is longer than the manifest says`);
      }
      const written = writer.add(chunk);
      if (written !== undefined) await written;
      const pace = onBytes(chunk.length);
      if (pace !== undefined) await pace;
    }
    return undefined;
  } catch (error) {
    if (error instanceof WrongContent || error instanceof DiskFailure) throw error;
    return (error as Error).message;
  }
}

function cutOff(file: WantedFile, position: number, reason: string): Unreachable {
  return new Unreachable(`${file.url.origin}: cut off at ${position} of ${file.size} bytes: ${reason}`);
}

function finish(file: WantedFile, hash: Hash, isResumed: boolean): void {
  const found = hash.digest('hex');
  if (found === file.hash) return closePart(file.part);
  forgetPart(file.part);
  const message = `${file.url.pathname} is not the file of the manifest: its SHA-256 is ${found}`;
  throw new WrongContent(message, !isResumed);
}

/** SHA-256 of a file's content, not yet digested. */
export async function hashOf(path: string, signal: AbortSignal): Promise<Hash> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024, signal })) hash.update(chunk as Buffer);
  return hash;
}
