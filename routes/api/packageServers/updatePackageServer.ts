import {
  packageServerInput,
  readPackageServerInput,
  updatePackageServer,
} from '../../../models/packageServers/changePackageServers.ts';
import { byGuid } from '../input.ts';
import { found } from '../problem.ts';
import { ok, route } from '../route.ts';
import { storeInput } from '../storeInput.ts';
import { packageServerView } from './packageServerView.ts';

export const updatePackageServerRoute = route({
  method: 'patch',
  path: '/package-servers/{guid}',
  scope: 'write',
  summary: 'Changes the settings that are given',
  params: byGuid,
  body: storeInput(packageServerInput),
  async handle({ context, actor, params: { guid }, body }) {
    const current = found(await readPackageServerInput(context.cmdb, guid), 'package server');
    // What is given is the server's own from then on.
    const inherited = current.inherited.filter((name) => body[name] === undefined);
    await updatePackageServer(context.cmdb, context.clock, actor, guid, { ...current, inherited, ...body });
    return ok(await packageServerView(context, guid));
  },
});
