import { z } from 'zod';
import { recordAudit } from '../../../models/audit/audit.ts';
import { ok, route, type ApiRoute } from '../route.ts';

const ids = z
  .array(z.int('Give whole numbers.').min(1, 'Give whole numbers.'))
  .min(1, 'Give at least one id.')
  .max(500, 'Give at most 500 ids.');

function decisionRoute(decision: 'retry' | 'discard', summary: string): ApiRoute {
  return route({
    method: 'post',
    path: `/events/${decision}`,
    scope: 'write',
    summary,
    body: z.strictObject({ ids }),
    async handle({ context: { cmdb, clock, queue }, actor, body }) {
      const changed = await queue[decision](body.ids);
      if (changed > 0) {
        const after = { ids: body.ids, changed };
        await recordAudit(cmdb, clock, actor, {
          action: decision,
          objectKind: 'event',
          objectName: `${changed} bad events`,
          after,
        });
      }
      return ok({ changed });
    },
  });
}

export const retryEventsRoute = decisionRoute('retry', 'Puts bad events back into the queue; answers how many');
export const discardEventsRoute = decisionRoute('discard', 'Deletes bad events for good; answers how many');
