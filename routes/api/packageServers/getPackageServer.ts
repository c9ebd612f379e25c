import { byGuid } from '../input.ts';
import { ok, route } from '../route.ts';
import { packageServerView } from './packageServerView.ts';

export const getPackageServerRoute = route({
  method: 'get',
  path: '/package-servers/{guid}',
  scope: 'read',
  summary: 'One package server with its settings',
  params: byGuid,
  async handle({ context, params }) {
    return ok(await packageServerView(context, params.guid));
  },
});
