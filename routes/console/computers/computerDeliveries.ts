/** What became of every policy on a computer. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { deliveryList } from '../deliveries/deliveryList.ts';
import { answerList } from '../list.ts';
import { at } from '../paths.ts';
import { computerPage } from './computerPage.ts';
import { loadComputer } from './loadComputer.ts';

export function registerComputerDeliveries(router: Router, context: AppContext): void {
  router.get('/computers/:guid/deliveries', async (request, response) => {
    const computer = await loadComputer(context.cmdb, request);
    const definition = deliveryList(context, {
      path: `/computers/${computer.Guid}/deliveries`,
      of: { computerGuid: computer.Guid },
      without: ['computer'],
      empty: {
        title: 'No deliveries yet',
        text: 'The computer has not reported anything of a software-delivery policy. The tab Policies tells which ones it gets.',
        action: { label: 'Policies of this computer', href: at(`/computers/${computer.Guid}/policies`) },
      },
    });
    await answerList(request, response, definition, computerPage(context, request, computer, '/deliveries'));
  });
}
