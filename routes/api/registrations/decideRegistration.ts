import { decideRegistrations, type Decision, type DecisionResult } from '../../../models/agents/decide.ts';
import { byGuid } from '../input.ts';
import { Problem } from '../problem.ts';
import { ok, route, type ApiRoute } from '../route.ts';

const STATE_AFTER = { allow: 'allowed', block: 'blocked', revoke: 'revoked' } as const;

function decisionRoute(decision: Decision, summary: string): ApiRoute {
  return route({
    method: 'post',
    path: `/registrations/{guid}/${decision}`,
    scope: 'write',
    summary,
    params: byGuid,
    async handle({ context, actor, params }) {
      const [result] = await decideRegistrations(context, actor, decision, [params.guid]);
      return answer(result!, STATE_AFTER[decision]);
    },
  });
}

/** What is already as it was asked for is no fault: a program may ask twice. */
function answer(result: DecisionResult, wanted: string) {
  if (result.before === undefined) throw new Problem(404, 'There is no such registration.');
  if (result.after !== wanted) throw new Problem(409, result.message);
  const { registrationGuid: guid, name, after: state, changed, resourceGuid, replaced, message } = result;
  return ok({ guid, name, state, changed, resourceGuid, replaced: replaced ?? null, message });
}

export const allowRegistrationRoute = decisionRoute(
  'allow',
  'Lets the computer in; replaces the key that was allowed before',
);
export const blockRegistrationRoute = decisionRoute('block', 'Keeps the computer out');
export const revokeRegistrationRoute = decisionRoute('revoke', 'Takes back what was allowed, at once');
