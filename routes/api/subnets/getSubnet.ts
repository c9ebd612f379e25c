import { byGuid } from '../input.ts';
import { ok, route } from '../route.ts';
import { subnetView } from './subnetView.ts';

export const getSubnetRoute = route({
  method: 'get',
  path: '/subnets/{guid}',
  scope: 'read',
  summary: 'One subnet',
  params: byGuid,
  async handle({ context, params }) {
    return ok(await subnetView(context.cmdb, params.guid));
  },
});
