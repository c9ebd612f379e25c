/**
 * Brings one version of a package here: information, manifest, the files that are not here yet. Nothing of it is served
 * before every file is here and verified.
 */
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Guid } from '../../wire/guid.ts';
import type { Manifest } from '../../wire/manifest.ts';
import type { WantedPackage } from '../../wire/packageServer.ts';
import { BadAnswer, sentence } from '../../client/http/errors.ts';
import type { AgentLog } from '../../client/base/log.ts';
import type { Identity } from '../../client/identity/identity.ts';
import type { Server } from '../../client/identity/server.ts';
import type { SourceRecords } from '../../client/packages/codebases.ts';
import { DiskFailure, downloadFile, WrongContent } from '../../client/packages/download.ts';
import { isDiskFull } from '../../client/packages/partFile.ts';
import { askPackageInfo, type Codebase, type PackageInfo } from '../../client/packages/packageInfo.ts';
import { placeOf, UnsafePath } from '../../client/packages/paths.ts';
import { fetchManifest } from '../../client/packages/snapshot.ts';
import type { ContentStore, StoredFile } from './contentStore.ts';
import type { Pacer } from './pacer.ts';

export interface BringDeps {
  server: Server;
  identity: Identity;
  store: ContentStore;
  log: AgentLog;
  pacer: Pacer;
  prestage: string | undefined;
  addresses(): readonly string[];
  /** Left free on the disk, whatever is downloaded. */
  minFreeBytes(): number;
  /** Milliseconds over which a source's speed is looked at; 30 s by default. */
  slowMs?: number;
}

export interface Progress {
  doneBytes: number;
  totalBytes: number;
}

interface Missing extends StoredFile {
  path: string;
}

/** Files that are fetched at once: small ones cost a round trip each. */
const AT_ONCE = 6;
/** A source that sent other bytes than the signed ones is worse than one that failed: two such files, and it is left alone. */
const FORGERY = 4;
/** Where another source is left, one that gives less than this is not waited for. */
const LEAST_BYTES_A_SECOND = 16 * 1024;
const SLOW_MS = 30_000;

/**
 * Answers the version that is complete now.
 * @throws Unreachable, Refused, BadAnswer, DiskFailure, ForgedManifest, UnsafePath
 */
export async function bringPackage(
  deps: BringDeps,
  wanted: WantedPackage,
  attempt: { sources: SourceRecords; since: number; progress: Progress },
  signal: AbortSignal,
): Promise<number> {
  try {
    return await bring(deps, wanted, attempt, signal);
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    const { totalBytes, doneBytes } = attempt.progress;
    const free = await freeBytes(deps.store);
    throw new DiskFailure(
      `the disk is full: ${megabytes(free)} MB are free, ${megabytes(totalBytes - doneBytes)} MB are still to come`,
    );
  }
}

async function bring(
  deps: BringDeps,
  wanted: WantedPackage,
  { sources, since, progress }: { sources: SourceRecords; since: number; progress: Progress },
  signal: AbortSignal,
): Promise<number> {
  const { server, identity, store, addresses } = deps;
  const totalTimeMinutes = Math.floor((Date.now() - since) / 60_000);
  const request = { computer: identity.guid, package: wanted.guid, addresses: addresses(), totalTimeMinutes };
  const info = await askPackageInfo(server, request, signal);
  if (info.codebases.length === 0) throw new BadAnswer(`no source is offered (${info.status})`);
  if (info.version < wanted.version) {
    throw new BadAnswer(`the sources have version ${info.version}, the policy wants ${wanted.version}`);
  }
  if (store.version(wanted.guid, info.version) !== undefined) return info.version;
  const manifest = await manifestOf(deps, info, signal);
  const missing = await stillMissing(deps, manifest, signal);
  progress.totalBytes = missing.reduce((sum, { size }) => sum + size, 0);
  await checkDisk(deps, missing);
  if (missing.length > 0) await fromAnySource(deps, info, missing, { sources, progress }, signal);
  await store.publish(manifest);
  return info.version;
}

// Manifests are signed and never change: one that is here need not be asked for.
async function manifestOf(deps: BringDeps, info: PackageInfo, signal: AbortSignal): Promise<Manifest> {
  const { identity, store } = deps;
  const kept = store.keptManifest(info.guid, info.version, identity.keysForKept);
  if (kept !== undefined) return kept;
  const { manifest, text } = await fetchManifest(deps, info.codebases[0]!.snapshot, info, signal);
  store.keepManifest(info.guid, info.version, text);
  return manifest;
}

/** Each content once, without what is held already or was brought here by hand. */
async function stillMissing(deps: BringDeps, manifest: Manifest, signal: AbortSignal): Promise<Missing[]> {
  const { store, prestage } = deps;
  const missing = new Map<string, Missing>();
  for (const { path, hash, size, folder } of manifest.files) {
    if (folder || missing.has(hash) || store.has(hash, size)) continue;
    const isHere =
      prestage !== undefined && (await isPrestaged(deps, prestage, manifest.packageGuid, { path, hash, size }, signal));
    if (!isHere) missing.set(hash, { path, hash, size });
  }
  return [...missing.values()];
}

async function isPrestaged(
  { store }: BringDeps,
  folder: string,
  packageGuid: Guid,
  file: Missing,
  signal: AbortSignal,
): Promise<boolean> {
  return store.adoptCopy(placeOf(join(folder, packageGuid), file.path), file, signal);
}

/** What is here of files under way takes its room already. */
async function checkDisk({ store, minFreeBytes }: BringDeps, missing: readonly Missing[]): Promise<void> {
  const needed = missing.reduce((sum, { hash, size }) => sum + Math.max(0, size - store.partSize(hash)), 0);
  const free = await freeBytes(store);
  if (free - needed >= minFreeBytes()) return;
  throw new DiskFailure(
    `the disk has ${megabytes(free)} MB free: ${megabytes(needed)} MB are to come, ${megabytes(minFreeBytes())} MB are to stay free`,
  );
}

async function freeBytes({ folder }: ContentStore): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

const megabytes = (bytes: number): number => Math.ceil(bytes / (1024 * 1024));

async function fromAnySource(
  deps: BringDeps,
  info: PackageInfo,
  missing: Missing[],
  { sources, progress }: { sources: SourceRecords; progress: Progress },
  signal: AbortSignal,
): Promise<void> {
  const ranked = sources.ranked(info.codebases);
  if (ranked.length === 0) throw new BadAnswer('all sources have failed too often; they are left alone for a while');
  let last: unknown;
  for (const [index, codebase] of ranked.entries()) {
    const watch = watchSpeed(deps, progress, index < ranked.length - 1, signal);
    const startedAt = Date.now();
    const before = progress.doneBytes;
    try {
      await fromSource(deps, codebase, missing, progress, watch.signal);
      sources.transferred(codebase.href, progress.doneBytes - before, Date.now() - startedAt);
      return;
    } catch (error) {
      if (signal.aborted || error instanceof DiskFailure || error instanceof UnsafePath) throw error;
      last = error;
      sources.failed(codebase.href, error instanceof WrongContent && error.isOfOneSource ? FORGERY : 1);
      const reason = watch.signal.aborted ? 'it is too slow' : sentence(error);
      deps.log.detail(`${new URL(codebase.href).origin} failed: ${reason}`);
    } finally {
      watch.end();
    }
  }
  throw last;
}

/** Gives a source up that hardly sends anything, while there is another one to go on with. */
function watchSpeed(
  { pacer, slowMs = SLOW_MS }: BringDeps,
  progress: Progress,
  mayLeave: boolean,
  signal: AbortSignal,
): { signal: AbortSignal; end(): void } {
  if (!mayLeave) return { signal, end: () => undefined };
  const tooSlow = new AbortController();
  let before = progress.doneBytes;
  const timer = setInterval(() => {
    const isSlow = progress.doneBytes - before < (LEAST_BYTES_A_SECOND * slowMs) / 1000;
    before = progress.doneBytes;
    if (isSlow && !pacer.isSet) tooSlow.abort();
  }, slowMs);
  return { signal: AbortSignal.any([signal, tooSlow.signal]), end: () => clearInterval(timer) };
}

/** What is fetched leaves the list, so that the next source goes on where this one ended. */
async function fromSource(
  deps: BringDeps,
  codebase: Codebase,
  missing: Missing[],
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const { server, store, pacer } = deps;
  const queue = [...missing];
  const done = new Set<string>();
  const onBytes = (count: number): Promise<void> | undefined => {
    progress.doneBytes += count;
    return pacer.take(count, signal);
  };
  const lane = async (): Promise<void> => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      // Others fill the disk, too.
      await checkDisk(deps, [file]);
      const part = store.partPath(file.hash);
      const wanted = { url: fileUrl(codebase.href, file.path), part, size: file.size, hash: file.hash };
      await downloadFile(server, wanted, onBytes, signal);
      await store.adopt(file.hash);
      done.add(file.hash);
    }
  };
  // One lane's failure empties the queue for the others: the source is given up as a whole.
  const lanes = Array.from({ length: AT_ONCE }, () =>
    lane().catch((error: unknown) => {
      queue.length = 0;
      throw error;
    }),
  );
  const results = await Promise.allSettled(lanes);
  const left = missing.filter(({ hash }) => !done.has(hash));
  missing.splice(0, missing.length, ...left);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** Part of an address below a codebase. */
function fileUrl(href: string, path: string): URL {
  return new URL(`${href.replace(/\/+$/, '')}/${path.split('/').map(encodeURIComponent).join('/')}`);
}
