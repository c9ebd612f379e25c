import { deletePackage } from '../../../models/packages/deletePackage.ts';
import { byGuid } from '../input.ts';
import { required } from '../problem.ts';
import { done, route } from '../route.ts';

export const deletePackageRoute = route({
  method: 'delete',
  path: '/packages/{guid}',
  scope: 'write',
  summary: 'Deletes a package that no policy uses; its source folder is never touched',
  params: byGuid,
  async handle({ context: { cmdb, clock }, actor, params }) {
    required(await deletePackage(cmdb, clock, actor, params.guid), 'package');
    return done;
  },
});
