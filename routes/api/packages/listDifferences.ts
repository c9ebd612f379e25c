import { z } from 'zod';
import type { AppContext } from '../../../app/context.ts';
import { listSnapshots, type SnapshotFileRow } from '../../../models/packages/getPackage.ts';
import { readPackageRow } from '../../../models/packages/packageRow.ts';
import { diffPage, type DiffRow } from '../../../models/packages/snapshot/diffPage.ts';
import { DIFF_KINDS, type VersionDiff } from '../../../models/packages/snapshot/diffVersions.ts';
import type { Guid } from '../../../wire/guid.ts';
import { byGuid, numberText, paging } from '../input.ts';
import { camelCase, list } from '../json.ts';
import { found } from '../problem.ts';
import { ok, route } from '../route.ts';

const version = numberText(1, 2_147_483_647).optional();

export const listDifferencesRoute = route({
  method: 'get',
  path: '/packages/{guid}/differences',
  scope: 'read',
  summary: 'What differs between two versions that are kept',
  params: byGuid,
  query: z.strictObject({ from: version, to: version, kind: z.enum(DIFF_KINDS).optional(), ...paging }),
  async handle({ context, params: { guid }, query }) {
    const { cmdb } = context;
    found(await readPackageRow(cmdb, guid), 'package');
    const [current, before] = await listSnapshots(cmdb, guid, 2);
    const to = query.to ?? current?.Version;
    const from = query.from ?? before?.Version ?? to;
    if (from === undefined || to === undefined) {
      const counts = { added: 0, removed: 0, changed: 0, executable: 0 };
      return ok({ ...list([], 0, query), from: null, to: null, counts, moveBytes: 0 });
    }
    const diff = found(await readDiff(context, guid, from, to), 'version');
    const { kind, offset, limit } = query;
    const { rows, total } = await diffPage(cmdb, guid, diff, { from, to, kind, offset, limit });
    const { counts, moveBytes } = diff;
    return ok({ ...list(rows.map(view), total, query), from, to, counts, moveBytes });
  },
});

/** Another node may have published one of them within the last second. */
async function readDiff(
  { cmdb, packages }: AppContext,
  guid: Guid,
  from: number,
  to: number,
): Promise<VersionDiff | undefined> {
  const known = packages.get(guid)?.snapshots;
  if (known?.has(from) !== true || !known.has(to)) await packages.refresh(cmdb, guid);
  const entry = packages.get(guid);
  return entry && packages.diff(cmdb, entry, from, to);
}

function view({ path, kind, before, after }: DiffRow) {
  const fileView = (file: SnapshotFileRow | undefined) => (file === undefined ? null : camelCase(file));
  return { path, kind, before: fileView(before), after: fileView(after) };
}
