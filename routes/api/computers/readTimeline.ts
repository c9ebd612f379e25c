import { z } from 'zod';
import { getComputer } from '../../../models/computers/computerStore.ts';
import { readTimeline } from '../../../models/computers/timeline.ts';
import { byGuid, paging } from '../input.ts';
import { list } from '../json.ts';
import { found } from '../problem.ts';
import { ok, route } from '../route.ts';

export const readTimelineRoute = route({
  method: 'get',
  path: '/computers/{guid}/timeline',
  scope: 'read',
  summary: 'What changed on a computer and when, newest first',
  params: byGuid,
  query: z.strictObject(paging),
  async handle({ context: { cmdb }, params, query }) {
    const { Guid: guid } = found(await getComputer(cmdb, params.guid), 'computer');
    const { entries, total } = await readTimeline(cmdb, guid, query.offset, query.limit);
    return ok(list(entries, total, query));
  },
});
