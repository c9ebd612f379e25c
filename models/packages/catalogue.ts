/** Packages and their published snapshots in memory: what agents' requests are answered from, without SQL. */
import type { Guid } from '../../wire/guid.ts';
import type { Change } from '../changes/changeLog.ts';
import type { Session } from '../cmdb/types.ts';
import { ChangedItems } from '../changedItems.ts';
import { InTurn } from '../inTurn.ts';
import { loadSnapshot, SnapshotCache, type LoadedSnapshot } from './loadedSnapshot.ts';
import { REMOVED } from './packageState.ts';
import { DiffCache, diffVersions, type VersionDiff } from './snapshot/diffVersions.ts';

export interface CatalogueEntry {
  readonly guid: Guid;
  readonly name: string;
  readonly isEnabled: boolean;
  readonly priority: string;
  /** Version of the newest published snapshot, or undefined before the first. */
  readonly version: number | undefined;
  readonly totalSize: number;
  /** The share that its source is, as `\\host\share\folder`; undefined: its source is none. */
  readonly uncSource: string | undefined;
  /** Published snapshots that are still served, by version: older ones until clients have finished with them. */
  readonly snapshots: ReadonlyMap<number, SnapshotSummary>;
}

export interface SnapshotSummary {
  readonly version: number;
  readonly hash: string;
  readonly signature: string;
  /** Name of the key that made the signature. */
  readonly keyName: string;
  readonly totalSize: number;
}

export interface UsedSnapshot {
  packageGuid: Guid;
  version: number;
}

export class PackageCatalogue {
  #entries = new Map<Guid, CatalogueEntry>();
  #used = new Set<Guid>();
  #usedOlder = new Map<string, UsedSnapshot>();
  /** Packages that were read anew. */
  readonly news = new ChangedItems();
  /** One reading at a time: one that began earlier could otherwise overwrite what a later one has found. */
  readonly #readings = new InTurn();
  readonly #snapshots = new SnapshotCache();
  readonly #diffs = new DiffCache();

  static async load(session: Session): Promise<PackageCatalogue> {
    const catalogue = new PackageCatalogue();
    await catalogue.reload(session);
    return catalogue;
  }

  /** An entry is replaced when its package changes, never altered: what is derived from it can be kept by it. */
  get(guid: Guid): CatalogueEntry | undefined {
    return this.#entries.get(guid);
  }

  all(): Iterable<CatalogueEntry> {
    return this.#entries.values();
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Reads one package anew, without waiting for the news of its change. */
  refresh(session: Session, guid: Guid): Promise<void> {
    return this.#readings.run(async () => {
      const entry = (await readEntries(session, guid)).get(guid);
      if (entry === undefined) this.#entries.delete(guid);
      else this.#entries.set(guid, entry);
      this.news.note(guid);
    });
  }

  async applyChange(session: Session, change: Change): Promise<void> {
    if (change.Kind !== 'package') return;
    if (change.ItemGuid === null) await this.reload(session);
    else await this.refresh(session, change.ItemGuid);
  }

  /** Manifest and files of a published snapshot; from memory when it was asked for lately. */
  snapshot(session: Session, entry: CatalogueEntry, version: number): Promise<LoadedSnapshot | undefined> {
    const summary = entry.snapshots.get(version);
    if (summary === undefined) return Promise.resolve(undefined);
    // One that was signed anew is another text.
    return this.#snapshots.get(`${entry.guid} ${version} ${summary.keyName}`, () =>
      loadSnapshot(session, entry.guid, summary),
    );
  }

  /** What differs between two published versions; `undefined` when one is not kept any more. */
  diff(
    session: Session,
    { guid, snapshots }: CatalogueEntry,
    from: number,
    to: number,
  ): Promise<VersionDiff> | undefined {
    if (!snapshots.has(from) || !snapshots.has(to)) return undefined;
    return this.#diffs.get(`${guid} ${from} ${to}`, () => diffVersions(session, guid, from, to));
  }

  /** Snapshots in memory that another key has signed than the one named. */
  countSignedByOthers(keyName: string): number {
    let count = 0;
    for (const { snapshots } of this.#entries.values()) {
      for (const summary of snapshots.values()) if (summary.keyName !== keyName) count++;
    }
    return count;
  }

  /** Notes that an agent asked for the package; `takeUsed` hands the notes out, for LastUsedAt. */
  markUsed(guid: Guid): void {
    this.#used.add(guid);
  }

  takeUsed(): Guid[] {
    const used = [...this.#used];
    this.#used = new Set();
    return used;
  }

  /** Notes that an agent asked for a version; what is current is needed anyway. */
  markSnapshotUsed({ guid, version: current }: CatalogueEntry, version: number): void {
    if (version !== current) this.#usedOlder.set(`${guid} ${version}`, { packageGuid: guid, version });
  }

  takeUsedSnapshots(): UsedSnapshot[] {
    const used = [...this.#usedOlder.values()];
    this.#usedOlder = new Map();
    return used;
  }

  reload(session: Session): Promise<void> {
    return this.#readings.run(async () => {
      this.#entries = await readEntries(session, undefined);
      this.news.note(null);
    });
  }
}

async function readEntries(session: Session, guid: Guid | undefined): Promise<Map<Guid, CatalogueEntry>> {
  let packages = session.db
    .selectFrom('Package as p')
    .innerJoin('Item as i', 'i.Guid', 'p.Guid')
    .select(['p.Guid', 'i.Name', 'p.IsEnabled', 'p.Priority', 'p.SourcePath', 'p.CurrentVersion'])
    .where('p.State', '<>', REMOVED);
  // Only what is published: a newer one is being written, or was left by a crash (snapshot/publish.ts).
  let snapshots = session.db
    .selectFrom('Snapshot as s')
    .innerJoin('Package as p', 'p.Guid', 's.PackageGuid')
    .select(['s.PackageGuid', 's.Version', 's.Hash', 's.Signature', 's.KeyName', 's.TotalSize'])
    .where('s.IsRemoved', '=', 0)
    .whereRef('s.Version', '<=', 'p.CurrentVersion');
  if (guid !== undefined) {
    packages = packages.where('p.Guid', '=', guid);
    snapshots = snapshots.where('s.PackageGuid', '=', guid);
  }
  // Packages first: a version that is published in between is missing from them, not from its snapshots.
  const rows = await packages.execute();
  const summaries = Map.groupBy(await snapshots.execute(), (row) => row.PackageGuid);
  return new Map(
    rows.map((row) => {
      const kept = (summaries.get(row.Guid) ?? []).map((found) => ({
        version: found.Version,
        hash: found.Hash,
        signature: found.Signature,
        keyName: found.KeyName,
        totalSize: found.TotalSize,
      }));
      const byVersion = new Map(kept.map((summary) => [summary.version, summary]));
      const current = row.CurrentVersion === null ? undefined : byVersion.get(row.CurrentVersion);
      return [
        row.Guid,
        {
          guid: row.Guid,
          name: row.Name,
          isEnabled: row.IsEnabled === 1,
          priority: row.Priority,
          version: current?.version,
          totalSize: current?.totalSize ?? 0,
          uncSource: row.SourcePath.startsWith('\\\\') ? row.SourcePath : undefined,
          snapshots: byVersion,
        },
      ];
    }),
  );
}
