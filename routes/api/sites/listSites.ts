import { z } from 'zod';
import { listSites, SITE_SORTS } from '../../../models/sites/listSites.ts';
import { paging, searchText, sorting } from '../input.ts';
import { camelCase, list } from '../json.ts';
import { ok, route } from '../route.ts';

export const listSitesRoute = route({
  method: 'get',
  path: '/sites',
  scope: 'read',
  summary: 'Sites with the number of their subnets and computers',
  query: z.strictObject({ ...paging, ...sorting(SITE_SORTS, 'Name'), search: searchText.optional() }),
  async handle({ context, query }) {
    const { rows, total } = await listSites(context.cmdb, { ...query, descending: query.order === 'desc' });
    return ok(list(camelCase(rows), total, query));
  },
});
