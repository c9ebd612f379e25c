import { readPackageRow } from '../../../models/packages/packageRow.ts';
import { listVersions } from '../../../models/packages/snapshot/listVersions.ts';
import { keepRule } from '../../../models/packages/snapshot/snapshotNeeds.ts';
import { byGuid } from '../input.ts';
import { camelCase } from '../json.ts';
import { found } from '../problem.ts';
import { ok, route } from '../route.ts';

export const listVersionsRoute = route({
  method: 'get',
  path: '/packages/{guid}/versions',
  scope: 'read',
  summary: 'Versions that are kept, newest first, with the reason why each is',
  params: byGuid,
  async handle({ context: { cmdb, clock, settings }, params: { guid } }) {
    found(await readPackageRow(cmdb, guid), 'package');
    const versions = await listVersions(cmdb, clock, keepRule(settings), guid);
    const items = versions.map(({ isCurrent, needs, ...snapshot }) => ({
      ...camelCase(snapshot),
      isCurrent,
      keptBecause: needs,
    }));
    return ok({ items });
  },
});
