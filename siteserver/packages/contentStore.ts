/**
 * What a package server holds: each file once, under its SHA-256, and each complete version as its signed manifest.
 *
 *   content/objects/ab/ab12…          verified content; renamed into place, so a name stands for whole content
 *   content/parts/…                   content under way, which a later try goes on with
 *   content/packages/<guid>/<n>.xml   manifest of a complete version; <n>.new.xml: of one under way
 *
 * A version is published by one rename of its manifest. There is no folder tree of a package: a path is a key of the
 * manifest, so there is nothing to escape from and nothing to list.
 */
import { readdirSync, rmSync, statSync } from 'node:fs';
import { copyFile, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseGuid, type Guid } from '../../wire/guid.ts';
import { readManifest, type Manifest } from '../../wire/manifest.ts';
import { privateFolder, readIfThere, syncFolder, writeAtomically } from '../../client/base/files.ts';
import { hashOf } from '../../client/packages/download.ts';
import { trustedManifest, UnknownSignature } from '../../client/packages/snapshot.ts';
import { removeIfFree, renamePatiently } from './patientFiles.ts';
import type { ShareView } from './shareView.ts';

export interface StoredFile {
  readonly hash: string;
  readonly size: number;
}

export interface HeldVersion {
  readonly version: number;
  /** Of the manifest. */
  readonly hash: string;
  readonly files: ReadonlyMap<string, StoredFile>;
}

export class ContentStore {
  readonly #folder: string;
  readonly #held = new Map<Guid, Map<number, HeldVersion>>();
  /** Where complete versions can be read over a file share, too. */
  view: ShareView | undefined;
  /** Content of packages whose manifest has to be fetched anew: none of it is served, none is thrown away. */
  readonly #doubtful = new Map<Guid, Set<string>>();

  constructor(stateFolder: string) {
    this.#folder = privateFolder(join(stateFolder, 'content'));
    for (const name of ['objects', 'parts', 'packages']) privateFolder(join(this.#folder, name));
  }

  get folder(): string {
    return this.#folder;
  }

  /**
   * Reads what is here. A manifest that none of the keys has signed is fetched anew before anything of it is served; its
   * content waits for that. Call it once the server's key is known, and again when a key was revoked.
   */
  async load(keys: readonly string[]): Promise<void> {
    this.#held.clear();
    this.#doubtful.clear();
    for (const name of readdirSync(join(this.#folder, 'packages'))) {
      const guid = parseGuid(name);
      if (guid === undefined) continue;
      for (const file of readdirSync(this.#packageFolder(guid))) {
        const version = Number(/^(\d+)\.xml$/.exec(file)?.[1]);
        if (version > 0) await this.#loadVersion(guid, version, keys);
      }
    }
  }

  async #loadVersion(guid: Guid, version: number, keys: readonly string[]): Promise<void> {
    let text = '';
    try {
      text = await readFile(this.#manifestFile(guid, version), 'utf8');
      const manifest = trustedManifest(text, guid, version, keys);
      if (manifest.files.every((file) => file.folder || this.has(file.hash, file.size))) this.#hold(manifest);
      else await this.reopen(guid, version);
    } catch (error) {
      if (error instanceof UnknownSignature) this.#doubt(guid, text);
      await rm(this.#manifestFile(guid, version), { force: true });
    }
  }

  #doubt(guid: Guid, text: string): void {
    const hashes = this.#doubtful.get(guid) ?? new Set();
    for (const { hash } of readManifest(text).files) hashes.add(hash);
    this.#doubtful.set(guid, hashes);
  }

  /** Switches the file share on or off. */
  async publishView(isPublished: boolean): Promise<void> {
    if (!isPublished) return this.view?.withdraw();
    const all = this.packages.flatMap((guid) => this.versions(guid).map((held) => ({ guid, held })));
    await this.view?.publish(all, join(this.#folder, 'parts'));
  }

  get packages(): Guid[] {
    return [...this.#held.keys()];
  }

  /** Complete versions, the newest first. */
  versions(guid: Guid): HeldVersion[] {
    return [...(this.#held.get(guid)?.values() ?? [])].sort((a, b) => b.version - a.version);
  }

  version(guid: Guid, version: number): HeldVersion | undefined {
    return this.#held.get(guid)?.get(version);
  }

  /** Where content of that hash lies. @throws Error for anything but a hash: paths are made of nothing else */
  objectPath(hash: string): string {
    return join(this.#folder, 'objects', checked(hash).slice(0, 2), hash);
  }

  partPath(hash: string): string {
    return join(this.#folder, 'parts', checked(hash));
  }

  /** Bytes that are here of content under way. */
  partSize(hash: string): number {
    return statSync(this.partPath(hash), { throwIfNoEntry: false })?.size ?? 0;
  }

  has(hash: string, size: number): boolean {
    return statSync(this.objectPath(hash), { throwIfNoEntry: false })?.size === size;
  }

  /** A verified part becomes content: synced, then renamed. */
  async adopt(hash: string): Promise<void> {
    const place = this.objectPath(hash);
    await mkdir(dirname(place), { recursive: true, mode: 0o700 });
    const file = await open(this.partPath(hash), 'r+');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
    await renamePatiently(this.partPath(hash), place);
  }

  /** Takes in a file from elsewhere if it is the wanted one. */
  async adoptCopy(source: string, file: StoredFile, signal: AbortSignal): Promise<boolean> {
    if (statSync(source, { throwIfNoEntry: false })?.size !== file.size) return false;
    const part = this.partPath(file.hash);
    await copyFile(source, part);
    // The copy is looked at, not the source: that one may change in between.
    if ((await hashOf(part, signal)).digest('hex') === file.hash) {
      await this.adopt(file.hash);
      return true;
    }
    await rm(part, { force: true });
    return false;
  }

  keepManifest(guid: Guid, version: number, text: string): void {
    privateFolder(this.#packageFolder(guid));
    writeAtomically(this.#manifestFile(guid, version, '.new'), text);
  }

  /** The manifest of a version under way, if it is here and still proves genuine. */
  keptManifest(guid: Guid, version: number, keys: readonly string[]): Manifest | undefined {
    try {
      const text = readIfThere(this.#manifestFile(guid, version, '.new'));
      return text === undefined ? undefined : trustedManifest(text, guid, version, keys);
    } catch {
      return undefined;
    }
  }

  /** Every file is here: from now on the version is served. */
  async publish(manifest: Manifest): Promise<void> {
    const { packageGuid, version } = manifest;
    for (const shard of new Set(manifest.files.filter((file) => !file.folder).map(({ hash }) => hash.slice(0, 2)))) {
      syncFolder(join(this.#folder, 'objects', shard));
    }
    await renamePatiently(this.#manifestFile(packageGuid, version, '.new'), this.#manifestFile(packageGuid, version));
    syncFolder(this.#packageFolder(packageGuid));
    // Whoever hears of the version finds it on the share.
    await this.view?.show(packageGuid, heldVersion(manifest));
    this.#hold(manifest);
  }

  /** A version turned out to be damaged: it is no longer served, and what is sound of it is kept for the next try. */
  async reopen(guid: Guid, version: number): Promise<void> {
    this.#held.get(guid)?.delete(version);
    this.view?.hide(guid, version);
    await rename(this.#manifestFile(guid, version), this.#manifestFile(guid, version, '.new')).catch(() => undefined);
  }

  removeVersion(guid: Guid, version: number): void {
    this.#held.get(guid)?.delete(version);
    this.view?.hide(guid, version);
    rmSync(this.#manifestFile(guid, version), { force: true });
  }

  removePackage(guid: Guid): void {
    this.#held.delete(guid);
    this.view?.hide(guid);
    this.#doubtful.delete(guid);
    rmSync(this.#packageFolder(guid), { recursive: true, force: true });
  }

  /** Content that is not to be believed any more; what is on its way to somebody is sent to its end. */
  discard(hash: string): void {
    removeIfFree(this.objectPath(hash));
  }

  /** Content that a fault was found in. */
  async dropObject(hash: string): Promise<void> {
    await rm(this.objectPath(hash), { force: true });
  }

  /** Removes content that no complete version needs; `underWay`: hashes of versions that are being fetched. */
  collectGarbage(underWay: ReadonlySet<string>): void {
    const needed = new Set(underWay);
    for (const hashes of this.#doubtful.values()) for (const hash of hashes) needed.add(hash);
    for (const versions of this.#held.values()) {
      for (const { files } of versions.values()) for (const { hash } of files.values()) needed.add(hash);
    }
    const objects = join(this.#folder, 'objects');
    for (const shard of readdirSync(objects)) {
      for (const hash of readdirSync(join(objects, shard))) {
        if (!needed.has(hash)) removeIfFree(join(objects, shard, hash));
      }
    }
    for (const part of readdirSync(join(this.#folder, 'parts'))) {
      if (!needed.has(part.replace(/\.etag$/, ''))) removeIfFree(join(this.#folder, 'parts', part));
    }
  }

  /** Bytes of everything that is held, each file once. */
  get storedBytes(): number {
    const sizes = new Map<string, number>();
    for (const versions of this.#held.values()) {
      for (const { files } of versions.values()) for (const { hash, size } of files.values()) sizes.set(hash, size);
    }
    return [...sizes.values()].reduce((sum, size) => sum + size, 0);
  }

  #hold(manifest: Manifest): void {
    this.#doubtful.delete(manifest.packageGuid);
    const held = heldVersion(manifest);
    const versions = this.#held.get(manifest.packageGuid);
    if (versions === undefined) this.#held.set(manifest.packageGuid, new Map([[held.version, held]]));
    else versions.set(held.version, held);
  }

  #packageFolder(guid: Guid): string {
    return join(this.#folder, 'packages', guid);
  }

  #manifestFile(guid: Guid, version: number, state: '' | '.new' = ''): string {
    return join(this.#packageFolder(guid), `${version}${state}.xml`);
  }
}

function heldVersion({ version, hash, files }: Manifest): HeldVersion {
  const plain = files.filter((file) => !file.folder);
  return { version, hash, files: new Map(plain.map((file) => [file.path, { hash: file.hash, size: file.size }])) };
}

function checked(hash: string): string {
  if (!/^[0-9a-f]{64}$/.test(hash)) throw new Error('not a hash');
  return hash;
}
