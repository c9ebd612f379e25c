import { z } from 'zod';
import { listComputerDeliveries } from '../../../models/inventory/computerEvents.ts';
import { byGuid, paging } from '../input.ts';
import { list } from '../json.ts';
import { ok, route } from '../route.ts';
import { survivingComputer } from './survivingComputer.ts';

export const listComputerDeliveriesRoute = route({
  method: 'get',
  path: '/computers/{guid}/deliveries',
  scope: 'read',
  summary: 'State of each software-delivery policy on a computer, last changed first',
  params: byGuid,
  query: z.strictObject(paging),
  async handle({ context: { cmdb }, params, query }) {
    const guid = await survivingComputer(cmdb, params.guid);
    const { deliveries, total } = await listComputerDeliveries(cmdb, guid, query.offset, query.limit);
    return ok(list(deliveries, total, query));
  },
});
