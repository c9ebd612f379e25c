import { bytesFreed, policiesOfPackages, serversThatDrop } from '../../../models/packages/removalEffect.ts';
import { readPackageRow } from '../../../models/packages/packageRow.ts';
import { byGuid } from '../input.ts';
import { found } from '../problem.ts';
import { ok, route } from '../route.ts';

export const removalEffectRoute = route({
  method: 'get',
  path: '/packages/{guid}/removal-effect',
  scope: 'read',
  summary: 'What would go with a package: policies that deliver it, servers that hold it, bytes of the store',
  params: byGuid,
  async handle({ context, params: { guid } }) {
    found(await readPackageRow(context.cmdb, guid), 'package');
    const policies = await policiesOfPackages(context.cmdb, [guid]);
    return ok({
      policies: policies.map(({ guid: policy, name, isEnabled }) => ({ guid: policy, name, isEnabled })),
      packageServers: serversThatDrop(context, [guid]).map(({ guid: server, name, bytes }) => ({
        guid: server,
        name,
        bytes,
      })),
      bytesFreed: await bytesFreed(context.cmdb, [guid]),
    });
  },
});
