import { z } from 'zod';
import { decideBadEvents, type BadEventDecision } from '../../../models/events/decideBadEvents.ts';
import { ok, route, type ApiRoute } from '../route.ts';

const ids = z
  .array(z.int('Give whole numbers.').min(1, 'Give whole numbers.'))
  .min(1, 'Give at least one id.')
  .max(500, 'Give at most 500 ids.');

function decisionRoute(decision: BadEventDecision, summary: string): ApiRoute {
  return route({
    method: 'post',
    path: `/events/${decision}`,
    scope: 'write',
    summary,
    body: z.strictObject({ ids }),
    async handle({ context, actor, body }) {
      return ok({ changed: await decideBadEvents(context, actor, decision, body.ids) });
    },
  });
}

export const retryEventsRoute = decisionRoute('retry', 'Puts bad events back into the queue; answers how many');
export const discardEventsRoute = decisionRoute('discard', 'Deletes bad events for good; answers how many');
