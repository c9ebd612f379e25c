import { getRule } from '../../../models/agents/rules.ts';
import { byGuid } from '../input.ts';
import { found } from '../problem.ts';
import { ok, route } from '../route.ts';

export const getRuleRoute = route({
  method: 'get',
  path: '/registration-rules/{guid}',
  scope: 'read',
  summary: 'One rule',
  params: byGuid,
  async handle({ context, params }) {
    return ok(found(await getRule(context.cmdb, params.guid), 'rule'));
  },
});
