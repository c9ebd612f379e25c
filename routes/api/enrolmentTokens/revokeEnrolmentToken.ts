import { revokeEnrolmentToken } from '../../../models/agents/enrolmentTokens.ts';
import { byGuid } from '../input.ts';
import { required } from '../problem.ts';
import { done, route } from '../route.ts';

export const revokeEnrolmentTokenRoute = route({
  method: 'post',
  path: '/enrolment-tokens/{guid}/revoke',
  scope: 'write',
  summary: 'Makes the token worthless; computers that it let in stay',
  params: byGuid,
  async handle({ context: { cmdb, clock }, actor, params }) {
    required(await revokeEnrolmentToken(cmdb, clock, actor, params.guid), 'token that is not revoked already');
    return done;
  },
});
