import { z } from 'zod';
import { createTarget } from '../../../models/targets/changeTargets.ts';
import { getTarget } from '../../../models/targets/targetStore.ts';
import { created, route } from '../route.ts';

export const createTargetRoute = route({
  method: 'post',
  path: '/targets',
  scope: 'write',
  summary: 'Makes a list of computers',
  body: z.strictObject({
    name: z.string(),
    description: z.string().optional(),
    computers: z.array(z.string()).optional(),
  }),
  async handle({ context: { cmdb, clock }, actor, body }) {
    const guid = await createTarget(cmdb, clock, actor, body);
    return created(`/targets/${guid}`, await getTarget(cmdb, guid));
  },
});
