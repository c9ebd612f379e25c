import { z } from 'zod';
import { listTargets, TARGET_SORTS } from '../../../models/targets/targetList.ts';
import { paging, searchText, sorting } from '../input.ts';
import { camelCase, list } from '../json.ts';
import { ok, route } from '../route.ts';

export const listTargetsRoute = route({
  method: 'get',
  path: '/targets',
  scope: 'read',
  summary: 'Targets: all computers, and named lists',
  query: z.strictObject({ ...paging, ...sorting(TARGET_SORTS, 'Name'), search: searchText.optional() }),
  async handle({ context, query }) {
    const { rows, total } = await listTargets(context.cmdb, { ...query, descending: query.order === 'desc' });
    return ok(list(camelCase(rows), total, query));
  },
});
