/**
 * What differs between two versions of a package. Both lists are in the order of their paths, so one pass over slices of
 * both finds it, on both engines alike, and holds nobody up; kept is only where in the two lists the differences are.
 */
import type { Guid } from '../../../wire/guid.ts';
import type { ManifestFile } from '../../../wire/manifest.ts';
import type { Session } from '../../cmdb/types.ts';
import { readFileRows } from './snapshotRows.ts';

/** `executable`: nothing but the execute bit. */
export const DIFF_KINDS = ['added', 'removed', 'changed', 'executable'] as const;
export type DiffKind = (typeof DIFF_KINDS)[number];

export interface VersionDiff {
  readonly counts: Readonly<Record<DiffKind, number>>;
  /** Bytes that somebody fetches who holds the older version whole: each new content once. */
  readonly moveBytes: number;
  /** In the order of the paths. Positions are -1 where the path is not. */
  readonly kinds: Uint8Array;
  readonly before: Int32Array;
  readonly after: Int32Array;
}

/** Hashes of one question. */
const BATCH = 500;

export async function diffVersions(session: Session, guid: Guid, from: number, to: number): Promise<VersionDiff> {
  const found = new Collector();
  const older = new Walk(readFileRows(session, guid, from));
  const newer = new Walk(readFileRows(session, guid, to));
  await Promise.all([older.next(), newer.next()]);
  while (older.file !== undefined || newer.file !== undefined) {
    const [before, after] = [older.file, newer.file];
    if (after === undefined || (before !== undefined && before.path < after.path)) {
      found.add('removed', older.position, -1);
      await older.next();
    } else if (before === undefined || after.path < before.path) {
      found.add('added', -1, newer.position);
      found.noteContent(after);
      await newer.next();
    } else {
      found.compare(before, after, older.position, newer.position);
      if (older.isAtEnd) await older.next();
      else older.step();
      if (newer.isAtEnd) await newer.next();
      else newer.step();
    }
  }
  return found.result(await newBytes(session, guid, from, found.content));
}

/** Of contents by hash, those that a version does not have: their bytes. */
async function newBytes(
  { db }: Session,
  guid: Guid,
  version: number,
  content: ReadonlyMap<string, number>,
): Promise<number> {
  let bytes = 0;
  const hashes = [...content.keys()];
  for (let from = 0; from < hashes.length; from += BATCH) {
    const some = hashes.slice(from, from + BATCH);
    const rows = await db
      .selectFrom('SnapshotFile')
      .select('Hash')
      .distinct()
      .where('Hash', 'in', some)
      .where('PackageGuid', '=', guid)
      .where('Version', '=', version)
      .execute();
    const there = new Set(rows.map(({ Hash }) => Hash));
    for (const hash of some) if (!there.has(hash)) bytes += content.get(hash)!;
  }
  return bytes;
}

/** Goes through a list file by file. */
class Walk {
  readonly #slices: AsyncGenerator<ManifestFile[]>;
  #slice: ManifestFile[] = [];
  #index = -1;
  position = -1;

  constructor(slices: AsyncGenerator<ManifestFile[]>) {
    this.#slices = slices;
  }

  get file(): ManifestFile | undefined {
    return this.#slice[this.#index];
  }

  get isAtEnd(): boolean {
    return this.#index + 1 >= this.#slice.length;
  }

  /** Within the slice, without waiting: most files are equal. */
  step(): void {
    this.#index++;
    this.position++;
  }

  async next(): Promise<void> {
    if (this.isAtEnd) {
      const { value, done } = await this.#slices.next();
      this.#slice = done === true ? [] : (value as ManifestFile[]);
      this.#index = -1;
    }
    this.step();
  }
}

class Collector {
  /** Sizes by the hashes of what is new or changed. */
  readonly content = new Map<string, number>();
  readonly #kinds: number[] = [];
  readonly #before: number[] = [];
  readonly #after: number[] = [];
  readonly #counts: Record<DiffKind, number> = { added: 0, removed: 0, changed: 0, executable: 0 };

  add(kind: DiffKind, before: number, after: number): void {
    this.#kinds.push(DIFF_KINDS.indexOf(kind));
    this.#before.push(before);
    this.#after.push(after);
    this.#counts[kind]++;
  }

  compare(before: ManifestFile, after: ManifestFile, from: number, to: number): void {
    if (before.hash !== after.hash || before.folder !== after.folder) {
      this.add('changed', from, to);
      this.noteContent(after);
    } else if (before.executable !== after.executable) {
      this.add('executable', from, to);
    }
  }

  noteContent({ hash, size }: ManifestFile): void {
    if (hash !== '') this.content.set(hash, size);
  }

  result(moveBytes: number): VersionDiff {
    return {
      counts: this.#counts,
      moveBytes,
      kinds: Uint8Array.from(this.#kinds),
      before: Int32Array.from(this.#before),
      after: Int32Array.from(this.#after),
    };
  }
}

/** Differences that are kept, of all diffs together: nine bytes each. */
const KEPT_DIFFERENCES = 1_000_000;

/** Snapshots never change, so what was found stays true; kept are those that were asked for last. */
export class DiffCache {
  readonly #diffs = new Map<string, Promise<VersionDiff>>();
  readonly #sizes = new Map<string, number>();

  get(key: string, make: () => Promise<VersionDiff>): Promise<VersionDiff> {
    const known = this.#diffs.get(key);
    if (known !== undefined) return known;
    const made = make();
    this.#diffs.set(key, made);
    made.then(
      ({ kinds }) => this.#keep(key, kinds.length),
      () => this.#drop(key),
    );
    return made;
  }

  #keep(key: string, size: number): void {
    this.#sizes.set(key, size);
    let total = [...this.#sizes.values()].reduce((sum, one) => sum + one, 0);
    for (const [oldest, weight] of this.#sizes) {
      if (total <= KEPT_DIFFERENCES || oldest === key) break;
      this.#drop(oldest);
      total -= weight;
    }
  }

  #drop(key: string): void {
    this.#diffs.delete(key);
    this.#sizes.delete(key);
  }
}
