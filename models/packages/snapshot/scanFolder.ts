/**
 * Lists what a source folder holds. Runs in a thread of its own (buildThread.ts), so it may use the synchronous calls,
 * which are several times faster. Reads no file and follows no link.
 */
import { lstatSync, readdirSync, type BigIntStats, type Dirent } from 'node:fs';
import { sep } from 'node:path';
import { explainFileError } from '../sources/folderSource.ts';
import { SourceProblem } from '../sources/source.ts';
import { FileList, type FileStamp, type ScannedFile } from './fileList.ts';
import { checkName, SiblingNames } from './nameRules.ts';

const MOST_FILES = 1_000_000;
const EVERYBODY_MAY_RUN = 0o111n;

export const stampOf = (stats: BigIntStats): FileStamp => ({
  size: Number(stats.size),
  mtime: stats.mtimeNs,
  inode: stats.ino,
  device: stats.dev,
});

/** Files and empty folders, sorted by path. @throws SourceProblem */
export function scanFolder(root: string): FileList {
  const found = new FileList();
  scanInto(found, root, '', '');
  return found.sorted();
}

/** The same one by one, and nearly always in that order: for who need not have them all at once. @throws SourceProblem */
export function visitFolder(root: string, visit: (file: ScannedFile) => void): void {
  let length = 0;
  const found = {
    get length() {
      return length;
    },
    add(file: ScannedFile): void {
      length++;
      visit(file);
    },
  };
  scanInto(found, root, '', '');
}

type Found = Pick<FileList, 'length' | 'add'>;

/** `path` and `diskPath`: empty, or with their last separator. */
function scanInto(found: Found, root: string, path: string, diskPath: string): void {
  const names = new SiblingNames();
  for (const entry of entriesOf(root, diskPath)) {
    const inner = path + entry.name;
    checkName(inner, entry.name);
    names.add(inner, entry.name);
    scanEntry(found, root, entry, inner.normalize('NFC'), diskPath + entry.name);
    if (found.length > MOST_FILES) throw new SourceProblem('failed', `The folder holds more than ${MOST_FILES} files.`);
  }
}

function scanEntry(found: Found, root: string, entry: Dirent, path: string, diskPath: string): void {
  if (entry.isDirectory()) {
    const before = found.length;
    scanInto(found, root, `${path}/`, diskPath + sep);
    if (found.length === before) addScanned(found, root, path, diskPath, true);
  } else if (entry.isFile()) {
    addScanned(found, root, path, diskPath, false);
  } else if (entry.isSymbolicLink()) {
    // A link may point at anything that the server can read, and means nothing on a client.
    throw new SourceProblem('failed', `${path} is a link: a package holds files and folders only.`);
  } else {
    throw new SourceProblem('failed', `${path} is neither a file nor a folder.`);
  }
}

/** In the order of the paths that come of them: what lies in a folder has a `/` behind the folder's name. */
function entriesOf(root: string, diskPath: string): Dirent[] {
  try {
    const entries = readdirSync(root + sep + diskPath, { withFileTypes: true });
    const key = (entry: Dirent): string => (entry.isDirectory() ? `${entry.name}/` : entry.name);
    return entries.sort((a, b) => (key(a) < key(b) ? -1 : 1));
  } catch (error) {
    throw diskPath === '' ? explainFileError(error, root) : explainInner(error, diskPath.slice(0, -1));
  }
}

function addScanned(found: Found, root: string, path: string, diskPath: string, folder: boolean): void {
  try {
    const stats = lstatSync(root + sep + diskPath, { bigint: true });
    const executable = !folder && process.platform !== 'win32' && (stats.mode & EVERYBODY_MAY_RUN) !== 0n;
    found.add({ path, diskPath, executable, folder, ...stampOf(stats) });
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
