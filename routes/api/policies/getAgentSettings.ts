import { ok, route } from '../route.ts';
import { agentSettingsView } from './agentSettingsView.ts';

export const getAgentSettingsRoute = route({
  method: 'get',
  path: '/agent-settings',
  scope: 'read',
  summary: 'What all agents are told of intervals, blockouts and traffic',
  async handle({ context }) {
    return ok(await agentSettingsView(context.cmdb));
  },
});
