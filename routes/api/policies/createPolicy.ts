import { createSoftwarePolicy } from '../../../models/policies/changePolicies.ts';
import { softwarePolicyInput, type SoftwarePolicyInput } from '../../../models/policies/policyInput.ts';
import { created, route } from '../route.ts';
import { storeInput } from '../storeInput.ts';
import { policyView } from './policyView.ts';

export const createPolicyRoute = route({
  method: 'post',
  path: '/policies',
  scope: 'write',
  summary: 'Makes a software-delivery policy: package, program, computers and schedule',
  body: storeInput(softwarePolicyInput),
  async handle({ context: { cmdb, clock }, actor, body }) {
    const guid = await createSoftwarePolicy(cmdb, clock, actor, body as SoftwarePolicyInput);
    return created(`/policies/${guid}`, await policyView(cmdb, guid));
  },
});
