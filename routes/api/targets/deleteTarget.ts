import { deleteTarget } from '../../../models/targets/changeTargets.ts';
import { byGuid } from '../input.ts';
import { required } from '../problem.ts';
import { done, route } from '../route.ts';

export const deleteTargetRoute = route({
  method: 'delete',
  path: '/targets/{guid}',
  scope: 'write',
  summary: 'Deletes a list that no policy uses',
  params: byGuid,
  async handle({ context: { cmdb, clock }, actor, params }) {
    required(await deleteTarget(cmdb, clock, actor, params.guid), 'target');
    return done;
  },
});
