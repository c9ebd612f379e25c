import { byGuid } from '../input.ts';
import { ok, route } from '../route.ts';
import { policyView } from './policyView.ts';

export const getPolicyRoute = route({
  method: 'get',
  path: '/policies/{guid}',
  scope: 'read',
  summary: 'One policy with its settings, targets and counts of deliveries',
  params: byGuid,
  async handle({ context, params }) {
    return ok(await policyView(context.cmdb, params.guid));
  },
});
