import { z } from 'zod';
import { createEnrolmentToken } from '../../../models/agents/enrolmentTokens.ts';
import { instantText } from '../input.ts';
import { created, route } from '../route.ts';

export const createEnrolmentTokenRoute = route({
  method: 'post',
  path: '/enrolment-tokens',
  scope: 'write',
  summary: 'Makes a token that lets computers in; its text is in this answer and nowhere else',
  body: z.strictObject({
    name: z.string(),
    maxUses: z.number().nullable().default(null),
    expiresAt: instantText.nullable().default(null),
  }),
  async handle({ context: { cmdb, clock, certificate }, actor, body: { name, maxUses, expiresAt } }) {
    const input = { name, maxUses, expiresAt: expiresAt === null ? undefined : Date.parse(expiresAt) };
    const { guid, token } = await createEnrolmentToken(cmdb, clock, actor, input, certificate.pin);
    return created('/enrolment-tokens', { guid, token });
  },
});
