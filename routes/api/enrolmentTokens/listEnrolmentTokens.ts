import { z } from 'zod';
import { listEnrolmentTokens } from '../../../models/agents/enrolmentTokens.ts';
import { paging } from '../input.ts';
import { pageOf } from '../json.ts';
import { ok, route } from '../route.ts';

export const listEnrolmentTokensRoute = route({
  method: 'get',
  path: '/enrolment-tokens',
  scope: 'read',
  summary: 'Enrolment tokens, newest first, without their secrets',
  query: z.strictObject(paging),
  async handle({ context: { cmdb, clock }, query }) {
    return ok(pageOf(await listEnrolmentTokens(cmdb, clock), query));
  },
});
