import { z } from 'zod';
import { byGuid, paging } from '../input.ts';
import { pageOf } from '../json.ts';
import { ok, route } from '../route.ts';
import { survivingComputer } from './survivingComputer.ts';

export const listComputerPoliciesRoute = route({
  method: 'get',
  path: '/computers/{guid}/policies',
  scope: 'read',
  summary: 'Every policy, whether the computer gets it, and why',
  params: byGuid,
  query: z.strictObject(paging),
  async handle({ context: { cmdb, policies }, params, query }) {
    const guid = await survivingComputer(cmdb, params.guid);
    return ok(pageOf(policies.explain(guid), query));
  },
});
