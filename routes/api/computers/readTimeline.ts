import { z } from 'zod';
import { readTimeline } from '../../../models/computers/timeline.ts';
import { byGuid, paging } from '../input.ts';
import { list } from '../json.ts';
import { ok, route } from '../route.ts';
import { survivingComputer } from './survivingComputer.ts';

export const readTimelineRoute = route({
  method: 'get',
  path: '/computers/{guid}/timeline',
  scope: 'read',
  summary: 'What changed on a computer and when, newest first',
  params: byGuid,
  query: z.strictObject(paging),
  async handle({ context: { cmdb }, params, query }) {
    const guid = await survivingComputer(cmdb, params.guid);
    const { entries, total } = await readTimeline(cmdb, guid, query.offset, query.limit);
    return ok(list(entries, total, query));
  },
});
