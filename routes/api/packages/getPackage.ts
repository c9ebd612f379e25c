import { byGuid } from '../input.ts';
import { ok, route } from '../route.ts';
import { packageView } from './packageView.ts';

export const getPackageRoute = route({
  method: 'get',
  path: '/packages/{guid}',
  scope: 'read',
  summary: 'One package: state, current snapshot, programs and the policies that use it',
  params: byGuid,
  async handle({ context, params }) {
    return ok(await packageView(context.cmdb, params.guid));
  },
});
