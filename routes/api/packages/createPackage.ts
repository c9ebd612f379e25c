import { createPackage } from '../../../models/packages/createPackage.ts';
import { newPackageInput } from '../../../models/packages/packageInput.ts';
import { sourceLimits } from '../../../models/packages/sources/sources.ts';
import { created, route } from '../route.ts';
import { storeInput } from '../storeInput.ts';
import { packageView } from './packageView.ts';

export const createPackageRoute = route({
  method: 'post',
  path: '/packages',
  scope: 'write',
  summary: 'Makes a package of a folder on the server, with its programs; its first snapshot is built at once',
  body: storeInput(newPackageInput),
  async handle({ context: { cmdb, clock, settings }, actor, body }) {
    const guid = await createPackage(cmdb, clock, actor, body, sourceLimits(settings));
    return created(`/packages/${guid}`, await packageView(cmdb, guid));
  },
});
