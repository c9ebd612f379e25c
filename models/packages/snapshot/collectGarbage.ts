/**
 * Removes content that no snapshot refers to: of deleted packages, removed snapshots and builds that died.
 *
 * A build may come to need, at any moment, content that nobody refers to. So content is first moved aside, and only
 * then is it asked whether anything refers to it or is being built, here or on another node: a build that began before
 * the question is seen by it, and the content moved back; one that begins later does not find the content and stores
 * it anew. Builds are seen by their claims (claim.ts).
 */
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseGuid, type Guid } from '../../../wire/guid.ts';
import type { Clock } from '../../clock.ts';
import type { Session } from '../../cmdb/types.ts';
import { DAY } from '../durations.ts';
import { isAnythingClaimed } from './claim.ts';
import { isHash, type ObjectStore } from './objectStore.ts';

/** Hashes of one question to the CMDB. */
const BATCH = 500;

export interface Collected {
  objects: number;
  bytes: number;
}

/** Answers what was removed, or `undefined` when a build is under way and nothing was touched. */
export async function collectGarbage(
  session: Session,
  clock: Clock,
  store: ObjectStore,
): Promise<Collected | undefined> {
  const total: Collected = { objects: 0, bytes: 0 };
  // What a collection that died has left in between.
  await emptyTrash(session, clock, store, total);
  if (await isAnythingClaimed(session, clock)) return undefined;
  const shards = (await readdir(join(store.folder, 'objects'))).filter((name) => /^[0-9a-f]{2}$/.test(name));
  for (const shard of shards) {
    const hashes = (await readdir(store.shardFolder(shard))).filter(isHash);
    for (let from = 0; from < hashes.length; from += BATCH) {
      const unused = await unreferenced(session, hashes.slice(from, from + BATCH));
      for (const hash of unused) await rename(store.objectPath(hash), store.trashPath(hash)).catch(ignoreMissing);
      if (unused.length > 0) await emptyTrash(session, clock, store, total);
    }
  }
  await removeLeftBuilds(clock, store);
  await removeLeftScans(session, clock, store);
  return total;
}

async function emptyTrash(session: Session, clock: Clock, store: ObjectStore, total: Collected): Promise<void> {
  const hashes = (await readdir(join(store.folder, 'trash'))).filter(isHash);
  if (hashes.length === 0) return;
  const mayGo = new Set((await isAnythingClaimed(session, clock)) ? [] : await unreferencedOf(session, hashes));
  for (const hash of hashes) {
    const path = store.trashPath(hash);
    if (!mayGo.has(hash)) {
      await rename(path, store.objectPath(hash)).catch(ignoreMissing);
      continue;
    }
    const size = await stat(path).then(
      (found) => found.size,
      () => 0,
    );
    await rm(path, { force: true });
    total.objects++;
    total.bytes += size;
  }
}

/** Another node may be collecting as well: what it has moved already is not there any more. */
function ignoreMissing(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}

async function unreferencedOf(session: Session, hashes: readonly string[]): Promise<string[]> {
  const unused: string[] = [];
  for (let from = 0; from < hashes.length; from += BATCH) {
    unused.push(...(await unreferenced(session, hashes.slice(from, from + BATCH))));
  }
  return unused;
}

async function unreferenced(session: Session, hashes: readonly string[]): Promise<string[]> {
  if (hashes.length === 0) return [];
  const rows = await session.db
    .selectFrom('SnapshotFile')
    .select('Hash')
    .distinct()
    .where('Hash', 'in', hashes)
    .execute();
  const used = new Set(rows.map((row) => row.Hash));
  return hashes.filter((hash) => !used.has(hash));
}

/** Folders of builds that died; a living one is written to at least once a day. */
async function removeLeftBuilds(clock: Clock, store: ObjectStore): Promise<void> {
  for (const build of await readdir(join(store.folder, 'incoming'))) {
    const folder = store.incomingFolder(build);
    if (await isLeft(clock, folder)) await rm(folder, { recursive: true, force: true });
  }
}

async function isLeft(clock: Clock, path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && found.mtimeMs < clock.now() - DAY;
}

async function removeLeftScans(session: Session, clock: Clock, store: ObjectStore): Promise<void> {
  const folder = join(store.folder, 'scans');
  const scans = await readdir(folder);
  const rows = await session.db.selectFrom('Package').select('Guid').execute();
  const known = new Set<Guid>(rows.map((row) => row.Guid));
  for (const scan of scans) {
    const guid = parseGuid(scan.split('.', 1)[0]);
    if (guid === undefined) continue;
    const path = join(folder, scan);
    // JSON was the form of former versions; .tmp is what a builder that died was writing (scanMemory.ts).
    const isOver = !known.has(guid) || scan.endsWith('.json') || (scan.endsWith('.tmp') && (await isLeft(clock, path)));
    if (isOver) await rm(path, { force: true });
  }
}
