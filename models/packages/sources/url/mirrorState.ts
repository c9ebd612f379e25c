/**
 * The copy that is kept of a source on the web, below the data folder:
 *
 *   mirrors/<package>/files/      the files as the package has them
 *   mirrors/<package>/index       the list of files, as the server sent it
 *   mirrors/<package>/state.json  what is known of them
 *   mirrors/<package>/incoming/   what is on its way; goes on after a restart
 *
 * It is worth nothing by itself: what is missing, torn or of another address is fetched again.
 */
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Guid } from '../../../../wire/guid.ts';
import type { Validators } from './download.ts';

export interface HeldFile {
  validators: Validators;
  /** SHA-256 that the list gave when the file was fetched; empty when it gave none. */
  sha256: string;
  /** Of the copy, so that one that somebody changed is noticed. */
  size: number;
  mtimeMs: number;
}

export interface MirrorState {
  format: 1;
  /** As it was entered. */
  address: string;
  /** What brought the list or archive that the files are of; null while they are not all there. */
  index: { url: string; base: string; validators: Validators; isArchive: boolean } | null;
  files: Record<string, HeldFile>;
}

export const mirrorsFolder = (dataDir: string): string => join(dataDir, 'mirrors');
export const mirrorFolder = (dataDir: string, guid: Guid): string => join(mirrorsFolder(dataDir), guid);

export const placesIn = (root: string) => ({
  files: join(root, 'files'),
  unpacking: join(root, 'unpacking'),
  incoming: join(root, 'incoming'),
  index: join(root, 'index'),
  state: join(root, 'state.json'),
});
export type Places = ReturnType<typeof placesIn>;

export function readState(places: Places, address: string): MirrorState {
  const nothing: MirrorState = { format: 1, address, index: null, files: {} };
  try {
    const state = JSON.parse(readFileSync(places.state, 'utf8')) as MirrorState;
    return state.format === 1 && state.address === address ? state : nothing;
  } catch {
    return nothing;
  }
}

export function writeState(places: Places, state: MirrorState): void {
  writeFileSync(`${places.state}.tmp`, JSON.stringify(state), { mode: 0o640 });
  renameSync(`${places.state}.tmp`, places.state);
}

/** Whether the copy is still the one that was fetched. */
export function isIntact(path: string, held: HeldFile): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isFile() === true && found.size === held.size && found.mtimeMs === held.mtimeMs;
}
