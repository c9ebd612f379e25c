/** The versions of a package as a table: what each holds, who signed it, and why it is still there. */
import type { AppContext } from '../../../app/context.ts';
import { listVersions, needText, type PackageVersion } from '../../../models/packages/snapshot/listVersions.ts';
import { keepRule } from '../../../models/packages/snapshot/snapshotNeeds.ts';
import type { Guid } from '../../../wire/guid.ts';
import type { Cell } from '../cells.ts';
import { counted, formatBytes, formatExact } from '../format.ts';
import { at } from '../paths.ts';

export async function versionTable({ cmdb, clock, settings }: AppContext, guid: Guid) {
  const versions = await listVersions(cmdb, clock, keepRule(settings), guid);
  const current = versions.find(({ isCurrent }) => isCurrent);
  return {
    caption: 'Versions that are kept',
    columns: ['Package version', 'Content', 'Published', 'Signed by', 'Kept because', 'Hash'].map((label) => ({
      label,
    })),
    rows: versions.map((version): Cell[] => [
      current === undefined || version === current ? String(version.Version) : comparison(guid, version, current),
      `${counted(version.FileCount, ['file', 'files'])}, ${formatBytes(version.TotalSize)}`,
      { kind: 'time', at: version.CreatedAt },
      version.KeyName === '' ? 'Not signed' : { kind: 'code', text: version.KeyName },
      { kind: 'prose', text: keptBecause(version) },
      { kind: 'code', text: version.Hash, copy: true },
    ]),
  };
}

const comparison = (guid: Guid, version: PackageVersion, current: PackageVersion): Cell => ({
  kind: 'link',
  text: String(version.Version),
  href: at(`/packages/${guid}/diff`, { from: version.Version, to: current.Version }),
  note: 'Compare with the current one',
});

function keptBecause({ isCurrent, needs }: PackageVersion): string {
  if (isCurrent) return 'It is the current one.';
  if (needs.length === 0) return 'Nothing needs it any more: it goes within minutes.';
  return needs.map((need) => `${needText(need)} Until ${formatExact(need.until)} at most.`).join(' ');
}
