/** Delete policies, from the page of one or from the list: first the question with its effect, then the deed. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { deletePolicies, previewDeletion, type DeletionPreview } from '../../../models/policies/switchPolicies.ts';
import { parseGuid, type Guid } from '../../../wire/guid.ts';
import { askFirst, isConfirmed } from '../confirm.ts';
import { attempt } from '../form.ts';
import { counted, formatNumber } from '../format.ts';
import { notFound, PageError } from '../pageError.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { selection } from '../selection.ts';
import { actorOf, requirePrivilege } from '../signedIn.ts';
import { loadPolicy } from './loadPolicy.ts';
import { policyList } from './policyList.ts';
import { policiesCrumb } from './policyPage.ts';
import { showChange } from './showChange.ts';

const NOUN = ['policy', 'policies'] as const;
const COMPUTERS = ['computer', 'computers'] as const;
const STATES = ['delivery state', 'delivery states'] as const;

export function registerDeletePolicies(router: Router, context: AppContext): void {
  router.get('/policies/:guid/delete', requirePrivilege('write'), async (request, response) => {
    const policy = await loadPolicy(context.cmdb, request);
    await ask(context, request, response, [policy.guid], at(`/policies/${policy.guid}`));
  });

  router.post('/policies/delete', requirePrivilege('write'), async (request, response) => {
    const keys = await selection(request, policyList(context));
    const guids = keys.map((key) => parseGuid(key)).filter((guid) => guid !== undefined);
    if (!isConfirmed(request)) return ask(context, request, response, guids, policiesCrumb.href);
    const { cmdb, clock } = context;
    const deleted = await orRefuse(() => deletePolicies(cmdb, clock, actorOf(request), guids));
    for (const guid of guids) await showChange(context, guid);
    notify(request, `${counted(deleted, NOUN)} deleted.`);
    response.redirect(303, policiesCrumb.href);
  });
}

async function ask(
  { cmdb }: AppContext,
  request: Request,
  response: Response,
  guids: readonly Guid[],
  cancel: string,
): Promise<void> {
  const preview = await orRefuse(() => previewDeletion(cmdb, guids));
  if (preview.policies.length === 0) throw notFound('policy');
  const count = counted(preview.policies.length, NOUN);
  await askFirst(
    request,
    response,
    {
      title: preview.policies.length === 1 ? `Delete the policy ${preview.policies[0]!.name}?` : `Delete ${count}?`,
      text: effect(preview),
      items:
        preview.policies.length === 1
          ? []
          : preview.policies.map(({ name, computers }) => `${name} (${counted(computers, COMPUTERS)})`),
      action: at('/policies/delete'),
      hidden: preview.policies.map(({ guid }) => ['id', guid] as const),
      submit: `Delete ${count}`,
      danger: true,
      cancel,
    },
    { breadcrumb: [policiesCrumb] },
  );
}

function effect({ computers, deliveries }: DeletionPreview): string {
  return `${counted(computers, COMPUTERS)} will have it withdrawn at the next policy request. ${
    deliveries === 0
      ? 'No delivery states are'
      : `${formatNumber(deliveries)} ${STATES[deliveries === 1 ? 0 : 1]} ${deliveries === 1 ? 'is' : 'are'}`
  } deleted with it; what agents reported of past runs stays, and what is installed stays installed.`;
}

/** @throws PageError with the model's reason */
async function orRefuse<T>(act: () => Promise<T>): Promise<T> {
  const result = await attempt(act);
  if ('errors' in result)
    throw new PageError(409, 'This cannot be deleted', 'Nothing was changed.', result.errors[0]!.message);
  return result.done;
}
