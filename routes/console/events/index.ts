/** Events: the queues, and what could not be applied. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { registerBreakerActions } from './breakers.ts';
import { registerBadEventPage } from './badEvent.ts';
import { registerBadEventsPage } from './badEventsPage.ts';
import { registerDecideBadEvents } from './decideBadEvents.ts';
import { registerQueuePage } from './queues.ts';
import { registerSenderPages } from './senders.ts';

export function registerEventPages(router: Router, context: AppContext): void {
  registerQueuePage(router, context);
  registerBreakerActions(router, context);
  registerBadEventsPage(router, context);
  registerDecideBadEvents(router, context);
  registerBadEventPage(router, context);
  registerSenderPages(router, context);
}
