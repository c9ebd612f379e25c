import { z } from 'zod';
import { heldRow } from '../../../models/packageServers/overview.ts';
import { refetchPackage } from '../../../models/packageServers/refetch.ts';
import { guidText } from '../input.ts';
import { found, Problem } from '../problem.ts';
import { accepted, route } from '../route.ts';
import { heldPackageView } from './listHeldPackages.ts';
import { knownServer } from './packageServerView.ts';

export const refetchPackageRoute = route({
  method: 'post',
  path: '/package-servers/{guid}/packages/{package}/refetch',
  scope: 'write',
  summary: 'Has the package server throw one package away and fetch it anew',
  params: z.strictObject({ guid: guidText, package: guidText }),
  async handle({ context, actor, params }) {
    const { cmdb, clock, packages, packageServers } = context;
    const server = await knownServer(context, params.guid);
    const entry = found(packages.get(params.package), 'package');
    if (!(await refetchPackage(cmdb, clock, actor, server.guid, entry.guid))) {
      throw new Problem(409, `${server.name} holds nothing of ${entry.name}: there is nothing to fetch anew.`);
    }
    const ordered = await knownServer(context, server.guid);
    const row = found(heldRow(ordered, entry, packageServers), 'package');
    return accepted(`/package-servers/${server.guid}/packages`, heldPackageView(row));
  },
});
