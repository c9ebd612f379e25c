import { setPoliciesEnabled } from '../../../models/policies/switchPolicies.ts';
import { byGuid } from '../input.ts';
import { ok, route, type ApiRoute } from '../route.ts';
import { policyView } from './policyView.ts';

function switchRoute(verb: string, isEnabled: boolean, summary: string): ApiRoute {
  return route({
    method: 'post',
    path: `/policies/{guid}/${verb}`,
    scope: 'write',
    summary,
    params: byGuid,
    async handle({ context: { cmdb, clock }, actor, params: { guid } }) {
      await setPoliciesEnabled(cmdb, clock, actor, [guid], isEnabled);
      return ok(await policyView(cmdb, guid));
    },
  });
}

export const enablePolicyRoute = switchRoute('enable', true, 'Switches the policy on');
export const disablePolicyRoute = switchRoute('disable', false, 'Switches the policy off: agents withdraw it');
