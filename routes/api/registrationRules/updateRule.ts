import { updateRule } from '../../../models/agents/changeRules.ts';
import { getRule } from '../../../models/agents/rules.ts';
import { byGuid } from '../input.ts';
import { found } from '../problem.ts';
import { ok, route } from '../route.ts';
import { ruleChange } from './ruleBody.ts';

export const updateRuleRoute = route({
  method: 'patch',
  path: '/registration-rules/{guid}',
  scope: 'write',
  summary: 'Changes the fields that are given',
  params: byGuid,
  body: ruleChange,
  async handle({ context: { cmdb, clock }, actor, params: { guid }, body }) {
    const { name, action, nameMasks, addressMasks, isEnabled } = found(await getRule(cmdb, guid), 'rule');
    await updateRule(cmdb, clock, actor, guid, { name, action, nameMasks, addressMasks, isEnabled, ...body });
    return ok(found(await getRule(cmdb, guid), 'rule'));
  },
});
