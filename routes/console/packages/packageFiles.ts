/** The tab Snapshot files: what agents fetch, of the current and of older snapshots. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import {
  listSnapshotFiles,
  listSnapshots,
  type SNAPSHOT_FILE_SORTS,
  type PackageDetail,
  type SnapshotFileRow,
  type SnapshotRow,
} from '../../../models/packages/getPackage.ts';
import type { Cell } from '../cells.ts';
import { formatExact } from '../format.ts';
import { answerList, type ListDefinition } from '../list.ts';
import { at } from '../paths.ts';
import { loadPackage } from './loadPackage.ts';
import { packagePage } from './packagePage.ts';
import { versionTable } from './packageVersions.ts';

type FileSort = (typeof SNAPSHOT_FILE_SORTS)[number];

const SORTS: Record<string, FileSort> = { path: 'Path', size: 'Size', time: 'FileTime', hash: 'Hash' };

export function registerPackageFiles(router: Router, context: AppContext): void {
  router.get('/packages/:guid/files', async (request, response) => {
    const software = await loadPackage(context.cmdb, request);
    const snapshots = await listSnapshots(context.cmdb, software.Guid);
    await answerList(request, response, fileList(context, software, snapshots), {
      ...packagePage(context, request, software, '/files'),
      template: 'packages/files',
      snapshots: await versionTable(context, software.Guid),
      diffHref: at(`/packages/${software.Guid}/diff`),
    });
  });
}

function fileList(
  { cmdb }: AppContext,
  software: PackageDetail,
  snapshots: readonly SnapshotRow[],
): ListDefinition<SnapshotFileRow> {
  const older = snapshots.filter(({ Version }) => Version !== software.CurrentVersion);
  return {
    path: `/packages/${software.Guid}/files`,
    noun: ['file', 'files'],
    sort: { key: 'path' },
    columns: [
      {
        key: 'path',
        label: 'Path',
        cell: (row) => ({ kind: 'code', text: row.IsFolder === 1 ? `${row.Path}/` : row.Path }),
      },
      { key: 'size', label: 'Size', cell: sizeCell, numeric: true },
      { key: 'time', label: 'Time', cell: (row) => ({ kind: 'time', at: row.FileTime }) },
      {
        key: 'executable',
        label: 'Executable',
        cell: (row) => (row.IsExecutable === 1 ? 'Yes' : null),
        sortable: false,
        hidden: true,
      },
      {
        key: 'hash',
        label: 'SHA-256',
        cell: (row) => (row.Hash === '' ? null : { kind: 'code', text: row.Hash, copy: true }),
      },
    ],
    filters:
      older.length === 0
        ? []
        : [
            {
              key: 'version',
              label: 'Snapshot',
              none: `${software.CurrentVersion} (current)`,
              options: older.map(({ Version, CreatedAt }) => ({
                value: String(Version),
                label: `${Version} of ${formatExact(CreatedAt)}`,
              })),
            },
          ],
    empty:
      software.SourceKind === 'none'
        ? { title: 'No files', text: 'The package has no source files: its programs are command lines only.' }
        : {
            title: 'No snapshot yet',
            text: 'The server copies the source folder into a snapshot; until the first is published, agents get nothing. The tab Status tells how far it is.',
          },
    fetch: async ({ filters, sort, descending, offset, limit }) => {
      const version = filters.version === undefined ? software.CurrentVersion : Number(filters.version);
      if (version === null) return { rows: [], total: 0 };
      return listSnapshotFiles(cmdb, software.Guid, version, {
        sort: SORTS[sort] ?? 'Path',
        descending,
        offset,
        limit,
      });
    },
  };
}

const sizeCell = (row: SnapshotFileRow): Cell => (row.IsFolder === 1 ? 'folder' : { kind: 'bytes', bytes: row.Size });
