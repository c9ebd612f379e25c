import { packageInput } from '../../../models/packages/packageInput.ts';
import { packageInputOf, readPackageRow } from '../../../models/packages/packageRow.ts';
import { sourceLimits } from '../../../models/packages/sources/sources.ts';
import { updatePackage } from '../../../models/packages/updatePackage.ts';
import { byGuid } from '../input.ts';
import { found, required } from '../problem.ts';
import { ok, route } from '../route.ts';
import { storeInput } from '../storeInput.ts';
import { packageView } from './packageView.ts';

export const updatePackageRoute = route({
  method: 'patch',
  path: '/packages/{guid}',
  scope: 'write',
  summary: 'Changes the fields that are given; another source is looked at at once',
  params: byGuid,
  body: storeInput(packageInput),
  async handle({ context: { cmdb, clock, settings }, actor, params: { guid }, body }) {
    const current = packageInputOf(found(await readPackageRow(cmdb, guid), 'package'));
    const fields = { ...current, ...body };
    required(await updatePackage(cmdb, clock, actor, guid, fields, sourceLimits(settings)), 'package');
    return ok(await packageView(cmdb, guid));
  },
});
