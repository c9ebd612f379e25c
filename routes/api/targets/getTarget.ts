import { getTarget } from '../../../models/targets/targetStore.ts';
import { byGuid } from '../input.ts';
import { found } from '../problem.ts';
import { ok, route } from '../route.ts';

export const getTargetRoute = route({
  method: 'get',
  path: '/targets/{guid}',
  scope: 'read',
  summary: 'One target, with the number of its computers and the policies that use it',
  params: byGuid,
  async handle({ context, params }) {
    return ok(found(await getTarget(context.cmdb, params.guid), 'target'));
  },
});
