/** The tab Policy of a software-delivery policy: facts, and the form that changes it. */
import type { Request, Response } from 'express';
import type { AppContext } from '../../../app/context.ts';
import type { FieldError } from '../../../models/fieldErrors.ts';
import { updateSoftwarePolicy } from '../../../models/policies/changePolicies.ts';
import { attempt, readForm, showForm, textOf, type FieldSection, type FormValues } from '../form.ts';
import { notFound } from '../pageError.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { actorOf, lockOf } from '../signedIn.ts';
import { policiesCrumb, policyFacts, policyPage } from './policyPage.ts';
import { previewPolicy } from './previewPolicy.ts';
import { showChange } from './showChange.ts';
import {
  softwarePolicyInput,
  softwarePolicySections,
  softwarePolicyValues,
  withFormFields,
  type SoftwarePolicy,
} from './softwarePolicyForm.ts';

export async function showSoftwarePolicy(
  context: AppContext,
  request: Request,
  response: Response,
  policy: SoftwarePolicy,
): Promise<void> {
  const sections = await softwarePolicySections(context, policy, undefined);
  const values = { ...(await softwarePolicyValues(context, policy)), version: String(policy.version) };
  await show(context, request, response, { policy, sections, values });
}

export async function changeSoftwarePolicy(
  context: AppContext,
  request: Request,
  response: Response,
  policy: SoftwarePolicy,
): Promise<void> {
  const { cmdb, clock } = context;
  const sections = await softwarePolicySections(context, policy, undefined);
  const body = request.body as Record<string, unknown>;
  const values = { ...readForm(request, sections), version: String(body.version ?? '') };
  const result = await attempt(() =>
    withFormFields(async () => {
      const input = await softwarePolicyInput(context, values, policy);
      return body.preview !== undefined
        ? previewPolicy(context, input, policy)
        : updateSoftwarePolicy(cmdb, clock, actorOf(request), policy.guid, input);
    }),
  );
  if ('errors' in result) return show(context, request, response, { policy, sections, values, errors: result.errors });
  if (Array.isArray(result.done)) {
    return show(context, request, response, { policy, sections, values, preview: result.done });
  }
  if (result.done === false) throw notFound('policy');
  await showChange(context, policy.guid);
  notify(request, `Policy ${textOf(values, 'name')} was changed.`);
  response.redirect(303, at(`/policies/${policy.guid}`));
}

interface Shown {
  policy: SoftwarePolicy;
  sections: FieldSection[];
  values: FormValues;
  errors?: readonly FieldError[];
  preview?: readonly string[];
}

function show(context: AppContext, request: Request, response: Response, shown: Shown): Promise<void> {
  const { policy, sections, values, errors = [], preview } = shown;
  const form = {
    action: at(`/policies/${policy.guid}`),
    sections,
    values,
    errors,
    submit: 'Apply',
    also: { name: 'preview', label: 'Preview' },
    cancel: policiesCrumb.href,
    disabled: lockOf(request, 'write'),
    hidden: [['version', textOf(values, 'version')] as const],
  };
  return showForm(request, response, form, {
    ...policyPage(context, request, policy, ''),
    template: 'policies/policy',
    facts: policyFacts(policy),
    preview,
  });
}
