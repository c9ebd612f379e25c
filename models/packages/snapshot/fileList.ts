/**
 * Files of a source in columns: a package may have hundreds of thousands, and an object for each would weigh ten times
 * as much.
 */
import type { ManifestFile } from '../../../wire/manifest.ts';

/** What tells whether a file is still the one that was seen before. */
export interface FileStamp {
  size: number;
  /** Nanoseconds since 1970. */
  mtime: bigint;
  inode: bigint;
  device: bigint;
}

export const sameStamp = (a: FileStamp, b: FileStamp): boolean =>
  a.size === b.size && a.mtime === b.mtime && a.inode === b.inode && a.device === b.device;

export interface ScannedFile extends FileStamp {
  /** Path in the package: `/` between segments, Unicode NFC. */
  path: string;
  /** Path on disk, relative to the source folder, in the file system's own form. */
  diskPath: string;
  executable: boolean;
  /** An empty folder. */
  folder: boolean;
}

const EXECUTABLE = 1;
const FOLDER = 2;
const HASHED = 4;
const FIRST_ROOM = 256;
const HASH_BYTES = 32;

export class FileList {
  readonly #paths: string[] = [];
  readonly #diskPaths: string[] = [];
  #sizes = new Float64Array(FIRST_ROOM);
  #mtimes = new BigInt64Array(FIRST_ROOM);
  #inodes = new BigUint64Array(FIRST_ROOM);
  #devices = new BigUint64Array(FIRST_ROOM);
  #flags = new Uint8Array(FIRST_ROOM);
  #hashes = Buffer.alloc(FIRST_ROOM * HASH_BYTES);

  get length(): number {
    return this.#paths.length;
  }

  add({ path, diskPath, size, mtime, inode, device, executable, folder }: ScannedFile): void {
    const index = this.length;
    if (index === this.#sizes.length) this.#grow();
    this.#paths.push(path);
    // Nearly always the same text: kept once.
    this.#diskPaths.push(diskPath === path ? path : diskPath);
    this.#sizes[index] = folder ? 0 : size;
    this.#mtimes[index] = mtime;
    this.#inodes[index] = inode;
    this.#devices[index] = device;
    this.#flags[index] = (executable ? EXECUTABLE : 0) | (folder ? FOLDER : 0);
  }

  path(index: number): string {
    return this.#paths[index]!;
  }

  size(index: number): number {
    return this.#sizes[index]!;
  }

  isFolder(index: number): boolean {
    return (this.#flags[index]! & FOLDER) !== 0;
  }

  get(index: number): ScannedFile {
    return {
      path: this.#paths[index]!,
      diskPath: this.#diskPaths[index]!,
      size: this.#sizes[index]!,
      mtime: this.#mtimes[index]!,
      inode: this.#inodes[index]!,
      device: this.#devices[index]!,
      executable: (this.#flags[index]! & EXECUTABLE) !== 0,
      folder: this.isFolder(index),
    };
  }

  hasHash(index: number): boolean {
    return (this.#flags[index]! & HASHED) !== 0;
  }

  /** Lower-case hex; empty for a folder, and while it is not known. */
  hash(index: number): string {
    return this.hasHash(index) ? this.#hashes.toString('hex', index * HASH_BYTES, (index + 1) * HASH_BYTES) : '';
  }

  setHash(index: number, hash: string): void {
    this.#hashes.write(hash, index * HASH_BYTES, HASH_BYTES, 'hex');
    this.#flags[index]! |= HASHED;
  }

  /** Nothing of the file is another than of one of another look, its hash aside. */
  isSame(index: number, other: FileList): boolean {
    return (
      (this.#flags[index]! & ~HASHED) === (other.#flags[index]! & ~HASHED) &&
      (this.isFolder(index) ||
        (this.#sizes[index] === other.#sizes[index] &&
          this.#mtimes[index] === other.#mtimes[index] &&
          this.#inodes[index] === other.#inodes[index] &&
          this.#devices[index] === other.#devices[index]))
    );
  }

  /** The same of a file that was looked at again, its path included. */
  isStill(index: number, file: ScannedFile): boolean {
    const flags = (file.executable ? EXECUTABLE : 0) | (file.folder ? FOLDER : 0);
    return (
      this.#paths[index] === file.path &&
      (this.#flags[index]! & ~HASHED) === flags &&
      (file.folder ||
        (this.#sizes[index] === file.size &&
          this.#mtimes[index] === file.mtime &&
          this.#inodes[index] === file.inode &&
          this.#devices[index] === file.device))
    );
  }

  /** What counts for the hash of the package: the time does not, and to write it out takes longer than the rest. */
  hashed(index: number): ManifestFile {
    return {
      path: this.#paths[index]!,
      size: this.#sizes[index]!,
      date: '',
      hash: this.hash(index),
      executable: (this.#flags[index]! & EXECUTABLE) !== 0,
      folder: this.isFolder(index),
    };
  }

  manifestFile(index: number): ManifestFile {
    const date = new Date(Number(this.#mtimes[index]! / 1_000_000n)).toISOString();
    return { ...this.hashed(index), date };
  }

  /** By path. The scan goes by names, so it is nearly always in order already. */
  sorted(): FileList {
    let isSorted = true;
    for (let index = 1; index < this.length && isSorted; index++) {
      isSorted = this.#paths[index - 1]! < this.#paths[index]!;
    }
    if (isSorted) return this;
    const order = [...this.#paths.keys()].sort((a, b) => (this.#paths[a]! < this.#paths[b]! ? -1 : 1));
    const list = new FileList();
    for (const index of order) list.add(this.get(index));
    return list;
  }

  #grow(): void {
    const room = this.#sizes.length * 2;
    this.#sizes = grown(this.#sizes, new Float64Array(room));
    this.#mtimes = grown(this.#mtimes, new BigInt64Array(room));
    this.#inodes = grown(this.#inodes, new BigUint64Array(room));
    this.#devices = grown(this.#devices, new BigUint64Array(room));
    this.#flags = grown(this.#flags, new Uint8Array(room));
    this.#hashes = grown(this.#hashes, Buffer.alloc(room * HASH_BYTES));
  }
}

function grown<T extends { set(from: T): void }>(from: T, to: T): T {
  to.set(from);
  return to;
}
