import { z } from 'zod';
import { getComputer } from '../../../models/computers/computerStore.ts';
import { byGuid, paging } from '../input.ts';
import { pageOf } from '../json.ts';
import { found } from '../problem.ts';
import { ok, route } from '../route.ts';

export const listComputerPoliciesRoute = route({
  method: 'get',
  path: '/computers/{guid}/policies',
  scope: 'read',
  summary: 'Every policy, whether the computer gets it, and why',
  params: byGuid,
  query: z.strictObject(paging),
  async handle({ context: { cmdb, policies }, params, query }) {
    const { Guid: guid } = found(await getComputer(cmdb, params.guid), 'computer');
    return ok(pageOf(policies.explain(guid), query));
  },
});
