/** A published snapshot as it is served: the manifest's bytes, and which content stands behind each path. */
import type { Guid } from '../../wire/guid.ts';
import { manifestHash, writeManifest, type ManifestFile } from '../../wire/manifest.ts';
import type { Session } from '../cmdb/types.ts';
import type { SnapshotSummary } from './catalogue.ts';
import { readFileRows } from './snapshot/snapshotRows.ts';

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
 * `undefined` when it has been removed meanwhile. What does not fit its own hash is never served.
 * @throws Error when the rows do not fit the snapshot's hash
 */
export async function loadSnapshot(
  session: Session,
  packageGuid: Guid,
  { version, hash, signature }: SnapshotSummary,
): Promise<LoadedSnapshot | undefined> {
  const files = await readFileRows(session, packageGuid, version);
  if (manifestHash(files) !== hash) {
    if (files.length === 0) return undefined;
    throw new Error(`the files of snapshot ${packageGuid} ${version} do not fit its hash`);
  }
  const manifest = Buffer.from(writeManifest({ packageGuid, version, hash, signature, files }), 'utf8');
  return { manifest, files: storedFiles(files) };
}

const storedFiles = (files: readonly ManifestFile[]): ReadonlyMap<string, StoredFile> =>
  new Map(files.filter((file) => !file.folder).map(({ path, hash, size }) => [path, { hash, size }]));

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
