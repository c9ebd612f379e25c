import { clonePackage } from '../../../models/packages/clonePackage.ts';
import { byGuid } from '../input.ts';
import { found } from '../problem.ts';
import { created, route } from '../route.ts';
import { packageView } from './packageView.ts';

export const clonePackageRoute = route({
  method: 'post',
  path: '/packages/{guid}/clone',
  scope: 'write',
  summary: 'Makes a package of the same fields and programs, for the same package servers, with a name of its own',
  params: byGuid,
  async handle({ context: { cmdb, clock }, actor, params: { guid } }) {
    const clone = found(await clonePackage(cmdb, clock, actor, guid), 'package');
    return created(`/packages/${clone}`, await packageView(cmdb, clone));
  },
});
