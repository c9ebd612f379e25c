/** Policies: the list, the new form, and a policy's page with its tabs. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { answerList } from '../list.ts';
import { at } from '../paths.ts';
import { lockOf, requirePrivilege } from '../signedIn.ts';
import { registerDeletePolicies } from './deletePolicies.ts';
import { changeSoftwarePolicy, showSoftwarePolicy } from './editPolicy.ts';
import { changeSettingsPolicy, showSettingsPolicy } from './editSettings.ts';
import { loadPolicy } from './loadPolicy.ts';
import { registerNewPolicy } from './newPolicy.ts';
import { registerPolicyDeliveries } from './policyDeliveries.ts';
import { policyList } from './policyList.ts';
import { registerPolicyXml } from './policyXml.ts';
import { registerSwitchPolicies } from './switchPolicies.ts';

export function registerPolicyPages(router: Router, context: AppContext): void {
  router.get('/policies', async (request, response) => {
    await answerList(request, response, policyList(context), {
      title: 'Policies',
      actions: [
        {
          label: 'New policy',
          href: at('/policies/new'),
          icon: 'add',
          primary: true,
          disabled: lockOf(request, 'write'),
        },
      ],
    });
  });
  // Addresses with a fixed word come before those with a GUID in its place.
  registerNewPolicy(router, context);
  registerSwitchPolicies(router, context);
  registerDeletePolicies(router, context);

  router.get('/policies/:guid', async (request, response) => {
    const policy = await loadPolicy(context.cmdb, request);
    if (policy.kind === 'softwareDelivery') await showSoftwarePolicy(context, request, response, policy);
    else await showSettingsPolicy(context, request, response, policy);
  });
  router.post('/policies/:guid', requirePrivilege('write'), async (request, response) => {
    const policy = await loadPolicy(context.cmdb, request);
    if (policy.kind === 'softwareDelivery') await changeSoftwarePolicy(context, request, response, policy);
    else await changeSettingsPolicy(context, request, response, policy);
  });
  registerPolicyDeliveries(router, context);
  registerPolicyXml(router, context);
}
