import { z } from 'zod';
import { changeMembers } from '../../../models/targets/targetMembers.ts';
import { byGuid, guidText } from '../input.ts';
import { found } from '../problem.ts';
import { ok, route } from '../route.ts';

const guids = z.array(guidText).max(10_000, 'At most 10000 at once.').default([]);

export const changeMembersRoute = route({
  method: 'patch',
  path: '/targets/{guid}/computers',
  scope: 'write',
  summary: 'Puts computers into a list and takes others out; answers how many came and went',
  params: byGuid,
  body: z.strictObject({ add: guids, remove: guids }),
  async handle({ context: { cmdb, clock }, actor, params, body }) {
    return ok(found(await changeMembers(cmdb, clock, actor, params.guid, body), 'target'));
  },
});
