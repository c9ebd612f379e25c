import { createSite } from '../../../models/sites/changeSites.ts';
import { siteInput } from '../../../models/sites/siteInput.ts';
import { created, route } from '../route.ts';
import { storeInput } from '../storeInput.ts';
import { siteView } from './siteView.ts';

export const createSiteRoute = route({
  method: 'post',
  path: '/sites',
  scope: 'write',
  summary: 'Makes a site',
  body: storeInput(siteInput),
  async handle({ context: { cmdb, clock }, actor, body }) {
    const guid = await createSite(cmdb, clock, actor, body);
    return created(`/sites/${guid}`, await siteView(cmdb, guid));
  },
});
