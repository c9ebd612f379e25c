/**
 * The folders of the inbox. Files are dropped into the first; `Work` and `Bad` lie beside it, out of reach of whoever
 * may only drop. A file is claimed by renaming it: of several nodes that try, one succeeds.
 */
import { createHash, randomUUID } from 'node:crypto';
import { lstat, mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, extname, join } from 'node:path';
import { parseGuid, type Guid } from '../../../wire/guid.ts';

export interface InboxFile {
  path: string;
  /** As it was dropped. */
  name: string;
  size: number;
  mtimeMs: number;
}

export interface ClaimedFile extends InboxFile {
  /** Made when it was claimed, and kept until it is done. */
  id: Guid;
}

/** A file that was claimed and is not done. */
export interface LeftFile extends ClaimedFile {
  /** Claimed by this node. */
  mine: boolean;
  /** Milliseconds since 1970, by the clock of the file system. */
  claimedAt: number;
}

/** Hidden files and what tools call a file that they are still writing. */
const UNFINISHED = /^\.|\.(?:tmp|temp|part|partial|filepart|crdownload)$|~$/i;
/** Bytes: with what is put before and behind it a name still fits into the 255 of most file systems. */
const LONGEST_NAME = 180;

export class InboxFolders {
  readonly inbox: string;
  readonly #work: string;
  readonly #bad: string;
  readonly #node: string;

  /** @param dataDir tells the nodes on one machine apart */
  constructor(inbox: string, dataDir: string) {
    this.inbox = inbox;
    this.#work = join(dirname(inbox), 'Work');
    this.#bad = join(dirname(inbox), 'Bad');
    this.#node = createHash('sha256').update(`${hostname()} ${dataDir}`).digest('hex').slice(0, 8);
  }

  async make(): Promise<void> {
    for (const folder of [this.inbox, this.#work, this.#bad]) await mkdir(folder, { recursive: true, mode: 0o750 });
  }

  /** The oldest first; nothing but plain files. */
  async dropped(): Promise<InboxFile[]> {
    const names = (await readdir(this.inbox)).filter((name) => !UNFINISHED.test(name));
    const files = await Promise.all(names.map((name) => plainFile(join(this.inbox, name), name)));
    return files
      .filter((file) => file !== undefined)
      .sort((one, other) => one.mtimeMs - other.mtimeMs || (one.name < other.name ? -1 : 1));
  }

  /** Files that were claimed and are not done: a crash came between, or the queue was full. */
  async left(): Promise<LeftFile[]> {
    const files: LeftFile[] = [];
    for (const entry of await readdir(this.#work)) {
      const [id, node, ...name] = entry.split('_');
      const guid = parseGuid(id);
      const path = join(this.#work, entry);
      const file = await plainFile(path, name.join('_'));
      if (guid === undefined || file === undefined) continue;
      const { ctimeMs } = await lstat(path);
      files.push({ ...file, id: guid, mine: node === this.#node, claimedAt: ctimeMs });
    }
    return files;
  }

  /** `undefined`: another node was faster. */
  async claim({ path, name: dropped, ...file }: InboxFile): Promise<ClaimedFile | undefined> {
    const name = shortened(dropped);
    const id = randomUUID() as string as Guid;
    const target = join(this.#work, `${id}_${this.#node}_${name}`);
    try {
      await rename(path, target);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    return { ...file, name, path: target, id };
  }

  /** Puts a file aside and says why in a file beside it. */
  async setAside({ path, name, id }: ClaimedFile, reason: string): Promise<void> {
    const kind = extname(name);
    // Two files of one name must both be kept.
    const unique = `${basename(name, kind)}-${id.slice(0, 8)}${kind}`;
    const target = (await plainFile(join(this.#bad, name), name)) === undefined ? name : unique;
    await writeFile(join(this.#bad, `${target}.reason.txt`), `${reason}\n`, { mode: 0o640 });
    await rename(path, join(this.#bad, target));
  }
}

/** The end of a name, because that tells its kind. */
function shortened(name: string): string {
  let short = Array.from(name);
  while (Buffer.byteLength(short.join('')) > LONGEST_NAME) short = short.slice(1);
  return short.join('');
}

/** Never through a link: it may lead to a file that whoever drops it may not read. */
async function plainFile(path: string, name: string): Promise<InboxFile | undefined> {
  const stats = await lstat(path).catch(() => undefined);
  return stats?.isFile() === true ? { path, name, size: stats.size, mtimeMs: stats.mtimeMs } : undefined;
}
