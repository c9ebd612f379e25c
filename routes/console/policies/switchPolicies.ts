/** Switch policies on and off: one by a click on its page, or those that are ticked in the list. */
import type { Request, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { setPoliciesEnabled } from '../../../models/policies/switchPolicies.ts';
import { parseGuid, type Guid } from '../../../wire/guid.ts';
import { attempt } from '../form.ts';
import { counted } from '../format.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { selection } from '../selection.ts';
import { actorOf, requirePrivilege } from '../signedIn.ts';
import { loadPolicy } from './loadPolicy.ts';
import { policyList } from './policyList.ts';
import { showChange } from './showChange.ts';

const NOUN = ['policy', 'policies'] as const;

export function registerSwitchPolicies(router: Router, context: AppContext): void {
  const act = async (request: Request, guids: readonly Guid[], isEnabled: boolean): Promise<void> => {
    const { cmdb, clock } = context;
    const result = await attempt(() => setPoliciesEnabled(cmdb, clock, actorOf(request), guids, isEnabled));
    if ('errors' in result) return notify(request, `Nothing was changed. ${result.errors[0]!.message}`, 'bad');
    for (const guid of guids) await showChange(context, guid);
    const left = guids.length - result.done;
    const rest = left === 0 ? '' : ` ${counted(left, NOUN)} ${left === 1 ? 'was' : 'were'} so already.`;
    notify(request, `${counted(result.done, NOUN)} switched ${isEnabled ? 'on' : 'off'}.${rest}`);
  };

  for (const [word, isEnabled] of [
    ['on', true],
    ['off', false],
  ] as const) {
    router.post(`/policies/${word}`, requirePrivilege('write'), async (request, response) => {
      const keys = await selection(request, policyList(context));
      const guids = keys.map((key) => parseGuid(key)).filter((guid) => guid !== undefined);
      await act(request, guids, isEnabled);
      response.redirect(303, at('/policies'));
    });

    router.post(`/policies/:guid/${word}`, requirePrivilege('write'), async (request, response) => {
      const policy = await loadPolicy(context.cmdb, request);
      await act(request, [policy.guid], isEnabled);
      response.redirect(303, at(`/policies/${policy.guid}`));
    });
  }
}
