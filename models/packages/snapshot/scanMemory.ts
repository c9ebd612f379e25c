/**
 * What the last look at a source has seen, so that only files that changed since are read again. It lies beside the
 * objects and is worth nothing without them: a file that is missing, torn or of another folder means "read everything".
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { sameStamp, type FileStamp, type ScannedFile } from './scanFolder.ts';

export interface HashedFile extends ScannedFile {
  /** SHA-256, lower-case hex; empty for a folder. */
  hash: string;
}

interface Stored {
  format: 1;
  root: string;
  files: [path: string, size: number, mtime: string, inode: string, device: string, hash: string][];
}

/**
 * A file that was written in the same instant as it was read could be written again without its time changing: what is
 * younger than this when it is scanned is read again next time. Two seconds is the coarsest clock of a file system (FAT).
 */
const TOO_YOUNG_MS = 2000;

export class ScanMemory {
  readonly #known = new Map<string, { stamp: FileStamp; hash: string }>();

  static read(file: string, root: string): ScanMemory {
    const memory = new ScanMemory();
    let stored: Stored;
    try {
      stored = JSON.parse(readFileSync(file, 'utf8')) as Stored;
    } catch {
      return memory;
    }
    if (stored.format !== 1 || stored.root !== root) return memory;
    for (const [path, size, mtime, inode, device, hash] of stored.files) {
      memory.#known.set(path, { stamp: { size, mtime, inode, device }, hash });
    }
    return memory;
  }

  /** The hash of a file that is as it was, or `undefined`. */
  hashOf(file: ScannedFile): string | undefined {
    const known = this.#known.get(file.diskPath);
    return known !== undefined && sameStamp(known.stamp, file.stamp) ? known.hash : undefined;
  }

  /** @param scannedAt milliseconds since 1970, before the first file was looked at */
  static write(file: string, root: string, files: readonly HashedFile[], scannedAt: number): void {
    const old = BigInt(scannedAt - TOO_YOUNG_MS) * 1_000_000n;
    const stored: Stored = {
      format: 1,
      root,
      files: files
        .filter((entry) => !entry.folder && entry.hash !== '' && BigInt(entry.stamp.mtime) < old)
        .map(({ diskPath, stamp, hash }) => [diskPath, stamp.size, stamp.mtime, stamp.inode, stamp.device, hash]),
    };
    const temporary = `${file}.${process.pid}.tmp`;
    writeFileSync(temporary, JSON.stringify(stored), { mode: 0o640 });
    renameSync(temporary, file);
  }
}
