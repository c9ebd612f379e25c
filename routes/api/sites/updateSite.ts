import { readSite, updateSite } from '../../../models/sites/changeSites.ts';
import { siteInput } from '../../../models/sites/siteInput.ts';
import { byGuid } from '../input.ts';
import { found } from '../problem.ts';
import { ok, route } from '../route.ts';
import { storeInput } from '../storeInput.ts';
import { siteView } from './siteView.ts';

export const updateSiteRoute = route({
  method: 'patch',
  path: '/sites/{guid}',
  scope: 'write',
  summary: 'Changes the fields that are given',
  params: byGuid,
  body: storeInput(siteInput),
  async handle({ context: { cmdb, clock }, actor, params: { guid }, body }) {
    const current = found(await readSite(cmdb, guid), 'site');
    await updateSite(cmdb, clock, actor, guid, { ...current, ...body });
    return ok(await siteView(cmdb, guid));
  },
});
