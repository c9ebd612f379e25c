import { z } from 'zod';
import { numberText } from '../input.ts';
import { found } from '../problem.ts';
import { ok, route } from '../route.ts';

const MOST_BYTES = 1024 * 1024;

export const readPayloadRoute = route({
  method: 'get',
  path: '/events/{id}/payload',
  scope: 'read',
  summary: 'XML of a bad or waiting event, cut at maxBytes',
  params: z.strictObject({ id: numberText(1, Number.MAX_SAFE_INTEGER) }),
  query: z.strictObject({ maxBytes: numberText(1, MOST_BYTES).default(MOST_BYTES) }),
  async handle({ context: { queue }, params: { id }, query: { maxBytes } }) {
    const { text, cut } = found(await queue.payload(id, maxBytes), 'event');
    return ok({ id, text, isCut: cut });
  },
});
