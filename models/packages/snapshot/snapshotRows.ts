/** Rows of a snapshot in the CMDB, written and removed in slices, so that nobody waits long behind a large package. */
import { setImmediate as turn } from 'node:timers/promises';
import type { Guid } from '../../../wire/guid.ts';
import type { ManifestFile } from '../../../wire/manifest.ts';
import type { SnapshotFileTable } from '../../cmdb/schema.ts';
import type { Cmdb, Session } from '../../cmdb/types.ts';

/** Rows of one statement: a few milliseconds on SQLite. */
export const SLICE = 1000;

/** Writes the files of a snapshot that nobody sees yet, slice by slice. */
export async function writeFileRows(
  cmdb: Cmdb,
  packageGuid: Guid,
  version: number,
  count: number,
  read: (from: number, count: number) => readonly ManifestFile[] | Promise<readonly ManifestFile[]>,
): Promise<void> {
  for (let from = 0; from < count; from += SLICE) {
    const files = await read(from, SLICE);
    await cmdb.transaction((session) =>
      session.insertMany(
        'SnapshotFile',
        files.map((file, index) => rowOf(packageGuid, version, from + index, file)),
      ),
    );
    await turn();
  }
}

const rowOf = (packageGuid: Guid, version: number, position: number, file: ManifestFile): SnapshotFileTable => ({
  PackageGuid: packageGuid,
  Version: version,
  Position: position,
  Path: file.path,
  Size: file.size,
  FileTime: file.date,
  Hash: file.hash,
  IsExecutable: file.executable ? 1 : 0,
  IsFolder: file.folder ? 1 : 0,
});

/** Removes a snapshot and its files, in the caller's transaction. The event loop turns between slices. */
export async function deleteSnapshotRows(session: Session, packageGuid: Guid, version: number): Promise<void> {
  const last = await lastPosition(session, packageGuid, version);
  for (let end = SLICE; end - SLICE <= last; end += SLICE) {
    await deleteSlice(session, packageGuid, version, end);
    await turn();
  }
  await deleteSnapshotRow(session, packageGuid, version);
}

/** The same of a snapshot that nobody sees any more: a transaction a slice, so that no other writer waits long. */
export async function deleteSnapshotSlowly(cmdb: Cmdb, packageGuid: Guid, version: number): Promise<void> {
  const last = await lastPosition(cmdb, packageGuid, version);
  for (let end = SLICE; end - SLICE <= last; end += SLICE) {
    // What a power cut takes back is deleted again: the snapshot's own row goes last.
    await cmdb.transaction((session) => deleteSlice(session, packageGuid, version, end), { mayBeLost: true });
    await turn();
  }
  // A build of a package that was deleted may not have found out yet: what it has written since goes as well.
  await cmdb.transaction((session) => deleteSnapshotRows(session, packageGuid, version), { mayBeLost: true });
}

/** -1: there are no files. */
async function lastPosition({ db }: Session, packageGuid: Guid, version: number): Promise<number> {
  const last = await db
    .selectFrom('SnapshotFile')
    .select((row) => row.fn.max('Position').as('position'))
    .where('PackageGuid', '=', packageGuid)
    .where('Version', '=', version)
    .executeTakeFirst();
  return (last?.position as number | null | undefined) ?? -1;
}

async function deleteSlice({ db }: Session, packageGuid: Guid, version: number, end: number): Promise<void> {
  await db
    .deleteFrom('SnapshotFile')
    .where('PackageGuid', '=', packageGuid)
    .where('Version', '=', version)
    .where('Position', '<', end)
    .execute();
}

async function deleteSnapshotRow({ db }: Session, packageGuid: Guid, version: number): Promise<void> {
  await db.deleteFrom('Snapshot').where('PackageGuid', '=', packageGuid).where('Version', '=', version).execute();
}

type ReadRow = Pick<SnapshotFileTable, 'Path' | 'Size' | 'FileTime' | 'Hash' | 'IsExecutable' | 'IsFolder'>;

/** The files of a snapshot in the manifest's order, slice by slice; the event loop turns between slices. */
export async function* readFileRows(
  session: Session,
  packageGuid: Guid,
  version: number,
): AsyncGenerator<ManifestFile[]> {
  for (let from = 0; ; from += SLICE) {
    const rows: ReadRow[] = await session.db
      .selectFrom('SnapshotFile')
      .select(['Path', 'Size', 'FileTime', 'Hash', 'IsExecutable', 'IsFolder'])
      .where('PackageGuid', '=', packageGuid)
      .where('Version', '=', version)
      .where('Position', '>=', from)
      .where('Position', '<', from + SLICE)
      .orderBy('Position')
      .execute();
    if (rows.length === 0) return;
    yield rows.map(fileOf);
    if (rows.length < SLICE) return;
    await turn();
  }
}

const fileOf = (row: ReadRow): ManifestFile => ({
  path: row.Path,
  size: row.Size,
  date: row.FileTime,
  hash: row.Hash,
  executable: row.IsExecutable === 1,
  folder: row.IsFolder === 1,
});
