import { readSubnet, updateSubnet } from '../../../models/sites/changeSubnets.ts';
import { subnetInput } from '../../../models/sites/siteInput.ts';
import { byGuid } from '../input.ts';
import { found } from '../problem.ts';
import { ok, route } from '../route.ts';
import { storeInput } from '../storeInput.ts';
import { subnetView } from './subnetView.ts';

export const updateSubnetRoute = route({
  method: 'patch',
  path: '/subnets/{guid}',
  scope: 'write',
  summary: 'Changes the fields that are given; siteGuid null takes it out of its site',
  params: byGuid,
  body: storeInput(subnetInput),
  async handle({ context: { cmdb, clock }, actor, params: { guid }, body }) {
    const current = found(await readSubnet(cmdb, guid), 'subnet');
    await updateSubnet(cmdb, clock, actor, guid, { ...current, ...body });
    return ok(await subnetView(cmdb, guid));
  },
});
