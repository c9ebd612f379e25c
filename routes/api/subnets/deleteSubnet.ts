import { deleteSubnets } from '../../../models/sites/changeSubnets.ts';
import { byGuid } from '../input.ts';
import { required } from '../problem.ts';
import { done, route } from '../route.ts';

export const deleteSubnetRoute = route({
  method: 'delete',
  path: '/subnets/{guid}',
  scope: 'write',
  summary: 'Deletes a subnet; its computers take the site of the next wider one',
  params: byGuid,
  async handle({ context: { cmdb, clock }, actor, params }) {
    required((await deleteSubnets(cmdb, clock, actor, [params.guid])) === 1, 'subnet');
    return done;
  },
});
