/**
 * The package store: each file once, under its SHA-256.
 *
 *   objects/ab/ab12…   content; written under another name, synced, then renamed: a name stands for whole content
 *   incoming/<build>/  content that is on its way; removed with its build
 *   trash/             unreferenced content on its way out (collectGarbage.ts)
 *   scans/<package>.*  what the last look at a source has seen (scanMemory.ts)
 *
 * Files are copied or cloned in, never linked: a hard link would change when the source is edited. The folder can be
 * shared by several nodes; nothing here is kept in memory.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Guid } from '../../../wire/guid.ts';

export const isHash = (text: string): boolean => /^[0-9a-f]{64}$/.test(text);

export class ObjectStore {
  readonly folder: string;

  /** @param folder the store's folder; made when it is missing */
  constructor(folder: string) {
    this.folder = folder;
    for (const name of ['objects', 'incoming', 'trash', 'scans']) {
      mkdirSync(join(folder, name), { recursive: true, mode: 0o750 });
    }
  }

  /** Where content of that hash lies. @throws Error for anything but a hash: paths are made of nothing else */
  objectPath(hash: string): string {
    return join(this.shardFolder(hash.slice(0, 2)), checked(hash));
  }

  shardFolder(shard: string): string {
    return join(this.folder, 'objects', shard);
  }

  trashPath(hash: string): string {
    return join(this.folder, 'trash', checked(hash));
  }

  incomingFolder(build: string): string {
    return join(this.folder, 'incoming', build);
  }

  scanFiles(packageGuid: Guid): { last: string; journal: string } {
    const path = join(this.folder, 'scans', packageGuid);
    return { last: `${path}.scan`, journal: `${path}.journal` };
  }
}

function checked(hash: string): string {
  if (!isHash(hash)) throw new Error('not a SHA-256 in hex');
  return hash;
}

/** The store's place in the data folder. */
export const storeFolder = (dataDir: string): string => join(dataDir, 'packages');
