/** One package: everything its page shows. */
import type { Guid } from '../../wire/guid.ts';
import type { Utc } from '../cmdb/schema.ts';
import { page, top } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';
import { readPackageRow, type PackageRow } from './packageRow.ts';
import { listPrograms, type Program } from './programs.ts';
import { policiesUsing, type UsingPolicy } from './usedBy.ts';

export interface SnapshotRow {
  Version: number;
  /** SHA-256 over the sorted file lines (wire/manifest.ts). */
  Hash: string;
  FileCount: number;
  /** Bytes. */
  TotalSize: number;
  CreatedAt: Utc;
  /** Of the key that signed it. */
  KeyName: string;
  /** When a newer one took its place; null for the current one. */
  RetiredAt: Utc | null;
  /** When an agent last asked for it after that. */
  LastUsedAt: Utc | null;
}

export interface PackageDetail extends PackageRow {
  /** The current snapshot; undefined before the first. */
  snapshot: SnapshotRow | undefined;
  programs: Program[];
  usedBy: UsingPolicy[];
}

export async function getPackage(session: Session, guid: Guid): Promise<PackageDetail | undefined> {
  const row = await readPackageRow(session, guid);
  if (row === undefined) return undefined;
  const [snapshot] = row.CurrentVersion === null ? [] : await listSnapshots(session, guid, 1);
  return {
    ...row,
    snapshot,
    programs: await listPrograms(session, guid),
    usedBy: await policiesUsing(session, 'PackageGuid', guid),
  };
}

/** Published snapshots that are still kept, newest first. */
export async function listSnapshots(session: Session, guid: Guid, most = 100): Promise<SnapshotRow[]> {
  const query = session.db
    .selectFrom('Snapshot as s')
    .innerJoin('Package as p', 'p.Guid', 's.PackageGuid')
    .select(['s.Version', 's.Hash', 's.FileCount', 's.TotalSize', 's.KeyName', 's.CreatedAt'])
    .select(['s.RetiredAt', 's.LastUsedAt'])
    .where('s.PackageGuid', '=', guid)
    .where('s.IsRemoved', '=', 0)
    // A newer one than the current is being written, or was left by a crash (publish.ts).
    .whereRef('s.Version', '<=', 'p.CurrentVersion')
    .orderBy('s.Version', 'desc');
  return top(session, query, most).execute();
}

export interface SnapshotFileRow {
  Path: string;
  Size: number;
  FileTime: Utc;
  Hash: string;
  IsExecutable: 0 | 1;
  IsFolder: 0 | 1;
}

export const SNAPSHOT_FILE_SORTS = ['Path', 'Size', 'FileTime', 'Hash'] as const;

/** Files and empty folders of a snapshot, paged; in the manifest's order when no other is asked for. */
export async function listSnapshotFiles(
  session: Session,
  guid: Guid,
  version: number,
  query: { offset: number; limit: number; sort?: (typeof SNAPSHOT_FILE_SORTS)[number]; descending?: boolean },
): Promise<{ rows: SnapshotFileRow[]; total: number }> {
  const files = session.db.selectFrom('SnapshotFile').where('PackageGuid', '=', guid).where('Version', '=', version);
  const { total } = await files.select((row) => row.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
  const direction = query.descending === true ? 'desc' : 'asc';
  let ordered = files.select(['Path', 'Size', 'FileTime', 'Hash', 'IsExecutable', 'IsFolder']);
  if (query.sort !== undefined && query.sort !== 'Path')
    ordered = ordered.orderBy(query.sort, direction).orderBy('Position');
  // Positions are in the order of the paths.
  else ordered = ordered.orderBy('Position', direction);
  const rows = await page(session, ordered, query.offset, Math.min(query.limit, 1000)).execute();
  return { rows, total: Number(total) };
}
