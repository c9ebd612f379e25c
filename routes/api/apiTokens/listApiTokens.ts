import { z } from 'zod';
import { apiTokenState, listApiTokens } from '../../../models/security/apiTokens.ts';
import { paging } from '../input.ts';
import { pageOf } from '../json.ts';
import { ok, route } from '../route.ts';

export const listApiTokensRoute = route({
  method: 'get',
  path: '/api-tokens',
  scope: 'read',
  summary: 'Tokens of this API, newest first, without their secrets',
  query: z.strictObject(paging),
  async handle({ context: { cmdb, clock }, query }) {
    const tokens = await listApiTokens(cmdb);
    return ok(
      pageOf(
        tokens.map((token) => ({ ...token, state: apiTokenState(token, clock) })),
        query,
      ),
    );
  },
});
