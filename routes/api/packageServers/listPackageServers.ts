import { z } from 'zod';
import { listServers } from '../../../models/packageServers/serverRows.ts';
import { paging, searchText } from '../input.ts';
import { list } from '../json.ts';
import { ok, route } from '../route.ts';

export const listPackageServersRoute = route({
  method: 'get',
  path: '/package-servers',
  scope: 'read',
  summary: 'Package servers by name, with their state and how many packages they have ready',
  query: z.strictObject({ ...paging, search: searchText.optional() }),
  async handle({ context, query }) {
    const rows = await listServers(context.cmdb, context, { search: query.search });
    const shown = rows.sort((a, b) => a.name.localeCompare(b.name)).slice(query.offset, query.offset + query.limit);
    return ok(list(shown, rows.length, query));
  },
});
