/** Brings what an address names into a folder of its own: the files of a list, or what an archive holds. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Guid } from '../../../../wire/guid.ts';
import { SourceProblem, type FetchProgress, type UrlLimits } from '../source.ts';
import { Allowance } from './allowance.ts';
import { bringFiles } from './bringFiles.ts';
import { discard, download, type Downloaded } from './download.ts';
import { LONGEST_LIST, parseFileList } from './fileList.ts';
import { mirrorFolder, placesIn, readState, writeState, type MirrorState, type Places } from './mirrorState.ts';
import { parseAddress, shown } from './reachable.ts';
import { NotThere, Requester } from './request.ts';
import { archiveKind, unpack, type ArchiveKind } from './unpack.ts';

export interface MirrorJob {
  packageGuid: Guid;
  address: string;
  dataDir: string;
  limits: UrlLimits;
  reserveBytes: number;
}

/** Names of lists, where the address is that of a folder; the first says more. */
const LISTS = ['files.json', 'SHA256SUMS'];

/** Answers the folder. @throws SourceProblem */
export async function mirror(job: MirrorJob, tell: (progress: FetchProgress) => void): Promise<string> {
  const places = placesIn(mirrorFolder(job.dataDir, job.packageGuid));
  mkdirSync(places.incoming, { recursive: true, mode: 0o750 });
  const requester = new Requester(job.limits);
  try {
    await new Mirroring(job, places, requester, tell).run();
    return places.files;
  } finally {
    requester.close();
  }
}

class Mirroring {
  readonly #job: MirrorJob;
  readonly #places: Places;
  readonly #requester: Requester;
  readonly #tell: (progress: FetchProgress) => void;
  readonly #state: MirrorState;
  readonly #progress: FetchProgress = { files: 0, totalFiles: 0, bytes: 0, totalBytes: 0 };

  constructor(job: MirrorJob, places: Places, requester: Requester, tell: (progress: FetchProgress) => void) {
    this.#job = job;
    this.#places = places;
    this.#requester = requester;
    this.#tell = tell;
    this.#state = readState(places, job.address);
  }

  async run(): Promise<void> {
    const part = join(this.#places.incoming, 'index');
    const { got, asked } = await this.#fetchIndex(part);
    if (!got.isNew) {
      const { isArchive, base } = this.#state.index!;
      // Files without a hash may have changed though the list has not.
      if (!isArchive) await this.#bring(new URL(base));
      return;
    }
    const kind = archiveKind(part);
    const index = { url: asked.href, base: got.url.href, validators: got.validators, isArchive: kind !== undefined };
    if (kind !== undefined) await this.#unpack(part, kind);
    else {
      renameSync(part, this.#places.index);
      this.#state.index = null;
      await this.#bring(got.url);
    }
    this.#state.index = index;
    writeState(this.#places, this.#state);
    // Parts of files that the list does not name any more.
    rmSync(this.#places.incoming, { recursive: true, force: true });
  }

  /** The list or archive, if it is another than the files here are of. */
  async #fetchIndex(part: string): Promise<{ got: Downloaded; asked: URL }> {
    const address = parseAddress(this.#job.address, this.#job.limits);
    if (typeof address === 'string') throw new SourceProblem('failed', address);
    const isFolder = address.pathname.endsWith('/');
    const candidates = isFolder ? LISTS.map((name) => new URL(name, address)) : [address];
    for (const asked of candidates) {
      const { index } = this.#state;
      const isHere = index?.url === asked.href && existsSync(index.isArchive ? this.#places.files : this.#places.index);
      const held = isHere ? index.validators : undefined;
      try {
        const onLength = (bytes: number): void => void (this.#progress.totalBytes = bytes);
        const got = await download(this.#requester, { ...this.#common(), url: asked, part, held, onLength });
        return { got, asked };
      } catch (error) {
        if (!isFolder || !(error instanceof NotThere)) throw error;
      }
    }
    throw new SourceProblem('source_missing', `${shown(address)} holds neither ${LISTS.join(' nor ')}.`);
  }

  async #bring(base: URL): Promise<void> {
    if (statSync(this.#places.index).size > LONGEST_LIST) {
      throw new SourceProblem('failed', 'What the address brings is too long for a list of files, and no archive.');
    }
    const list = parseFileList(readFileSync(this.#places.index, 'utf8'));
    const totalBytes = list.reduce((sum, { size, folder }) => sum + (folder ? 0 : (size ?? NaN)), 0);
    Object.assign(this.#progress, { files: 0, totalFiles: list.length, bytes: 0, totalBytes: totalBytes || 0 });
    const job = { ...this.#common(), requester: this.#requester, places: this.#places, state: this.#state, base };
    await bringFiles({ ...job, onFile: () => this.#count() }, list);
  }

  async #unpack(archive: string, kind: ArchiveKind): Promise<void> {
    const { unpacking, files } = this.#places;
    rmSync(unpacking, { recursive: true, force: true });
    Object.assign(this.#progress, { bytes: 0, totalBytes: 0 });
    try {
      const { allowance, onBytes } = this.#common();
      await unpack(archive, kind, unpacking, allowance, onBytes);
    } catch (error) {
      // What cannot be unpacked would fail again each time, and is fetched anew instead.
      discard(archive);
      rmSync(unpacking, { recursive: true, force: true });
      throw error;
    }
    Object.assign(this.#state, { index: null, files: {} });
    writeState(this.#places, this.#state);
    rmSync(files, { recursive: true, force: true });
    renameSync(unpacking, files);
  }

  /** An allowance of its own each time: an archive and what is in it are not there for long together. */
  #common() {
    const { reserveBytes, limits, dataDir } = this.#job;
    return {
      allowance: new Allowance(dataDir, { reserveBytes, maxBytes: limits.maxBytes }),
      onBytes: (bytes: number): void => {
        this.#progress.bytes += bytes;
        this.#told();
      },
    };
  }

  #count(): void {
    this.#progress.files++;
    this.#told();
  }

  /** What had to begin anew is counted again; nobody wants to see more than all. */
  #told(): void {
    const { bytes, totalBytes } = this.#progress;
    this.#tell({ ...this.#progress, bytes: totalBytes === 0 ? bytes : Math.min(bytes, totalBytes) });
  }
}
