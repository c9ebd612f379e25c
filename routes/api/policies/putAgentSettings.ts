import { updateAgentSettings } from '../../../models/policies/changePolicies.ts';
import { agentSettingsInput, type AgentSettingsInput } from '../../../models/policies/policyInput.ts';
import { POLICY } from '../../../wire/wellKnown.ts';
import { required } from '../problem.ts';
import { ok, route } from '../route.ts';
import { storeInput } from '../storeInput.ts';
import { agentSettingsView } from './agentSettingsView.ts';

export const putAgentSettingsRoute = route({
  method: 'put',
  path: '/agent-settings',
  scope: 'write',
  summary: 'Replaces the agent settings; what is left out takes its default',
  body: storeInput(agentSettingsInput),
  async handle({ context: { cmdb, clock }, actor, body }) {
    const input = body as AgentSettingsInput;
    required(await updateAgentSettings(cmdb, clock, actor, POLICY.agentSettings, input), 'agent settings policy');
    return ok(await agentSettingsView(cmdb));
  },
});
