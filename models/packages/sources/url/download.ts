/**
 * Fetches one file to a place of its own. What was fetched before is not fetched again when the server says that it is
 * the same (ETag, Last-Modified); what was cut off goes on where it ended, also after a restart.
 */
import { closeSync, fsync, openSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { SourceProblem } from '../source.ts';
import type { Allowance } from './allowance.ts';
import { shown } from './reachable.ts';
import { rejectStatus, type Answer, type Requester } from './request.ts';

/** What a server says to tell one state of a file from another. */
export interface Validators {
  etag?: string;
  lastModified?: string;
}

const sync = promisify(fsync);

export interface Download {
  url: URL;
  /** Where to write it; beside it, `<part>.json` says what was begun. */
  part: string;
  /** Of the copy that is there: the file is fetched only if it is another. */
  held?: Validators | undefined;
  allowance: Allowance;
  /** Most bytes, where more would be of no use. */
  most?: number;
  /** Told of each piece; what was there already is the first. */
  onBytes: (bytes: number) => void;
  /** Told of the file's size when the server says it. */
  onLength?: (bytes: number) => void;
}

export type Downloaded = { isNew: false } | { isNew: true; url: URL; validators: Validators };

/** A connection may break so often, each time after it has brought something. */
const MOST_BREAKS = 5;

/** @throws SourceProblem */
export async function download(requester: Requester, job: Download): Promise<Downloaded> {
  for (let breaks = 0; ; breaks++) {
    const before = sizeOf(job.part);
    try {
      return await attempt(requester, job);
    } catch (error) {
      const isBroken = error instanceof SourceProblem && error.state === 'source_missing';
      if (!isBroken || breaks >= MOST_BREAKS || sizeOf(job.part) <= before) throw error;
    }
  }
}

async function attempt(requester: Requester, job: Download): Promise<Downloaded> {
  const begun = readBegun(job);
  const headers: Record<string, string> =
    begun === undefined ? conditions(job.held) : { range: `bytes=${begun.size}-`, 'if-range': begun.state };
  const answer = await requester.get(job.url, headers);
  try {
    if (answer.status === 304 && begun === undefined && job.held !== undefined) {
      answer.drop();
      return { isNew: false };
    }
    // The server has less than was begun: from the beginning, then.
    if (answer.status === 416 && begun !== undefined) {
      answer.drop();
      discard(job.part);
      return await attempt(requester, job);
    }
    rejectStatus(answer);
    rejectEncoding(answer);
    const validators = validatorsOf(answer);
    await write(answer, job, startOf(answer, begun?.size), validators);
    rmSync(`${job.part}.json`, { force: true });
    return { isNew: true, url: answer.url, validators };
  } catch (error) {
    answer.drop();
    throw error;
  }
}

async function write(answer: Answer, job: Download, from: number, validators: Validators): Promise<void> {
  const length = Number(answer.headers['content-length'] ?? 0);
  rejectLonger(job, answer, from + length);
  job.allowance.hold(from);
  job.allowance.expect(length);
  if (length > 0) job.onLength?.(from + length);
  job.onBytes(from);
  writeFileSync(`${job.part}.json`, JSON.stringify({ url: job.url.href, ...validators }), { mode: 0o640 });
  const file = openSync(job.part, from === 0 ? 'w' : 'r+', 0o640);
  try {
    let position = from;
    for await (const chunk of answer.body) {
      job.allowance.take(chunk.length);
      rejectLonger(job, answer, position + chunk.length);
      for (let written = 0; written < chunk.length;) {
        written += writeSync(file, chunk, written, chunk.length - written, position + written);
      }
      position += chunk.length;
      job.onBytes(chunk.length);
    }
    // What is taken for fetched must be whole after a power cut, too.
    await sync(file);
  } finally {
    closeSync(file);
  }
}

function rejectLonger({ most = Infinity }: Download, { url }: Answer, bytes: number): void {
  if (bytes <= most) return;
  throw new SourceProblem('failed', `${shown(url)} is longer than it may be (${most} bytes).`);
}

/** Where the answer's first byte belongs. @throws SourceProblem */
function startOf(answer: Answer, asked: number | undefined): number {
  if (answer.status !== 206) return 0;
  const start = /^bytes (\d+)-/.exec(answer.headers['content-range'] ?? '')?.[1];
  if (asked !== undefined && start === String(asked)) return asked;
  throw new SourceProblem('failed', `${answer.url.host} sends another part than it was asked for.`);
}

/** Asked for as it is. Some servers call a .tar.gz an encoded .tar; its bytes are the file's all the same. */
function rejectEncoding({ headers, url }: Answer): void {
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding === 'identity' || (/^(x-)?gzip$/.test(encoding) && /\.(tgz|gz)$/i.test(url.pathname))) return;
  throw new SourceProblem('failed', `${url.host} compresses what it was asked to send as it is (${encoding}).`);
}

function validatorsOf({ headers }: Answer): Validators {
  const { etag, 'last-modified': lastModified } = headers;
  return { ...(etag === undefined ? {} : { etag }), ...(lastModified === undefined ? {} : { lastModified }) };
}

function conditions(held: Validators | undefined): Record<string, string> {
  if (held?.etag !== undefined) return { 'if-none-match': held.etag };
  return held?.lastModified === undefined ? {} : { 'if-modified-since': held.lastModified };
}

/** What there is of this very file, and the mark that the server gave it; a weak one does not vouch for its bytes. */
function readBegun({ part, url }: Download): { size: number; state: string } | undefined {
  const size = sizeOf(part);
  if (size === 0) return undefined;
  try {
    const begun = JSON.parse(readFileSync(`${part}.json`, 'utf8')) as Validators & { url: string };
    const state = begun.etag?.startsWith('"') === true ? begun.etag : begun.lastModified;
    return begun.url === url.href && state !== undefined ? { size, state } : undefined;
  } catch {
    return undefined;
  }
}

export function discard(part: string): void {
  rmSync(part, { force: true });
  rmSync(`${part}.json`, { force: true });
}

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
