import { z } from 'zod';
import { utc } from '../../../models/clock.ts';
import { paging } from '../input.ts';
import { list } from '../json.ts';
import { ok, route } from '../route.ts';

export const listBadEventsRoute = route({
  method: 'get',
  path: '/events/bad',
  scope: 'read',
  summary: 'Events that could not be applied, with the reason',
  query: z.strictObject(paging),
  async handle({ context: { queue }, query }) {
    const { events, total } = await queue.listBad(query.offset, query.limit);
    const items = events.map(({ receivedAt, putAsideAt, ...event }) => ({
      ...event,
      receivedAt: utc(receivedAt),
      putAsideAt: utc(putAsideAt),
    }));
    return ok(list(items, total, query));
  },
});
