import type { Request } from 'express';
import type { BadEvent, EventQueue } from '../../../models/events/queue.ts';
import { notFound } from '../pageError.ts';

/** The bad event that the address names. @throws PageError */
export async function loadBadEvent(queue: EventQueue, request: Request): Promise<BadEvent> {
  const id = /^[1-9]\d{0,14}$/.test(String(request.params.id)) ? Number(request.params.id) : 0;
  const event = await queue.readBad(id);
  if (event === undefined) throw notFound('bad event');
  return event;
}
