import { deleteSite } from '../../../models/sites/changeSites.ts';
import { byGuid } from '../input.ts';
import { required } from '../problem.ts';
import { done, route } from '../route.ts';

export const deleteSiteRoute = route({
  method: 'delete',
  path: '/sites/{guid}',
  scope: 'write',
  summary: 'Deletes a site; its subnets stay and belong to none',
  params: byGuid,
  async handle({ context: { cmdb, clock }, actor, params }) {
    required(await deleteSite(cmdb, clock, actor, params.guid), 'site');
    return done;
  },
});
