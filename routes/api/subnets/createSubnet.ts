import { createSubnet } from '../../../models/sites/changeSubnets.ts';
import { subnetInput } from '../../../models/sites/siteInput.ts';
import { created, route } from '../route.ts';
import { storeInput } from '../storeInput.ts';
import { subnetView } from './subnetView.ts';

export const createSubnetRoute = route({
  method: 'post',
  path: '/subnets',
  scope: 'write',
  summary: 'Makes a subnet; computers with an address in it take its site',
  body: storeInput(subnetInput),
  async handle({ context: { cmdb, clock }, actor, body }) {
    const guid = await createSubnet(cmdb, clock, actor, body);
    return created(`/subnets/${guid}`, await subnetView(cmdb, guid));
  },
});
