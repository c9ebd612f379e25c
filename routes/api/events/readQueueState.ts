import { utc } from '../../../models/clock.ts';
import { ok, route } from '../route.ts';

export const readQueueStateRoute = route({
  method: 'get',
  path: '/events/queue',
  scope: 'read',
  summary: 'Depth, bytes and oldest event of the queue and its classes; counts of this node since its start',
  async handle({ context: { queue } }) {
    const { classes, oldestAt, breakers, ...counts } = await queue.state();
    const oldest = (at: number | undefined) => ({ oldestAt: at === undefined ? null : utc(at) });
    return ok({
      ...counts,
      ...oldest(oldestAt),
      breakers: breakers.map(({ openUntil, ...breaker }) => ({ ...breaker, openUntil: utc(openUntil) })),
      hasRoom: queue.hasRoom(),
      classes: classes.map(({ oldestAt: at, ...state }) => ({ ...state, ...oldest(at) })),
    });
  },
});
