import { z } from 'zod';
import { DELIVERY_STATUSES } from '../../../models/deliveries/countDeliveries.ts';
import { DELIVERY_SORTS, listDeliveries } from '../../../models/deliveries/listDeliveries.ts';
import { guidText, paging, searchText, sorting } from '../input.ts';
import { camelCase, list } from '../json.ts';
import { ok, route } from '../route.ts';

export const listDeliveriesRoute = route({
  method: 'get',
  path: '/deliveries',
  scope: 'read',
  summary: 'How far policies have come on computers, last changed first',
  query: z.strictObject({
    ...paging,
    ...sorting(DELIVERY_SORTS, 'UpdatedAt', 'desc'),
    search: searchText.optional(),
    policy: guidText.optional(),
    package: guidText.optional(),
    computer: guidText.optional(),
    status: z.enum(DELIVERY_STATUSES).optional(),
  }),
  async handle({ context, query }) {
    const { offset, limit, sort, order, search, status } = query;
    const { rows, total } = await listDeliveries(context.cmdb, {
      ...{ offset, limit, sort, descending: order === 'desc', search },
      policyGuid: query.policy,
      packageGuid: query.package,
      computerGuid: query.computer,
      statuses: status === undefined ? undefined : [status],
    });
    return ok(list(camelCase(rows), total, query));
  },
});
