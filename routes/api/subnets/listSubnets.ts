import { z } from 'zod';
import { listSubnets, SUBNET_SORTS, SUBNET_VIEWS } from '../../../models/sites/listSubnets.ts';
import { guidText, paging, searchText, sorting } from '../input.ts';
import { camelCase, list } from '../json.ts';
import { ok, route } from '../route.ts';

export const listSubnetsRoute = route({
  method: 'get',
  path: '/subnets',
  scope: 'read',
  summary: 'Subnets with their sites',
  query: z.strictObject({
    ...paging,
    ...sorting(SUBNET_SORTS, 'Network'),
    search: searchText.optional(),
    site: z.union([z.literal('none').transform(() => null), guidText]).optional(),
    view: z.enum(SUBNET_VIEWS, `Choose among ${SUBNET_VIEWS.join(', ')}.`).optional(),
  }),
  async handle({ context, query: { site: siteGuid, ...query } }) {
    const { rows, total } = await listSubnets(context.cmdb, { ...query, siteGuid, descending: query.order === 'desc' });
    const items = rows.map((row) => ({ subnet: `${row.Network}/${row.PrefixLength}`, ...camelCase(row) }));
    return ok(list(items, total, query));
  },
});
