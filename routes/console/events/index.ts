/** Events: the queues, and what could not be applied. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { answerList } from '../list.ts';
import { registerBadEventPage } from './badEvent.ts';
import { badEventList } from './badEventList.ts';
import { registerDecideBadEvents } from './decideBadEvents.ts';
import { registerQueuePage } from './queues.ts';

export function registerEventPages(router: Router, context: AppContext): void {
  registerQueuePage(router, context);
  router.get('/events/bad', async (request, response) => {
    await answerList(request, response, badEventList(context), { title: 'Bad events' });
  });
  registerDecideBadEvents(router, context);
  registerBadEventPage(router, context);
}
