/** Makes a folder hold what a list names, and nothing else; only what is new or different is fetched. */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { SourceProblem } from '../source.ts';
import type { Allowance } from './allowance.ts';
import { discard, download, type Downloaded } from './download.ts';
import type { ListedFile } from './fileList.ts';
import { isIntact, writeState, type HeldFile, type MirrorState, type Places } from './mirrorState.ts';
import { AT_ONCE, type Requester } from './request.ts';

export interface BringJob {
  requester: Requester;
  places: Places;
  /** Noted file by file, so that what was fetched is not fetched again after a failure. */
  state: MirrorState;
  /** Folder of the list; paths begin there. */
  base: URL;
  allowance: Allowance;
  onBytes: (bytes: number) => void;
  onFile: () => void;
}

const SAVE_MS = 30_000;

/** @throws SourceProblem */
export async function bringFiles(job: BringJob, list: readonly ListedFile[]): Promise<void> {
  mkdirSync(job.places.files, { recursive: true, mode: 0o750 });
  removeOthers(job.places.files, list);
  const wanted = new Set(list.map((file) => file.path));
  for (const path of Object.keys(job.state.files)) if (!wanted.has(path)) delete job.state.files[path];
  let savedAt = Date.now();
  let failure: unknown;
  const waiting = list.values();
  const work = async (): Promise<void> => {
    // The workers share one iterator: each takes the next file when it is free.
    for (const file of waiting) {
      if (failure !== undefined) return;
      await bring(job, file).catch((error: unknown) => (failure ??= error));
      job.onFile();
      if (Date.now() - savedAt < SAVE_MS) continue;
      savedAt = Date.now();
      writeState(job.places, job.state);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  writeState(job.places, job.state);
  if (failure !== undefined) throw failure;
}

async function bring(job: BringJob, file: ListedFile): Promise<void> {
  const path = join(job.places.files, file.path);
  if (file.folder) return void mkdirSync(path, { recursive: true, mode: 0o750 });
  const held = job.state.files[file.path];
  const isHere = held !== undefined && isIntact(path, held);
  const isKnown = isHere && file.sha256 !== '' && held.sha256 === file.sha256;
  const isNew = !isKnown && (await fetchFile(job, file, path, isHere ? held : undefined));
  if (!isNew) {
    job.allowance.hold(held!.size);
    job.onBytes(held!.size);
  }
  chmodSync(path, file.executable ? 0o750 : 0o640);
}

/** False when the server says that the copy is what it has. @throws SourceProblem */
async function fetchFile(
  { requester, places, state, base, allowance, onBytes }: BringJob,
  file: ListedFile,
  path: string,
  held: HeldFile | undefined,
): Promise<boolean> {
  const part = join(places.incoming, createHash('sha256').update(file.path).digest('hex'));
  const url = new URL(file.path.split('/').map(encodeURIComponent).join('/'), base);
  const most = file.size === undefined ? {} : { most: file.size };
  // The list says that it is another file than the copy: then there is nothing to ask.
  const asked = file.sha256 === '' ? held?.validators : undefined;
  const got = await download(requester, { url, part, held: asked, allowance, onBytes, ...most });
  if (!got.isNew) return false;
  if (!isAsListed(part, file)) {
    discard(part);
    throw new SourceProblem('changed_while_scanning', `${file.path} is not what the list of files says it is.`);
  }
  mkdirSync(dirname(path), { recursive: true, mode: 0o750 });
  const seconds = timeOf(got);
  if (seconds !== undefined) utimesSync(part, seconds, seconds);
  renameSync(part, path);
  const { size, mtimeMs } = statSync(path);
  state.files[file.path] = { validators: got.validators, sha256: file.sha256, size, mtimeMs };
  return true;
}

/** Seconds since 1970 as the server has them: the package's files keep their time. */
function timeOf(got: Downloaded): number | undefined {
  const time = got.isNew ? Date.parse(got.validators.lastModified ?? '') : NaN;
  return time > 0 ? time / 1000 : undefined;
}

function isAsListed(part: string, file: ListedFile): boolean {
  const size = statSync(part).size;
  return (file.size ?? size) === size && (file.sha256 === '' || file.sha256 === hashOf(part));
}

function hashOf(path: string): string {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(1024 * 1024);
  const file = openSync(path, 'r');
  try {
    for (let size; (size = readSync(file, buffer)) > 0;) hash.update(buffer.subarray(0, size));
    return hash.digest('hex');
  } finally {
    closeSync(file);
  }
}

/** Files that the list does not name, folders that it does not need, and each that is the other kind. */
function removeOthers(root: string, list: readonly ListedFile[]): void {
  const files = new Set(list.filter((file) => !file.folder).map((file) => file.path));
  const folders = new Set(list.filter((file) => file.folder).map((file) => file.path));
  for (const { path } of list) {
    for (let end = path.lastIndexOf('/'); end !== -1; end = path.lastIndexOf('/', end - 1)) {
      if (folders.has(path.slice(0, end))) break;
      folders.add(path.slice(0, end));
    }
  }
  removeIn('');

  function removeIn(folder: string): void {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      const stays = entry.isDirectory() ? folders.has(path) : entry.isFile() && files.has(path);
      if (!stays) rmSync(join(root, path), { recursive: true, force: true });
      else if (entry.isDirectory()) removeIn(path);
    }
  }
}
