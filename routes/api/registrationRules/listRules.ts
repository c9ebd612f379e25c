import { z } from 'zod';
import { listRules } from '../../../models/agents/rules.ts';
import { paging } from '../input.ts';
import { pageOf } from '../json.ts';
import { ok, route } from '../route.ts';

export const listRulesRoute = route({
  method: 'get',
  path: '/registration-rules',
  scope: 'read',
  summary: 'Registration rules in the order in which they are asked',
  query: z.strictObject(paging),
  async handle({ context, query }) {
    return ok(pageOf(await listRules(context.cmdb), query));
  },
});
