import { deleteRule } from '../../../models/agents/changeRules.ts';
import { byGuid } from '../input.ts';
import { required } from '../problem.ts';
import { done, route } from '../route.ts';

export const deleteRuleRoute = route({
  method: 'delete',
  path: '/registration-rules/{guid}',
  scope: 'write',
  summary: 'Deletes the rule; computers that it let in stay',
  params: byGuid,
  async handle({ context: { cmdb, clock }, actor, params }) {
    required(await deleteRule(cmdb, clock, actor, params.guid), 'rule');
    return done;
  },
});
