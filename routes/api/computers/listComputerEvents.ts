import { z } from 'zod';
import { listComputerEvents } from '../../../models/inventory/computerEvents.ts';
import { byGuid, paging } from '../input.ts';
import { list } from '../json.ts';
import { ok, route } from '../route.ts';
import { survivingComputer } from './survivingComputer.ts';

export const listComputerEventsRoute = route({
  method: 'get',
  path: '/computers/{guid}/events',
  scope: 'read',
  summary: 'Events of a computer on software, tasks and log-ons, newest first',
  params: byGuid,
  query: z.strictObject(paging),
  async handle({ context: { cmdb }, params, query }) {
    const guid = await survivingComputer(cmdb, params.guid);
    const { events, total } = await listComputerEvents(cmdb, guid, query.offset, query.limit);
    return ok(list(events, total, query));
  },
});
