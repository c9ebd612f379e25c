/**
 * A folder that a file share publishes: `{package guid}\<version>\<path>`, hard links to the content, so that nothing lies
 * there twice. Who may read it, the share decides. Files are made read-only: whoever could write through a link would
 * change what everybody else is served.
 */
import { chmodSync, linkSync, lstatSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { chmod, link, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { AgentLog } from '../../client/base/log.ts';
import { placeOf } from '../../client/packages/paths.ts';
import { braces, parseGuid, type Guid } from '../../wire/guid.ts';
import type { HeldVersion } from './contentStore.ts';
import { renamePatiently } from './patientFiles.ts';

const FOLDER_MODE = 0o755;
const FILE_MODE = 0o444;

export class ShareView {
  readonly #folder: string;
  readonly #objectPath: (hash: string) => string;
  readonly #log: AgentLog;
  #isPublished = false;
  #problem = '';
  /** One thing at a time: two would build the same version in the same place. */
  #turn: Promise<void> = Promise.resolve();

  /** `objectPath`: where content lies; on the same file system as `folder`. */
  constructor(folder: string, objectPath: (hash: string) => string, log: AgentLog) {
    this.#folder = folder;
    this.#objectPath = objectPath;
    this.#log = log;
  }

  /** Everything that is held can be read there. */
  get isComplete(): boolean {
    return this.#isPublished && this.#problem === '';
  }

  /** Shows all of these versions and nothing else. `scratch`: a folder beside the content. */
  publish(versions: Iterable<{ guid: Guid; held: HeldVersion }>, scratch: string): Promise<void> {
    return this.#inTurn(() => this.#publish(versions, scratch));
  }

  async #publish(versions: Iterable<{ guid: Guid; held: HeldVersion }>, scratch: string): Promise<void> {
    this.#problem = '';
    this.#isPublished = true;
    this.#tryLink(scratch);
    const wanted = new Map<string, Set<string>>();
    for (const { guid, held } of versions) {
      await this.#show(guid, held);
      const name = braces(guid);
      wanted.set(name, (wanted.get(name) ?? new Set()).add(String(held.version)));
    }
    for (const [name, version] of this.#shown()) {
      if (wanted.get(name)?.has(version) !== true) this.#remove(join(name, version));
    }
  }

  /** The share shows nothing any more. */
  withdraw(): Promise<void> {
    return this.#inTurn(() => {
      this.#isPublished = false;
      for (const [name] of this.#shown()) this.#remove(name);
    });
  }

  /** Shows a version, at one go: it is built beside and renamed. */
  show(guid: Guid, held: HeldVersion): Promise<void> {
    return this.#inTurn(() => this.#show(guid, held));
  }

  #inTurn(work: () => Promise<void> | void): Promise<void> {
    this.#turn = this.#turn.then(work).catch((error: unknown) => this.#failed(error));
    return this.#turn;
  }

  async #show(guid: Guid, { version, files }: HeldVersion): Promise<void> {
    if (!this.isComplete) return;
    const own = join(this.#folder, braces(guid));
    const building = join(own, `.${version}`);
    try {
      if (isLink(own)) rmSync(own);
      if (this.#shownOf(braces(guid)).includes(String(version))) return;
      await rm(building, { recursive: true, force: true });
      await mkdir(building, { recursive: true, mode: FOLDER_MODE });
      for (const [path, { hash }] of files) {
        const place = placeOf(building, path);
        await mkdir(dirname(place), { recursive: true, mode: FOLDER_MODE });
        await link(this.#objectPath(hash), place);
        await chmod(place, FILE_MODE);
      }
      await renamePatiently(building, join(own, String(version)));
    } catch (error) {
      await rm(building, { recursive: true, force: true }).catch(() => undefined);
      this.#failed(error);
    }
  }

  hide(guid: Guid, version?: number): void {
    if (!this.#isPublished) return;
    this.#remove(version === undefined ? braces(guid) : join(braces(guid), String(version)));
  }

  /** Says at once what would else be found out with the first package. */
  #tryLink(scratch: string): void {
    const [source, target] = [join(scratch, '.link'), join(this.#folder, '.link')];
    try {
      mkdirSync(this.#folder, { recursive: true, mode: FOLDER_MODE });
      rmSync(target, { force: true });
      writeFileSync(source, '');
      linkSync(source, target);
      chmodSync(target, FILE_MODE);
    } catch (error) {
      this.#failed(error);
    } finally {
      rmSync(target, { force: true });
      rmSync(source, { force: true });
    }
  }

  #failed(error: unknown): void {
    const { code, message } = error as NodeJS.ErrnoException;
    const isElsewhere = code === 'EXDEV';
    this.#problem = isElsewhere ? 'it does not lie on the file system of the state folder' : message;
    this.#log.error(
      `Nothing is published over the file share: ${this.#folder} cannot take hard links: ${this.#problem}. Files are not copied there.`,
    );
  }

  /** Names of packages and versions, of which this class is the only author. */
  #shown(): [name: string, version: string][] {
    return entriesOf(this.#folder)
      .filter((name) => /^\{.*\}$/.test(name) && parseGuid(name) !== undefined)
      .flatMap((name) => this.#shownOf(name).map((version): [string, string] => [name, version]));
  }

  #shownOf(name: string): string[] {
    const own = join(this.#folder, name);
    return isLink(own) ? [] : entriesOf(own).filter((version) => /^\d+$/.test(version));
  }

  #remove(path: string): void {
    try {
      // What is beyond a link is of others; the link itself may go.
      if (isLink(join(this.#folder, dirname(path)))) return;
      rmSync(join(this.#folder, path), { recursive: true, force: true, maxRetries: 3 });
    } catch (error) {
      // Open on a client of a Windows share: it goes with the next start.
      this.#log.warn(`${path} stays in the folder of the file share for now: ${(error as Error).message}.`);
    }
  }
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** None is of ours: somebody who may write into the share has put it there, and it may lead to anywhere. */
const isLink = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
