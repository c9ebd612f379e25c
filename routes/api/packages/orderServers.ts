import { orderPackageServer } from '../../../models/packageServers/changePackageServers.ts';
import { serversOfPackages } from '../../../models/packageServers/serversOfPackages.ts';
import { byGuid } from '../input.ts';
import { found } from '../problem.ts';
import { ok, route } from '../route.ts';

const orderRoute = (verb: string, order: 'resync' | 'verify', summary: string) =>
  route({
    method: 'post',
    path: `/packages/{guid}/${verb}`,
    scope: 'write',
    summary,
    params: byGuid,
    async handle({ context, actor, params: { guid } }) {
      const { cmdb, clock, packages, packageServers } = context;
      found(packages.get(guid), 'package');
      const told: string[] = [];
      for (const server of serversOfPackages(context, [guid])) {
        if (!(await orderPackageServer(cmdb, clock, actor, server.guid, order))) continue;
        await packageServers.refreshServer(cmdb, server.guid);
        told.push(server.guid);
      }
      return ok({ packageServers: told });
    },
  });

export const resendPackageRoute = orderRoute(
  'resend',
  'resync',
  'Has the package servers of a package ask for everything anew, whatever they wait for',
);
export const verifyPackageRoute = orderRoute(
  'verify',
  'verify',
  'Has the package servers of a package hash every file that they hold',
);
