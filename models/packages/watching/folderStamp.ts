/** One value for how a folder stands: names, sizes, times, execute bits. Reads no file and follows no link. Blocks: for threads. */
import { createHash, type Hash } from 'node:crypto';
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export interface FolderStamp {
  /** Differs when anything in the folder does. */
  stamp: string;
  /** The folder and those below it, with their inodes: a folder that was replaced is another. */
  folders: Map<string, string>;
}

/** Of a folder that is not there, or may not be read. */
const MISSING: FolderStamp = { stamp: 'missing', folders: new Map() };
/** Enough to see that something changes; what has more is left to the schedule. */
const MOST_ENTRIES = 1_000_000;

export function stampFolder(root: string): FolderStamp {
  const walk = { hash: createHash('sha256'), folders: new Map<string, string>(), entries: 0 };
  try {
    stampInto(walk, root);
  } catch {
    return MISSING;
  }
  return { stamp: walk.hash.digest('base64'), folders: walk.folders };
}

function stampInto(walk: { hash: Hash; folders: Map<string, string>; entries: number }, folder: string): void {
  const { ino, dev } = lstatSync(folder, { bigint: true });
  walk.folders.set(folder, `${dev} ${ino}`);
  const inner: string[] = [];
  // In one order, whatever the file system's is at the moment.
  for (const name of readdirSync(folder).sort()) {
    if (++walk.entries > MOST_ENTRIES) return;
    const found = lstatSync(join(folder, name), { bigint: true, throwIfNoEntry: false });
    if (found === undefined) continue;
    if (found.isDirectory()) inner.push(name);
    const { mode, size, mtimeNs, ino: inode } = found;
    walk.hash.update(`${JSON.stringify(name)} ${mode} ${found.isDirectory() ? 0 : `${size} ${mtimeNs} ${inode}`}\n`);
  }
  for (const name of inner) {
    walk.hash.update(`${JSON.stringify(name)}/\n`);
    stampInto(walk, join(folder, name));
  }
}
