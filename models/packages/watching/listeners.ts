/**
 * Hears of changes from the operating system. That only makes looks come sooner: what it does not tell (network file
 * systems, folders beyond the bound) is found by looking.
 */
import { watch, type FSWatcher } from 'node:fs';

/** On Linux each folder costs one of a number that all programs of a user share (fs.inotify.max_user_watches). */
const MOST_LISTENERS = 4096;
/** Here one listener hears of everything below its folder. */
const IS_RECURSIVE = process.platform === 'win32' || process.platform === 'darwin';

let count = 0;

export class Listeners {
  readonly #onChange: () => void;
  readonly #open = new Map<string, { inode: string; watcher: FSWatcher }>();

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** @param folders the root first, with their inodes */
  follow(folders: ReadonlyMap<string, string>): void {
    const wanted = IS_RECURSIVE ? new Map([...folders].slice(0, 1)) : folders;
    for (const [folder, { inode }] of this.#open) if (wanted.get(folder) !== inode) this.#close(folder);
    for (const [folder, inode] of wanted) {
      if (count >= MOST_LISTENERS) return;
      if (!this.#open.has(folder)) this.#listen(folder, inode);
    }
  }

  close(): void {
    for (const folder of [...this.#open.keys()]) this.#close(folder);
  }

  #listen(folder: string, inode: string): void {
    try {
      const watcher = watch(folder, { recursive: IS_RECURSIVE }, this.#onChange);
      watcher.on('error', () => this.#close(folder));
      this.#open.set(folder, { inode, watcher });
      count++;
    } catch {
      // Gone meanwhile, or the system has no more listeners: looking finds what they would have told.
    }
  }

  #close(folder: string): void {
    this.#open.get(folder)?.watcher.close();
    if (this.#open.delete(folder)) count--;
  }
}
