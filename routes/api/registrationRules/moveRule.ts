import { z } from 'zod';
import { moveRule } from '../../../models/agents/changeRules.ts';
import { getRule } from '../../../models/agents/rules.ts';
import { byGuid } from '../input.ts';
import { found } from '../problem.ts';
import { ok, route } from '../route.ts';

export const moveRuleRoute = route({
  method: 'post',
  path: '/registration-rules/{guid}/move',
  scope: 'write',
  summary: 'Puts the rule at a position, 1 being the first asked',
  params: byGuid,
  body: z.strictObject({ position: z.int('Give a whole number.').min(1, 'The first position is 1.') }),
  async handle({ context: { cmdb, clock }, actor, params: { guid }, body }) {
    await moveRule(cmdb, clock, actor, guid, body.position);
    return ok(found(await getRule(cmdb, guid), 'rule'));
  },
});
