/**
 * What was seen of a source and what it hashed to, so that only files that changed since are read again. It lies beside
 * the objects and is worth nothing without them: what is missing, torn or of another folder means "read everything".
 *
 * Two files: the last finished look, a line for each file in the order of the paths; and the journal of the build that
 * is under way, or died, with a line for each file that has reached the store. A line is the hash, the stamp and the
 * path; names hold no line break (nameRules.ts), and a torn line equals nothing.
 */
import { closeSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import type { FileList, FileStamp, ScannedFile } from './fileList.ts';

/**
 * A file that was written in the same instant as it was read could be written again without its time changing: what is
 * younger than this when it is scanned is read again next time. Two seconds is the coarsest clock of a file system (FAT).
 */
const TOO_YOUNG_MS = 2000;
const CHUNK = 256 * 1024;
const HASH_LENGTH = 64;
const LONGEST_HEAD = 16 * 1024;

const headOf = (root: string): string => JSON.stringify({ format: 2, root });

type Seen = Pick<ScannedFile, keyof FileStamp | 'diskPath'>;

/** What is compared: a file of which any part of this is another is another file. */
const identity = ({ size, mtime, inode, device, diskPath }: Seen): string =>
  `${size} ${mtime} ${inode} ${device} ${diskPath}`;

export const memoryLine = (hash: string, file: Seen): string => `${hash} ${identity(file)}\n`;

/** Whether a file is so old that its stamp can be trusted. `scannedAt`: milliseconds since 1970, before the first look. */
export const isOldEnough = (file: FileStamp, scannedAt: number): boolean =>
  file.mtime < BigInt(scannedAt - TOO_YOUNG_MS) * 1_000_000n;

export interface MemoryFiles {
  last: string;
  journal: string;
}

/** What is known of a file: its hash, or that one of this path and size was seen, as after a copy with new times. */
export interface Known {
  /** Empty when the file is another one now. */
  hash: string;
  isFamiliar: boolean;
}

/** Is asked for the files of a scan in the order of their paths. */
export class ScanMemory {
  readonly #lines: Iterator<string>;
  readonly #journal: ReadonlyMap<string, string>;
  #line: string | undefined;

  constructor(files: MemoryFiles, root: string) {
    this.#lines = readLines(files.last, root);
    this.#journal = readJournal(files.journal, root);
    this.#next();
  }

  known(file: ScannedFile): Known {
    const wanted = identity(file);
    const journalled = this.#journal.get(wanted);
    while (this.#line !== undefined && pathIn(this.#line).normalize('NFC') < file.path) this.#next();
    const line = this.#line !== undefined && pathIn(this.#line) === file.diskPath ? this.#line : undefined;
    const isSame = line !== undefined && line.slice(HASH_LENGTH + 1) === wanted;
    return {
      hash: journalled ?? (isSame ? line.slice(0, HASH_LENGTH) : ''),
      isFamiliar: line !== undefined && line.startsWith(`${file.size} `, HASH_LENGTH + 1),
    };
  }

  /** Before the end of the file is reached. */
  close(): void {
    this.#lines.return?.();
  }

  #next(): void {
    const { value, done } = this.#lines.next() as IteratorResult<string, undefined>;
    this.#line = done === true ? undefined : value;
  }
}

function pathIn(line: string): string {
  let at = HASH_LENGTH;
  for (let blank = 0; blank < 4; blank++) at = line.indexOf(' ', at + 1);
  return line.slice(at + 1);
}

/** Lines behind the head, piece by piece: a million of them need not be in memory at once. */
function* readLines(path: string, root: string): Generator<string, undefined> {
  const file = openIfThere(path);
  if (file === undefined) return;
  try {
    const decoder = new StringDecoder('utf8');
    const chunk = Buffer.allocUnsafe(CHUNK);
    let left = '';
    let isHead = true;
    for (let size = readSync(file, chunk); size > 0; size = readSync(file, chunk)) {
      const lines = (left + decoder.write(chunk.subarray(0, size))).split('\n');
      left = lines.pop()!;
      for (const line of lines) {
        if (isHead && line !== headOf(root)) return;
        if (!isHead) yield line;
        isHead = false;
      }
    }
  } finally {
    closeSync(file);
  }
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch {
    return undefined;
  }
}

/** Hashes by the rest of their lines. */
function readJournal(path: string, root: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of readLines(path, root)) found.set(line.slice(HASH_LENGTH + 1), line.slice(0, HASH_LENGTH));
  return found;
}

/** Opens the journal for `fs.writeSync`: what a build that died has noted stays. */
export function openJournal({ journal }: MemoryFiles, root: string): number {
  const isFitting = firstLine(journal) === headOf(root);
  const file = openSync(journal, isFitting ? 'a' : 'w', 0o640);
  // Behind what a crash may have torn, a new line begins.
  writeSync(file, isFitting ? '\n' : `${headOf(root)}\n`);
  return file;
}

function firstLine(path: string): string | undefined {
  const file = openIfThere(path);
  if (file === undefined) return undefined;
  try {
    const start = Buffer.alloc(LONGEST_HEAD);
    return start.toString('utf8', 0, readSync(file, start)).split('\n', 1)[0];
  } finally {
    closeSync(file);
  }
}

/** Notes a finished look; the journal has done its service. */
export function writeMemory({ last, journal }: MemoryFiles, root: string, files: FileList, scannedAt: number): void {
  const temporary = `${last}.${process.pid}.tmp`;
  const file = openSync(temporary, 'w', 0o640);
  try {
    let text = `${headOf(root)}\n`;
    for (let index = 0; index < files.length; index++) {
      const seen = files.get(index);
      if (!files.hasHash(index) || !isOldEnough(seen, scannedAt)) continue;
      text += memoryLine(files.hash(index), seen);
      if (text.length < CHUNK) continue;
      writeSync(file, text);
      text = '';
    }
    writeSync(file, text);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, last);
  rmSync(journal, { force: true });
}
