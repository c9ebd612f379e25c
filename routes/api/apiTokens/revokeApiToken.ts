import { revokeApiToken } from '../../../models/security/apiTokens.ts';
import { byGuid } from '../input.ts';
import { required } from '../problem.ts';
import { done, route } from '../route.ts';

export const revokeApiTokenRoute = route({
  method: 'post',
  path: '/api-tokens/{guid}/revoke',
  scope: 'write',
  // None is made here: a token that could make others would outlive its own end.
  summary: 'Makes a token of this API worthless, this very one included',
  params: byGuid,
  async handle({ context: { cmdb, clock }, actor, params }) {
    required(await revokeApiToken(cmdb, clock, actor, params.guid), 'token that is not revoked already');
    return done;
  },
});
