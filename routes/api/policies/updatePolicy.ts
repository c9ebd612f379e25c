import { updateSoftwarePolicy } from '../../../models/policies/changePolicies.ts';
import { softwarePolicyInput, type SoftwarePolicyInput } from '../../../models/policies/policyInput.ts';
import { getPolicy, type Policy } from '../../../models/policies/policyStore.ts';
import { byGuid } from '../input.ts';
import { found, Problem } from '../problem.ts';
import { ok, route } from '../route.ts';
import { storeInput } from '../storeInput.ts';
import { policyView } from './policyView.ts';

export const updatePolicyRoute = route({
  method: 'patch',
  path: '/policies/{guid}',
  scope: 'write',
  summary: 'Changes the fields of a software-delivery policy that are given',
  params: byGuid,
  body: storeInput(softwarePolicyInput),
  async handle({ context: { cmdb, clock }, actor, params: { guid }, body }) {
    const policy = found(await getPolicy(cmdb, guid), 'policy');
    if (policy.kind !== 'softwareDelivery') {
      throw new Problem(409, 'This is no software-delivery policy; agent settings are at /api/v1/agent-settings.');
    }
    const input = { ...inputOf(policy), ...body } as SoftwarePolicyInput;
    await updateSoftwarePolicy(cmdb, clock, actor, guid, input);
    return ok(await policyView(cmdb, guid));
  },
});

/** A policy as it would be handed in. The version guards against a change between reading and writing it here. */
function inputOf({
  name,
  description,
  isEnabled,
  version,
  packageGuid,
  programGuid,
  targets,
  settings,
}: Policy): object {
  const fields = { name, description, isEnabled, version, packageGuid, programGuid };
  return { ...fields, targets: targets.map((target) => target.guid), ...settings };
}
