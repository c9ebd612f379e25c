/**
 * Lists what a source folder holds. Runs in a thread of its own (buildThread.ts), so it may use the synchronous calls,
 * which are several times faster. Reads no file and follows no link.
 */
import { lstatSync, opendirSync, type BigIntStats, type Dirent } from 'node:fs';
import { join } from 'node:path';
import { explainFileError } from '../sources/folderSource.ts';
import { SourceProblem } from '../sources/source.ts';
import { checkName, SiblingNames } from './nameRules.ts';

/** What tells whether a file is still the one that was seen before. */
export interface FileStamp {
  size: number;
  /** Nanoseconds since 1970, as text: they do not fit a number. */
  mtime: string;
  inode: string;
  device: string;
}

export interface ScannedFile {
  /** Path in the package: `/` between segments, Unicode NFC. */
  path: string;
  /** Path on disk, relative to the source folder, in the file system's own form. */
  diskPath: string;
  /** ISO 8601, UTC, milliseconds. */
  date: string;
  executable: boolean;
  /** An empty folder. */
  folder: boolean;
  stamp: FileStamp;
}

const MOST_FILES = 1_000_000;
const EVERYBODY_MAY_RUN = 0o111n;

export function stampOf(stats: BigIntStats): FileStamp {
  return {
    size: Number(stats.size),
    mtime: String(stats.mtimeNs),
    inode: String(stats.ino),
    device: String(stats.dev),
  };
}

export function sameStamp(a: FileStamp, b: FileStamp): boolean {
  return a.size === b.size && a.mtime === b.mtime && a.inode === b.inode && a.device === b.device;
}

/** Files and empty folders, sorted by path. @throws SourceProblem */
export function scanFolder(root: string): ScannedFile[] {
  const found: ScannedFile[] = [];
  scanInto(found, root, '', '');
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function scanInto(found: ScannedFile[], root: string, path: string, diskPath: string): void {
  const names = new SiblingNames();
  for (const entry of entriesOf(root, diskPath)) {
    const inner = path === '' ? entry.name : `${path}/${entry.name}`;
    checkName(inner, entry.name);
    names.add(inner, entry.name);
    scanEntry(found, root, entry, inner.normalize('NFC'), join(diskPath, entry.name));
    if (found.length > MOST_FILES) throw new SourceProblem('failed', `The folder holds more than ${MOST_FILES} files.`);
  }
}

function scanEntry(found: ScannedFile[], root: string, entry: Dirent, path: string, diskPath: string): void {
  if (entry.isDirectory()) {
    const before = found.length;
    scanInto(found, root, path, diskPath);
    if (found.length === before) found.push(scanned(root, path, diskPath, true));
  } else if (entry.isFile()) {
    found.push(scanned(root, path, diskPath, false));
  } else if (entry.isSymbolicLink()) {
    // A link may point at anything that the server can read, and means nothing on a client.
    throw new SourceProblem('failed', `${path} is a link: a package holds files and folders only.`);
  } else {
    throw new SourceProblem('failed', `${path} is neither a file nor a folder.`);
  }
}

function entriesOf(root: string, diskPath: string): Dirent[] {
  const entries: Dirent[] = [];
  try {
    const folder = opendirSync(join(root, diskPath));
    try {
      for (let entry = folder.readSync(); entry !== null; entry = folder.readSync()) entries.push(entry);
    } finally {
      folder.closeSync();
    }
  } catch (error) {
    throw diskPath === '' ? explainFileError(error, root) : explainInner(error, diskPath);
  }
  return entries;
}

function scanned(root: string, path: string, diskPath: string, folder: boolean): ScannedFile {
  try {
    const stats = lstatSync(join(root, diskPath), { bigint: true });
    const executable = !folder && process.platform !== 'win32' && (stats.mode & EVERYBODY_MAY_RUN) !== 0n;
    const stamp = stampOf(stats);
    return { path, diskPath, date: stats.mtime.toISOString(), executable, folder, stamp };
  } catch (error) {
    throw explainInner(error, path);
  }
}

/** Below the root, what is not there any more went while it was looked at. */
export function explainInner(error: unknown, path: string): SourceProblem {
  const { code } = error as NodeJS.ErrnoException;
  // ELOOP: a link has taken the place of what was listed as a file.
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP' || code === 'EISDIR') return changed(path, error);
  return explainFileError(error, path);
}

export function changed(path: string, cause?: unknown): SourceProblem {
  return new SourceProblem('changed_while_scanning', `${path} changed while it was read.`, { cause });
}
