import { z } from 'zod';
import { listInventoryClasses } from '../../../models/inventory/inventoryView.ts';
import { byGuid, paging } from '../input.ts';
import { pageOf } from '../json.ts';
import { ok, route } from '../route.ts';
import { survivingComputer } from './survivingComputer.ts';

export const listInventoryRoute = route({
  method: 'get',
  path: '/computers/{guid}/inventory',
  scope: 'read',
  summary: 'The data classes that a computer has sent, by name',
  params: byGuid,
  query: z.strictObject(paging),
  async handle({ context: { cmdb }, params, query }) {
    const guid = await survivingComputer(cmdb, params.guid);
    return ok(pageOf(await listInventoryClasses(cmdb, guid), query));
  },
});
