import { z } from 'zod';
import { COMPUTER_SORTS, listComputers } from '../../../models/computers/computerList.ts';
import { guidText, instantText, paging, searchText, sorting } from '../input.ts';
import { camelCase, list } from '../json.ts';
import { ok, route } from '../route.ts';

export const listComputersRoute = route({
  method: 'get',
  path: '/computers',
  scope: 'read',
  summary: 'Computers, paged, sorted and searched',
  query: z.strictObject({
    ...paging,
    ...sorting(COMPUTER_SORTS, 'Name'),
    search: searchText.optional(),
    osName: z.string().max(255).optional(),
    site: guidText.optional(),
    silentSince: instantText.optional(),
  }),
  async handle({ context, query }) {
    const { rows, total } = await listComputers(context.cmdb, {
      ...query,
      siteGuid: query.site,
      descending: query.order === 'desc',
    });
    return ok(list(camelCase(rows), total, query));
  },
});
