import { byGuid } from '../input.ts';
import { ok, route } from '../route.ts';
import { siteView } from './siteView.ts';

export const getSiteRoute = route({
  method: 'get',
  path: '/sites/{guid}',
  scope: 'read',
  summary: 'One site',
  params: byGuid,
  async handle({ context, params }) {
    return ok(await siteView(context.cmdb, params.guid));
  },
});
