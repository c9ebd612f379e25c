import { z } from 'zod';
import { MOST_OVERLAP_DAYS, rotateSigningKey } from '../../../models/signingKeys/changeKeys.ts';
import { created, route } from '../route.ts';
import { signingKeysView } from './signingKeysView.ts';

export const rotateSigningKeyRoute = route({
  method: 'post',
  path: '/signing-keys',
  scope: 'security',
  summary: 'Makes a new key that signs from now on',
  body: z.strictObject({
    overlapDays: z.int().min(1).max(MOST_OVERLAP_DAYS).optional(),
  }),
  async handle({ context, actor, body: { overlapDays } }) {
    const { cmdb, clock, secrets } = context;
    const input = overlapDays === undefined ? {} : { overlapDays };
    await rotateSigningKey({ cmdb, clock, keys: secrets.signingKeys }, actor, input);
    return created('/signing-keys', await signingKeysView(context));
  },
});
