import { createRule } from '../../../models/agents/changeRules.ts';
import { getRule } from '../../../models/agents/rules.ts';
import { created, route } from '../route.ts';
import { ruleBody } from './ruleBody.ts';

export const createRuleRoute = route({
  method: 'post',
  path: '/registration-rules',
  scope: 'write',
  summary: 'Adds a rule after all others',
  body: ruleBody,
  async handle({ context: { cmdb, clock }, actor, body }) {
    const guid = await createRule(cmdb, clock, actor, body);
    return created(`/registration-rules/${guid}`, await getRule(cmdb, guid));
  },
});
