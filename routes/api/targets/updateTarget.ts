import { z } from 'zod';
import { updateTarget } from '../../../models/targets/changeTargets.ts';
import { getTarget } from '../../../models/targets/targetStore.ts';
import { byGuid } from '../input.ts';
import { found } from '../problem.ts';
import { ok, route } from '../route.ts';

export const updateTargetRoute = route({
  method: 'patch',
  path: '/targets/{guid}',
  scope: 'write',
  summary: 'Changes name or description',
  params: byGuid,
  body: z.strictObject({ name: z.string().optional(), description: z.string().optional() }),
  async handle({ context: { cmdb, clock }, actor, params: { guid }, body }) {
    const { name, description } = found(await getTarget(cmdb, guid), 'target');
    await updateTarget(cmdb, clock, actor, guid, { name, description, ...body });
    return ok(found(await getTarget(cmdb, guid), 'target'));
  },
});
