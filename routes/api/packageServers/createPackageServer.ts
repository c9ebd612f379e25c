import { z } from 'zod';
import { packageServerInput } from '../../../models/packageServers/changePackageServers.ts';
import { givePackageService } from '../../../models/packageServers/giveService.ts';
import { parseGuid } from '../../../wire/guid.ts';
import { invalid } from '../problem.ts';
import { created, route } from '../route.ts';
import { storeInput } from '../storeInput.ts';
import { packageServerView } from './packageServerView.ts';

export const createPackageServerRoute = route({
  method: 'post',
  path: '/package-servers',
  scope: 'write',
  summary: 'Gives a managed computer the package service',
  body: storeInput(z.object({ ...packageServerInput.shape, computer: z.string() })),
  async handle({ context, actor, body: { computer, ...fields } }) {
    const guid = parseGuid(typeof computer === 'string' ? computer : undefined);
    if (guid === undefined) throw invalid([{ field: 'computer', message: 'Give the GUID of a managed computer.' }]);
    const { cmdb, clock, sites } = context;
    await givePackageService(cmdb, clock, actor, guid, fields, (address) => sites.siteOf(address));
    return created(`/package-servers/${guid}`, await packageServerView(context, guid));
  },
});
