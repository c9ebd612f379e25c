/** What differs between two versions of a package. */
import type { Request, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { listSnapshots, type PackageDetail, type SnapshotRow } from '../../../models/packages/getPackage.ts';
import { diffPage, type DiffRow } from '../../../models/packages/snapshot/diffPage.ts';
import { DIFF_KINDS, type DiffKind, type VersionDiff } from '../../../models/packages/snapshot/diffVersions.ts';
import type { Cell } from '../cells.ts';
import { counted, formatExact } from '../format.ts';
import { answerList, type ListDefinition } from '../list.ts';
import { at } from '../paths.ts';
import { loadPackage } from './loadPackage.ts';
import { packageCrumb, packagePage, packagesCrumb } from './packagePage.ts';

const LABELS: Record<DiffKind, string> = {
  added: 'Added',
  removed: 'Removed',
  changed: 'Changed',
  executable: 'Only the execute bit',
};

export function registerPackageDiff(router: Router, context: AppContext): void {
  router.get('/packages/:guid/diff', async (request, response) => {
    const software = await loadPackage(context.cmdb, request);
    const snapshots = await listSnapshots(context.cmdb, software.Guid);
    const pair = chosen(request, snapshots);
    const diff = pair && (await readDiff(context, software, pair));
    await answerList(request, response, diffList(context, software, snapshots, pair, diff), {
      ...packagePage(context, request, software, '/files'),
      title: `Differences between versions of ${software.Name}`,
      state: undefined,
      breadcrumb: [packagesCrumb, packageCrumb(software)],
      actions: [{ label: 'Snapshot files', href: at(`/packages/${software.Guid}/files`) }],
      refresh: undefined,
      template: 'packages/diff',
      facts: diff === undefined ? [] : factsOf(diff),
    });
  });
}

interface Pair {
  from: number;
  to: number;
}

/** As the address says; else the current version and the one before it. */
function chosen({ query }: Request, snapshots: readonly SnapshotRow[]): Pair | undefined {
  const [current, before] = snapshots;
  if (current === undefined || before === undefined) return undefined;
  const named = (value: unknown): number | undefined =>
    snapshots.find(({ Version }) => String(Version) === value)?.Version;
  return { from: named(query.from) ?? before.Version, to: named(query.to) ?? current.Version };
}

async function readDiff(
  { cmdb, packages }: AppContext,
  { Guid }: PackageDetail,
  { from, to }: Pair,
): Promise<VersionDiff | undefined> {
  const known = packages.get(Guid);
  if (known?.snapshots.has(from) !== true || !known.snapshots.has(to)) await packages.refresh(cmdb, Guid);
  const entry = packages.get(Guid);
  return entry && packages.diff(cmdb, entry, from, to);
}

const factsOf = ({ counts, moveBytes }: VersionDiff): { label: string; cell: Cell }[] => [
  ...DIFF_KINDS.map((kind) => ({ label: LABELS[kind], cell: counted(counts[kind], ['file', 'files']) })),
  { label: 'To move to a package server that has the older one', cell: { kind: 'bytes', bytes: moveBytes } },
];

function diffList(
  { cmdb }: AppContext,
  software: PackageDetail,
  snapshots: readonly SnapshotRow[],
  pair: Pair | undefined,
  diff: VersionDiff | undefined,
): ListDefinition<DiffRow> {
  const versions = snapshots.map(({ Version, CreatedAt }) => ({
    value: String(Version),
    label: `${Version} of ${formatExact(CreatedAt)}`,
  }));
  const [current, before] = versions;
  return {
    path: `/packages/${software.Guid}/diff`,
    noun: ['difference', 'differences'],
    sort: { key: 'path' },
    columns: [
      { key: 'path', label: 'Path', cell: pathCell, sortable: false },
      { key: 'kind', label: 'Difference', cell: ({ kind }) => LABELS[kind], sortable: false },
      { key: 'before', label: 'Size before', cell: (row) => sizeOf(row.before), sortable: false, numeric: true },
      { key: 'after', label: 'Size after', cell: (row) => sizeOf(row.after), sortable: false, numeric: true },
      { key: 'executable', label: 'Executable', cell: executableCell, sortable: false },
      { key: 'hashBefore', label: 'SHA-256 before', cell: (row) => hashOf(row.before), sortable: false, hidden: true },
      { key: 'hashAfter', label: 'SHA-256 after', cell: (row) => hashOf(row.after), sortable: false, hidden: true },
    ],
    filters:
      pair === undefined
        ? []
        : [
            { key: 'from', label: 'From', none: before!.label, options: versions.filter((one) => one !== before) },
            {
              key: 'to',
              label: 'To',
              none: `${current!.label} (current)`,
              options: versions.filter((one) => one !== current),
            },
            {
              key: 'kind',
              label: 'Difference',
              options: DIFF_KINDS.map((kind) => ({ value: kind, label: LABELS[kind] })),
            },
          ],
    empty: emptyText(pair),
    fetch: async ({ filters, offset, limit }) => {
      if (pair === undefined || diff === undefined) return { rows: [], total: 0 };
      const kind = DIFF_KINDS.find((one) => one === filters.kind);
      return diffPage(cmdb, software.Guid, diff, { ...pair, kind, offset, limit });
    },
  };
}

function emptyText(pair: Pair | undefined): { title: string; text: string } {
  if (pair === undefined) {
    return {
      title: 'Nothing to compare',
      text: 'Fewer than two versions are kept. When the source changes, the next snapshot is compared with this one.',
    };
  }
  return { title: 'No differences', text: 'Both versions hold the same files.' };
}

const pathCell = ({ path, before, after }: DiffRow): Cell => ({
  kind: 'code',
  text: (after ?? before)?.IsFolder === 1 ? `${path}/` : path,
});

function sizeOf(file: DiffRow['before']): Cell {
  if (file === undefined) return null;
  return file.IsFolder === 1 ? 'folder' : { kind: 'bytes', bytes: file.Size };
}

const hashOf = (file: DiffRow['before']): Cell =>
  file === undefined || file.Hash === '' ? null : { kind: 'code', text: file.Hash, copy: true };

function executableCell({ before, after }: DiffRow): Cell {
  const word = (file: DiffRow['before']): string => (file?.IsExecutable === 1 ? 'Yes' : 'No');
  if (before === undefined || after === undefined) return word(after ?? before);
  return word(before) === word(after) ? word(after) : `${word(before)} → ${word(after)}`;
}
