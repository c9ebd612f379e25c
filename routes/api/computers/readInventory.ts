import { z } from 'zod';
import { readInventoryRows } from '../../../models/inventory/inventoryView.ts';
import { guidText, paging } from '../input.ts';
import { list } from '../json.ts';
import { found } from '../problem.ts';
import { ok, route } from '../route.ts';
import { survivingComputer } from './survivingComputer.ts';

export const readInventoryRoute = route({
  method: 'get',
  path: '/computers/{guid}/inventory/{dataClass}',
  scope: 'read',
  summary: 'Rows of one data class of a computer; each holds its values in the order of the columns',
  params: z.strictObject({ guid: guidText, dataClass: guidText }),
  query: z.strictObject(paging),
  async handle({ context: { cmdb }, params, query }) {
    const computer = await survivingComputer(cmdb, params.guid);
    const read = await readInventoryRows(cmdb, computer, params.dataClass, query.offset, query.limit);
    const { rows, total, ...dataClass } = found(read, 'data class');
    return ok({ ...dataClass, ...list(rows, total, query) });
  },
});
