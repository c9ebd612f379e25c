import { z } from 'zod';
import { listSnapshotFiles, SNAPSHOT_FILE_SORTS } from '../../../models/packages/getPackage.ts';
import { readPackageRow } from '../../../models/packages/packageRow.ts';
import { byGuid, paging, sorting } from '../input.ts';
import { camelCase, list } from '../json.ts';
import { found } from '../problem.ts';
import { ok, route } from '../route.ts';

export const listPackageFilesRoute = route({
  method: 'get',
  path: '/packages/{guid}/files',
  scope: 'read',
  summary: 'Files of the current snapshot; none before the first',
  params: byGuid,
  query: z.strictObject({ ...paging, ...sorting(SNAPSHOT_FILE_SORTS, 'Path') }),
  async handle({ context: { cmdb }, params: { guid }, query }) {
    const { CurrentVersion: version } = found(await readPackageRow(cmdb, guid), 'package');
    if (version === null) return ok(list([], 0, query));
    const { offset, limit, sort, order } = query;
    const files = { offset, limit, sort, descending: order === 'desc' };
    const { rows, total } = await listSnapshotFiles(cmdb, guid, version, files);
    return ok(list(camelCase(rows), total, query));
  },
});
