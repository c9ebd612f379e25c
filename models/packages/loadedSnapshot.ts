/** A published snapshot as it is served: the manifest's bytes, and which content stands behind each path. */
import { setImmediate as turn } from 'node:timers/promises';
import type { Guid } from '../../wire/guid.ts';
import { hashSteps, MANIFEST_END, manifestHead, manifestLines, type ManifestFile } from '../../wire/manifest.ts';
import type { Session } from '../cmdb/types.ts';
import type { SnapshotSummary } from './catalogue.ts';
import { readFileRows, SLICE } from './snapshot/snapshotRows.ts';

export interface StoredFile {
  /** SHA-256, lower-case hex: where it lies in the store, and its ETag. */
  readonly hash: string;
  readonly size: number;
}

export interface LoadedSnapshot {
  readonly manifest: Buffer;
  /** Files by the manifest's path; folders are not among them. */
  readonly files: ReadonlyMap<string, StoredFile>;
}

/**
 * `undefined` when it has been removed meanwhile. What does not fit its own hash is never served. A hundred thousand
 * files are read, checked and written in slices: the event loop turns between them.
 * @throws Error when the rows do not fit the snapshot's hash
 */
export async function loadSnapshot(
  session: Session,
  packageGuid: Guid,
  { version, hash, signature }: SnapshotSummary,
): Promise<LoadedSnapshot | undefined> {
  const all: ManifestFile[] = [];
  const pieces = [Buffer.from(manifestHead({ packageGuid, version, hash, signature }))];
  for await (const slice of readFileRows(session, packageGuid, version)) {
    all.push(...slice);
    pieces.push(Buffer.from(manifestLines(slice)));
  }
  pieces.push(Buffer.from(MANIFEST_END));
  if ((await hashInSteps(all)) !== hash) {
    if (all.length === 0) return undefined;
    throw new Error(`the files of snapshot ${packageGuid} ${version} do not fit its hash`);
  }
  return { manifest: Buffer.concat(pieces), files: await storedFiles(all) };
}

async function hashInSteps(all: readonly ManifestFile[]): Promise<string> {
  const steps = hashSteps(all.length, (index) => all[index]!);
  for (;;) {
    const { value, done } = steps.next();
    if (done === true) return value;
    await turn();
  }
}

async function storedFiles(all: readonly ManifestFile[]): Promise<ReadonlyMap<string, StoredFile>> {
  const files = new Map<string, StoredFile>();
  for (const [index, { path, hash, size, folder }] of all.entries()) {
    if (!folder) files.set(path, { hash, size });
    if (index % SLICE === SLICE - 1) await turn();
  }
  return files;
}

/** Bytes of manifests that are kept; the files of each weigh about as much again. */
const KEPT_BYTES = 32 * 1024 * 1024;

/** Keeps what was asked for last, up to a weight; whoever asks while something is loaded waits for that one load. */
export class SnapshotCache {
  readonly #loaded = new Map<string, LoadedSnapshot>();
  readonly #loading = new Map<string, Promise<LoadedSnapshot | undefined>>();
  #bytes = 0;

  get(key: string, load: () => Promise<LoadedSnapshot | undefined>): Promise<LoadedSnapshot | undefined> {
    const known = this.#loaded.get(key);
    if (known !== undefined) {
      this.#loaded.delete(key);
      this.#loaded.set(key, known);
      return Promise.resolve(known);
    }
    const under = this.#loading.get(key);
    if (under !== undefined) return under;
    const loading = load()
      .then((snapshot) => {
        if (snapshot !== undefined) this.#keep(key, snapshot);
        return snapshot;
      })
      .finally(() => this.#loading.delete(key));
    this.#loading.set(key, loading);
    return loading;
  }

  #keep(key: string, snapshot: LoadedSnapshot): void {
    this.#loaded.set(key, snapshot);
    this.#bytes += snapshot.manifest.length;
    for (const [oldest, { manifest }] of this.#loaded) {
      if (this.#bytes <= KEPT_BYTES || oldest === key) break;
      this.#loaded.delete(oldest);
      this.#bytes -= manifest.length;
    }
  }
}
