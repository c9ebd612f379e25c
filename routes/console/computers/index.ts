/** Computers: the list, and one computer's page with its tabs (Resource Manager). */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { answerList } from '../list.ts';
import { registerResourceTabs } from '../resources/index.ts';
import { computerList } from './computerList.ts';
import { registerComputerDeliveries } from './computerDeliveries.ts';
import { registerComputerEvents } from './computerEvents.ts';
import { computerPlace } from './computerPlace.ts';
import { registerComputerPolicies } from './computerPolicies.ts';
import { registerComputerSummary } from './computerSummary.ts';
import { registerRetireAndDelete } from './retireAndDelete.ts';
import { registerPolicyForThese } from './policyForThese.ts';
import { registerComputerTimeline } from './computerTimeline.ts';

export function registerComputerPages(router: Router, context: AppContext): void {
  router.get('/computers', async (request, response) => {
    await answerList(request, response, await computerList(context), { title: 'Computers' });
  });
  registerPolicyForThese(router, context);
  registerRetireAndDelete(router, context);
  registerComputerSummary(router, context);
  registerComputerPolicies(router, context);
  registerComputerDeliveries(router, context);
  registerComputerEvents(router, context);
  registerResourceTabs(router, context, computerPlace(context));
  registerComputerTimeline(router, context);
}
