/**
 * Packages on disk: `packages/<guid>/<version>` is a complete, verified version; `<version>.new` is one under way;
 * `<version>.xml` its signed manifest; `parts` holds what has arrived of single files.
 */
import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseGuid, type Guid } from '../../wire/guid.ts';
import type { Manifest } from '../../wire/manifest.ts';
import {
  privateFolder,
  readIfThere,
  readJson,
  syncFolder,
  writeAtomically,
  writeJson,
} from '../../client/base/files.ts';
import { hashOf } from '../../client/packages/download.ts';
import { placeOf } from '../../client/packages/paths.ts';
import { trustedManifest } from '../../client/packages/snapshot.ts';

interface Usage {
  /** Milliseconds since 1970: no policy has named the package since. */
  expiredAt?: number;
  /** What the last policy that named it said; 0: never. */
  cleanupAfterMinutes: number;
}

export class PackageStore {
  readonly #folder: string;

  constructor(stateFolder: string) {
    this.#folder = privateFolder(join(stateFolder, 'packages'));
  }

  folderOf(guid: Guid, version: number): string {
    return join(this.#folder, guid, String(version));
  }

  stagingOf(guid: Guid, version: number): string {
    return privateFolder(join(this.#folder, guid, `${version}.new`));
  }

  partOf(guid: Guid, hash: string): string {
    return join(privateFolder(join(this.#folder, guid, 'parts')), hash);
  }

  get packages(): Guid[] {
    return readdirSync(this.#folder).flatMap((name) => parseGuid(name) ?? []);
  }

  /** Complete versions, the newest first. */
  versions(guid: Guid): number[] {
    const folder = join(this.#folder, guid);
    const names = existsSync(folder) ? readdirSync(folder) : [];
    return names
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .sort((a, b) => b - a);
  }

  /** The kept manifest, if it is there and still proves genuine. */
  manifest(guid: Guid, version: number, keys: readonly string[]): Manifest | undefined {
    try {
      const text = readIfThere(this.#manifestFile(guid, version));
      return text === undefined ? undefined : trustedManifest(text, guid, version, keys);
    } catch {
      return undefined;
    }
  }

  keepManifest(guid: Guid, version: number, text: string): void {
    privateFolder(join(this.#folder, guid));
    writeAtomically(this.#manifestFile(guid, version), text);
  }

  /** The staged version becomes the version: one rename. */
  publish(guid: Guid, version: number): void {
    const folder = this.folderOf(guid, version);
    rmSync(folder, { recursive: true, force: true });
    renameSync(`${folder}.new`, folder);
    syncFolder(join(this.#folder, guid));
    rmSync(join(this.#folder, guid, 'parts'), { recursive: true, force: true });
  }

  /** A version that was found damaged gives its sound files to the next try. */
  unpublish(guid: Guid, version: number): void {
    const folder = this.folderOf(guid, version);
    rmSync(`${folder}.new`, { recursive: true, force: true });
    renameSync(folder, `${folder}.new`);
  }

  /** Removes versions other than `keep`, finished or not, but for folders that a program runs in. */
  discardOthers(guid: Guid, keep: number, inUse: ReadonlySet<string>): void {
    const folder = join(this.#folder, guid);
    for (const name of readdirSync(folder)) {
      const version = /^(\d+)(\.new|\.xml)?$/.exec(name)?.[1];
      if (version === undefined || Number(version) === keep || inUse.has(join(folder, version))) continue;
      rmSync(join(folder, name), { recursive: true, force: true });
    }
  }

  isInUse(guid: Guid, inUse: ReadonlySet<string>): boolean {
    return this.versions(guid).some((version) => inUse.has(this.folderOf(guid, version)));
  }

  remove(guid: Guid): void {
    rmSync(join(this.#folder, guid), { recursive: true, force: true });
  }

  usage(guid: Guid): Usage {
    return readJson<Usage>(join(this.#folder, guid, 'usage.json')) ?? { cleanupAfterMinutes: 0 };
  }

  setUsage(guid: Guid, usage: Usage): void {
    writeJson(join(this.#folder, guid, 'usage.json'), usage);
  }

  #manifestFile(guid: Guid, version: number): string {
    return join(this.#folder, guid, `${version}.xml`);
  }
}

/** Whether a folder holds every file of the manifest as it was signed. A program may have changed its own package. */
export async function isIntact(folder: string, manifest: Manifest, signal: AbortSignal): Promise<boolean> {
  for (const file of manifest.files) {
    const place = placeOf(folder, file.path);
    const found = statSync(place, { throwIfNoEntry: false });
    if (found === undefined || found.isDirectory() !== file.folder) return false;
    if (file.folder) continue;
    if (found.size !== file.size || (await hashOf(place, signal)).digest('hex') !== file.hash) return false;
  }
  return true;
}
