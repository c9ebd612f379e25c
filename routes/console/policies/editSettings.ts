/** The tab Policy of the two settings policies, which every server has and nobody deletes. */
import type { Request, Response } from 'express';
import type { AppContext } from '../../../app/context.ts';
import type { FieldError } from '../../../models/fieldErrors.ts';
import { updateAgentSettings, updateTaskAgent } from '../../../models/policies/changePolicies.ts';
import type { Policy } from '../../../models/policies/policyStore.ts';
import { attempt, readForm, showForm, type FieldSection, type FormValues } from '../form.ts';
import { notFound } from '../pageError.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { actorOf, lockOf } from '../signedIn.ts';
import { agentSettingsInput, agentSettingsSections, agentSettingsValues } from './agentSettingsForm.ts';
import { atBlockoutRows } from './blockoutForm.ts';
import { policiesCrumb, policyFacts, policyPage } from './policyPage.ts';
import { showChange } from './showChange.ts';
import { TASK_AGENT_SECTIONS, taskAgentInput, taskAgentValues } from './taskAgentForm.ts';

export type SettingsPolicy = Policy<'agentSettings' | 'taskAgent'>;

export async function showSettingsPolicy(
  context: AppContext,
  request: Request,
  response: Response,
  policy: SettingsPolicy,
): Promise<void> {
  const own = policy.kind === 'agentSettings' ? agentSettingsValues(policy.settings) : taskAgentValues(policy.settings);
  const common = { description: policy.description, isEnabled: policy.isEnabled ? '1' : '' };
  await show(context, request, response, policy, { ...own, ...common }, [], String(policy.version));
}

export async function changeSettingsPolicy(
  context: AppContext,
  request: Request,
  response: Response,
  policy: SettingsPolicy,
): Promise<void> {
  const { cmdb, clock } = context;
  const version = String((request.body as Record<string, unknown>).version ?? '');
  const values = readForm(request, sectionsOf(context, policy));
  const { guid } = policy;
  const result = await attempt(() =>
    policy.kind === 'agentSettings'
      ? updateAgentSettings(cmdb, clock, actorOf(request), guid, agentSettingsInput(values, version))
      : updateTaskAgent(cmdb, clock, actorOf(request), guid, taskAgentInput(values, version)),
  );
  if ('errors' in result) {
    const errors = atBlockoutRows(values, result.errors).map(atTop);
    return show(context, request, response, policy, values, errors, version);
  }
  if (!result.done) throw notFound('policy');
  await showChange(context, guid);
  notify(request, `${policy.name} was changed. Agents get it with their next policy request.`);
  response.redirect(303, at(`/policies/${guid}`));
}

/** The version is no field that somebody could mend. */
const atTop = ({ field, message }: FieldError): FieldError => ({ field: field === 'version' ? '' : field, message });

function sectionsOf({ settings }: AppContext, policy: SettingsPolicy): readonly FieldSection[] {
  return policy.kind === 'agentSettings' ? agentSettingsSections(settings, policy.settings) : TASK_AGENT_SECTIONS;
}

function show(
  context: AppContext,
  request: Request,
  response: Response,
  policy: SettingsPolicy,
  values: FormValues,
  errors: readonly FieldError[],
  version: string,
): Promise<void> {
  const form = {
    action: at(`/policies/${policy.guid}`),
    sections: sectionsOf(context, policy),
    values,
    errors,
    submit: 'Apply',
    cancel: policiesCrumb.href,
    disabled: lockOf(request, 'write'),
    hidden: [['version', version] as const],
  };
  return showForm(request, response, form, {
    ...policyPage(context, request, policy, ''),
    template: 'policies/policy',
    facts: policyFacts(policy),
    preview: undefined,
  });
}
