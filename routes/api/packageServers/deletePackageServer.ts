import { removePackageServer } from '../../../models/packageServers/changePackageServers.ts';
import { byGuid } from '../input.ts';
import { required } from '../problem.ts';
import { done, route } from '../route.ts';

export const deletePackageServerRoute = route({
  method: 'delete',
  path: '/package-servers/{guid}',
  scope: 'write',
  summary: 'Takes the package service away; the computer stays managed',
  params: byGuid,
  async handle({ context: { cmdb, clock, packageServers }, actor, params: { guid } }) {
    required(await removePackageServer(cmdb, clock, actor, guid), 'package server');
    await packageServers.refreshServer(cmdb, guid);
    return done;
  },
});
