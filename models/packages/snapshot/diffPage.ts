/** A page of the differences between two versions, read where the diff says they are. */
import type { Guid } from '../../../wire/guid.ts';
import type { Session } from '../../cmdb/types.ts';
import type { SnapshotFileRow } from '../getPackage.ts';
import { DIFF_KINDS, type DiffKind, type VersionDiff } from './diffVersions.ts';

export interface DiffRow {
  path: string;
  kind: DiffKind;
  /** Undefined where the path is not. */
  before: SnapshotFileRow | undefined;
  after: SnapshotFileRow | undefined;
}

export interface DiffQuery {
  from: number;
  to: number;
  /** Undefined: all. */
  kind?: DiffKind | undefined;
  offset: number;
  /** At most 500. */
  limit: number;
}

const MOST = 500;

/** In the order of the paths. */
export async function diffPage(
  session: Session,
  guid: Guid,
  diff: VersionDiff,
  { from, to, kind, offset, limit }: DiffQuery,
): Promise<{ rows: DiffRow[]; total: number }> {
  const wanted = kind === undefined ? undefined : DIFF_KINDS.indexOf(kind);
  const indexes = pick(diff, wanted, offset, Math.min(limit, MOST));
  const before = await readPositions(session, guid, from, indexes, diff.before);
  const after = await readPositions(session, guid, to, indexes, diff.after);
  const rows = indexes.flatMap((index): DiffRow[] => {
    const row = {
      kind: DIFF_KINDS[diff.kinds[index]!]!,
      before: before.get(diff.before[index]!),
      after: after.get(diff.after[index]!),
    };
    const path = (row.after ?? row.before)?.Path;
    // A version that is being removed meanwhile has fewer.
    return path === undefined ? [] : [{ path, ...row }];
  });
  return { rows, total: kind === undefined ? diff.kinds.length : diff.counts[kind] };
}

function pick({ kinds }: VersionDiff, wanted: number | undefined, offset: number, limit: number): number[] {
  const picked: number[] = [];
  let seen = 0;
  const start = wanted === undefined ? offset : 0;
  for (let index = start; index < kinds.length && picked.length < limit; index++) {
    if (wanted !== undefined && (kinds[index] !== wanted || seen++ < offset)) continue;
    picked.push(index);
  }
  return picked;
}

async function readPositions(
  { db }: Session,
  guid: Guid,
  version: number,
  indexes: readonly number[],
  at: Int32Array,
): Promise<Map<number, SnapshotFileRow>> {
  const positions = indexes.map((index) => at[index]!).filter((position) => position >= 0);
  if (positions.length === 0) return new Map();
  const rows = await db
    .selectFrom('SnapshotFile')
    .select(['Position', 'Path', 'Size', 'FileTime', 'Hash', 'IsExecutable', 'IsFolder'])
    .where('PackageGuid', '=', guid)
    .where('Version', '=', version)
    .where('Position', 'in', positions)
    .execute();
  return new Map(rows.map(({ Position, ...row }) => [Position, row]));
}
