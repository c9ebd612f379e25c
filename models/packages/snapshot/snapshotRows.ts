/** Rows of a snapshot in the CMDB, written and removed in slices, so that nobody waits long behind a large package. */
import { setImmediate as turn } from 'node:timers/promises';
import type { Guid } from '../../../wire/guid.ts';
import type { ManifestFile } from '../../../wire/manifest.ts';
import type { Session } from '../../cmdb/types.ts';

/** Rows of one statement: a few milliseconds on SQLite. */
export const SLICE = 1000;

export async function insertFileRows(
  session: Session,
  packageGuid: Guid,
  version: number,
  from: number,
  files: readonly ManifestFile[],
): Promise<void> {
  await session.insertMany(
    'SnapshotFile',
    files.map((file, index) => ({
      PackageGuid: packageGuid,
      Version: version,
      Position: from + index,
      Path: file.path,
      Size: file.size,
      FileTime: file.date,
      Hash: file.hash,
      IsExecutable: file.executable ? 1 : 0,
      IsFolder: file.folder ? 1 : 0,
    })),
  );
}

/** Removes a snapshot and its files. The event loop turns between slices. */
export async function deleteSnapshotRows(session: Session, packageGuid: Guid, version: number): Promise<void> {
  const { db } = session;
  const last = await db
    .selectFrom('SnapshotFile')
    .select((row) => row.fn.max('Position').as('position'))
    .where('PackageGuid', '=', packageGuid)
    .where('Version', '=', version)
    .executeTakeFirst();
  const most = (last?.position as number | null | undefined) ?? -1;
  for (let end = SLICE; end - SLICE <= most; end += SLICE) {
    await db
      .deleteFrom('SnapshotFile')
      .where('PackageGuid', '=', packageGuid)
      .where('Version', '=', version)
      .where('Position', '<', end)
      .execute();
    await turn();
  }
  await db.deleteFrom('Snapshot').where('PackageGuid', '=', packageGuid).where('Version', '=', version).execute();
}

/** The files of a snapshot in the manifest's order. */
export async function readFileRows(session: Session, packageGuid: Guid, version: number): Promise<ManifestFile[]> {
  const rows = await session.db
    .selectFrom('SnapshotFile')
    .select(['Path', 'Size', 'FileTime', 'Hash', 'IsExecutable', 'IsFolder'])
    .where('PackageGuid', '=', packageGuid)
    .where('Version', '=', version)
    .orderBy('Position')
    .execute();
  return rows.map((row) => ({
    path: row.Path,
    size: row.Size,
    date: row.FileTime,
    hash: row.Hash,
    executable: row.IsExecutable === 1,
    folder: row.IsFolder === 1,
  }));
}
