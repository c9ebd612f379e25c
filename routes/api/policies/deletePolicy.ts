import { deletePolicies } from '../../../models/policies/switchPolicies.ts';
import { byGuid } from '../input.ts';
import { required } from '../problem.ts';
import { done, route } from '../route.ts';

export const deletePolicyRoute = route({
  method: 'delete',
  path: '/policies/{guid}',
  scope: 'write',
  summary: 'Deletes a software-delivery policy with its delivery states; agents withdraw it',
  params: byGuid,
  async handle({ context: { cmdb, clock }, actor, params }) {
    required((await deletePolicies(cmdb, clock, actor, [params.guid])) === 1, 'policy');
    return done;
  },
});
