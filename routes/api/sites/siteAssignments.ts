import { z } from 'zod';
import { changeAssignments } from '../../../models/sites/assignByHand.ts';
import { listAssignedComputers, listAssignedTargets } from '../../../models/sites/listAssigned.ts';
import { getSite } from '../../../models/sites/listSites.ts';
import { byGuid, guidText, paging, searchText } from '../input.ts';
import { camelCase, list } from '../json.ts';
import { found } from '../problem.ts';
import { ok, route } from '../route.ts';

export const listSiteTargetsRoute = route({
  method: 'get',
  path: '/sites/{guid}/assigned/targets',
  scope: 'read',
  summary: 'Targets whose computers belong to the site, whatever their addresses say',
  params: byGuid,
  async handle({ context: { cmdb }, params: { guid } }) {
    found(await getSite(cmdb, guid), 'site');
    return ok({ items: camelCase(await listAssignedTargets(cmdb, { kind: 'site', guid })) });
  },
});

export const listSiteComputersRoute = route({
  method: 'get',
  path: '/sites/{guid}/assigned/computers',
  scope: 'read',
  summary: 'Computers that were assigned to the site one by one, by name',
  params: byGuid,
  query: z.strictObject({ ...paging, search: searchText.optional() }),
  async handle({ context: { cmdb }, params: { guid }, query }) {
    found(await getSite(cmdb, guid), 'site');
    const { rows, total } = await listAssignedComputers(cmdb, { kind: 'site', guid }, query);
    return ok(list(camelCase(rows), total, query));
  },
});

const computers = z.array(guidText).max(10_000, 'At most 10000 at once.').default([]);
const targets = z.array(guidText).max(1000, 'At most 1000 at once.').default([]);
const members = z.strictObject({ computers, targets }).prefault({});

export const changeSiteAssignmentsRoute = route({
  method: 'patch',
  path: '/sites/{guid}/assigned',
  scope: 'write',
  summary: 'Assigns computers and targets to the site by hand and ends assignments; answers how many came and went',
  params: byGuid,
  body: z.strictObject({ add: members, remove: members }),
  async handle({ context: { cmdb, clock, sites }, actor, params: { guid }, body }) {
    const done = found(await changeAssignments(cmdb, clock, actor, { kind: 'site', guid }, body), 'site');
    await sites.refresh(cmdb);
    return ok(done);
  },
});
