/** Unpacks an archive that somebody else has made: its names, its kinds of entries and its size are all in doubt. */
import {
  chmodSync,
  closeSync,
  createReadStream,
  fsync,
  mkdirSync,
  openSync,
  readSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { createGunzip } from 'node:zlib';
import * as yauzl from 'yauzl';
import { SourceProblem } from '../source.ts';
import type { Allowance } from './allowance.ts';
import { ArrivingNames } from './arrivingNames.ts';
import { readTar, type TarEntry } from './tarReader.ts';

export type ArchiveKind = 'zip' | 'tar' | 'tar.gz';

/** Told by its first bytes: neither names nor content types can be relied on. `undefined`: no archive. */
export function archiveKind(file: string): ArchiveKind | undefined {
  const head = Buffer.alloc(512);
  const handle = openSync(file, 'r');
  try {
    readSync(handle, head, 0, head.length, 0);
  } finally {
    closeSync(handle);
  }
  // The second is the end of a zip that holds nothing.
  if (/^PK(\x03\x04|\x05\x06)/.test(head.toString('latin1', 0, 4))) return 'zip';
  if (head[0] === 0x1f && head[1] === 0x8b) return 'tar.gz';
  return head.toString('latin1', 257, 262) === 'ustar' ? 'tar' : undefined;
}

/** @param onFile told of each file's bytes when it is written. @throws SourceProblem */
export async function unpack(
  archive: string,
  kind: ArchiveKind,
  folder: string,
  allowance: Allowance,
  onFile: (bytes: number) => void,
): Promise<void> {
  const entries = kind === 'zip' ? readZip(archive) : readTar(tarStream(archive, kind));
  const names = new ArrivingNames();
  const closing = new Closing();
  mkdirSync(folder, { recursive: true, mode: 0o750 });
  try {
    for await (const entry of entries) {
      if (entry.kind === 'link' || entry.kind === 'other') refuseKind(entry);
      const path = join(folder, names.add(entry.path, entry.kind === 'folder'));
      if (entry.kind === 'folder') mkdirSync(path, { recursive: true, mode: 0o750 });
      else onFile(await writeEntry(path, entry, allowance, closing));
    }
    await closing.all();
  } catch (error) {
    throw explain(error);
  }
}

async function writeEntry(path: string, entry: TarEntry, allowance: Allowance, closing: Closing): Promise<number> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o750 });
  // 'wx': never into something that is there.
  const file = openSync(path, 'wx', 0o640);
  let bytes = 0;
  try {
    for await (const chunk of entry.body) {
      // Counted as it comes out: what an archive says of its sizes binds nobody.
      allowance.take(chunk.length);
      for (let written = 0; written < chunk.length;) written += writeSync(file, chunk, written);
      bytes += chunk.length;
    }
  } catch (error) {
    closeSync(file);
    throw error;
  }
  if (entry.executable) chmodSync(path, 0o750);
  const seconds = entry.modified / 1000;
  if (seconds > 0) utimesSync(path, seconds, seconds);
  await closing.add(file);
  return bytes;
}

/** Files on their way to the disk, several at once: one by one the disk's pauses would add up. */
class Closing {
  readonly #files = new Set<Promise<void>>();
  #failure: unknown;

  async add(file: number): Promise<void> {
    const done = sync(file)
      .catch((error: unknown) => void (this.#failure ??= error))
      .finally(() => {
        closeSync(file);
        this.#files.delete(done);
      });
    this.#files.add(done);
    if (this.#files.size >= 16) await Promise.race(this.#files);
  }

  /** @throws what syncing one of them threw */
  async all(): Promise<void> {
    await Promise.all(this.#files);
    if (this.#failure !== undefined) throw this.#failure;
  }
}

const sync = promisify(fsync);

function tarStream(archive: string, kind: ArchiveKind): AsyncIterable<Buffer> {
  const file = createReadStream(archive, { highWaterMark: 256 * 1024 });
  if (kind === 'tar') return file as AsyncIterable<Buffer>;
  const gunzip = createGunzip();
  file.on('error', (error) => gunzip.destroy(error));
  return file.pipe(gunzip) as AsyncIterable<Buffer>;
}

/** The directory at the end of a zip counts; a local header that says otherwise is ignored. */
async function* readZip(archive: string): AsyncGenerator<TarEntry> {
  const zip = await yauzl.openPromise(archive);
  for await (const entry of zip.eachEntry()) {
    if (entry.isEncrypted()) refuse(`${entry.fileName} in the archive is encrypted.`);
    const isFolder = entry.fileName.endsWith('/');
    const body = isFolder ? Readable.from([]) : await zip.openReadStreamPromise(entry);
    yield {
      path: entry.fileName,
      kind: zipKind(entry, isFolder),
      size: entry.uncompressedSize,
      executable: (unixMode(entry) & 0o111) !== 0,
      modified: entry.getLastModDate().getTime(),
      body: body as AsyncIterable<Buffer>,
    };
  }
}

/** Mode of the file where the archive was made on Unix; elsewhere it says nothing. */
const unixMode = (entry: yauzl.Entry): number =>
  entry.versionMadeBy >>> 8 === 3 ? entry.externalFileAttributes >>> 16 : 0;

function zipKind(entry: yauzl.Entry, isFolder: boolean): TarEntry['kind'] {
  const type = unixMode(entry) & 0o170000;
  if (type === 0o120000) return 'link';
  if (type !== 0 && type !== 0o100000 && type !== 0o040000) return 'other';
  return isFolder ? 'folder' : 'file';
}

function refuseKind({ path, kind }: TarEntry): never {
  const what = kind === 'link' ? 'is a link: a package holds files and folders only' : 'is neither a file nor a folder';
  return refuse(`${path.slice(0, 200)} ${what}.`);
}

function refuse(message: string): never {
  throw new SourceProblem('failed', message);
}

/** What the libraries complain of is wrong with the archive, unless it is the disk. */
function explain(error: unknown): unknown {
  const { code = '', message } = error as NodeJS.ErrnoException;
  const isArchive = code === '' || code.startsWith('Z_') || code === 'ERR_INVALID_ARG_VALUE';
  if (error instanceof SourceProblem || !isArchive) return error;
  return new SourceProblem('failed', `The archive cannot be unpacked: ${message.slice(0, 300)}.`, { cause: error });
}
