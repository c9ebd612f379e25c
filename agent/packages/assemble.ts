/** Builds a version's folder from its manifest: what is here already is reused by hash, the rest is downloaded. */
import { constants, existsSync, statSync } from 'node:fs';
import { chmod, copyFile, mkdir, rename, rm, statfs, utimes } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Manifest, ManifestFile } from '../../wire/manifest.ts';
import { DiskFailure, downloadFile, hashOf } from '../../client/packages/download.ts';
import { placeOf } from '../../client/packages/paths.ts';
import type { Server } from '../../client/identity/server.ts';

/** Left free on the disk, whatever is downloaded. */
const RESERVE_BYTES = 64 * 1024 * 1024;

export interface Assembly {
  manifest: Manifest;
  /** The folder to fill; may hold files of an earlier try. */
  staging: string;
  /** Folders of older versions with their manifests. */
  older: readonly { folder: string; manifest: Manifest }[];
  partOf(hash: string): string;
}

/** Part of an address below a codebase. */
export function fileUrl(href: string, path: string): URL {
  return new URL(`${href.replace(/\/+$/, '')}/${path.split('/').map(encodeURIComponent).join('/')}`);
}

export class Assembler {
  readonly #assembly: Assembly;
  readonly #signal: AbortSignal;
  /** Where content of a hash lies; entries may turn out to be changed. */
  readonly #known = new Map<string, string[]>();
  readonly #missing: ManifestFile[] = [];

  private constructor(assembly: Assembly, signal: AbortSignal) {
    this.#assembly = assembly;
    this.#signal = signal;
  }

  /** Makes folders, reuses what is here. @throws DiskFailure when the rest does not fit on the disk */
  static async prepare(assembly: Assembly, signal: AbortSignal): Promise<Assembler> {
    const assembler = new Assembler(assembly, signal);
    for (const { folder, manifest } of assembly.older) {
      for (const file of manifest.files) if (!file.folder) assembler.#note(file.hash, placeOf(folder, file.path));
    }
    for (const file of assembly.manifest.files) {
      const place = placeOf(assembly.staging, file.path);
      await mkdir(file.folder ? place : dirname(place), { recursive: true });
      if (!file.folder && !(await assembler.#reuse(file, place))) assembler.#missing.push(file);
    }
    await assembler.#checkDisk();
    return assembler;
  }

  /** Bytes still to fetch. */
  get missingBytes(): number {
    const bySize = new Map(this.#missing.map((file) => [file.hash, file.size]));
    return [...bySize.values()].reduce((sum, size) => sum + size, 0);
  }

  /** Fetches what is missing from one codebase. @throws Unreachable, Refused, WrongContent, DiskFailure */
  async fetchFrom(server: Server, href: string, onBytes: (count: number) => void): Promise<void> {
    while (this.#missing.length > 0) {
      const file = this.#missing[0]!;
      const place = placeOf(this.#assembly.staging, file.path);
      if (!(await this.#reuse(file, place))) {
        const part = this.#assembly.partOf(file.hash);
        const wanted = { url: fileUrl(href, file.path), part, size: file.size, hash: file.hash };
        await downloadFile(server, wanted, onBytes, this.#signal);
        await rename(part, place);
        await this.#dress(file, place);
      }
      this.#missing.shift();
    }
  }

  #note(hash: string, place: string): void {
    const places = this.#known.get(hash);
    if (places === undefined) this.#known.set(hash, [place]);
    else places.push(place);
  }

  async #reuse(file: ManifestFile, place: string): Promise<boolean> {
    if (await this.#isSound(file, place)) {
      await this.#dress(file, place);
      return true;
    }
    await rm(place, { recursive: true, force: true });
    for (const source of this.#known.get(file.hash) ?? []) {
      if (!existsSync(source)) continue;
      // A copy and not a link: a program may change its files, and must not change those of another version.
      await copyFile(source, place, constants.COPYFILE_FICLONE);
      if (await this.#isSound(file, place)) {
        await this.#dress(file, place);
        return true;
      }
      await rm(place, { force: true });
    }
    return false;
  }

  async #isSound(file: ManifestFile, place: string): Promise<boolean> {
    const found = statSync(place, { throwIfNoEntry: false });
    if (found === undefined || !found.isFile() || found.size !== file.size) return false;
    return (await hashOf(place, this.#signal)).digest('hex') === file.hash;
  }

  async #dress(file: ManifestFile, place: string): Promise<void> {
    await chmod(place, file.executable ? 0o755 : 0o644);
    const time = new Date(file.date);
    if (!Number.isNaN(time.getTime())) await utimes(place, time, time);
    this.#note(file.hash, place);
  }

  async #checkDisk(): Promise<void> {
    const { bavail, bsize } = await statfs(this.#assembly.staging);
    const free = bavail * bsize;
    const needed = this.#missing.reduce((sum, file) => sum + file.size, RESERVE_BYTES);
    if (free < needed) throw new DiskFailure(`${needed} bytes are needed on the disk, ${free} are free`);
  }
}
