import { getRegistration } from '../../../models/agents/registrationList.ts';
import { byGuid } from '../input.ts';
import { found } from '../problem.ts';
import { ok, route } from '../route.ts';

export const getRegistrationRoute = route({
  method: 'get',
  path: '/registrations/{guid}',
  scope: 'read',
  summary: 'One registration, with what the machine asked and its rivals for the same computer',
  params: byGuid,
  async handle({ context, params }) {
    return ok(found(await getRegistration(context.cmdb, params.guid), 'registration'));
  },
});
