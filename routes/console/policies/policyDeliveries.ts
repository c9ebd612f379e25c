/** The tab Deliveries: how far the policy has come, and why it failed where it did. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { commonFailures } from '../../../models/deliveries/countDeliveries.ts';
import { deliveryChart } from '../deliveries/deliveryChart.ts';
import { deliveryFilter, deliveryList, statusTiles } from '../deliveries/deliveryList.ts';
import { failureTable } from '../deliveries/failureTable.ts';
import { answerList } from '../list.ts';
import { listAddress, readListQuery } from '../listQuery.ts';
import { loadPolicy } from './loadPolicy.ts';
import { policyPage } from './policyPage.ts';

const MOST_FAILURES = 5;

export function registerPolicyDeliveries(router: Router, context: AppContext): void {
  router.get('/policies/:guid/deliveries', async (request, response) => {
    const policy = await loadPolicy(context.cmdb, request);
    const of = { policyGuid: policy.guid };
    const definition = deliveryList(context, {
      path: `/policies/${policy.guid}/deliveries`,
      of,
      without: ['policy'],
      empty: {
        title: 'No deliveries yet',
        text: 'A computer appears here when it reports that it has received the policy: at its next policy request, when it is on.',
      },
    });
    const query = readListQuery(request.query, definition);
    await answerList(request, response, definition, {
      ...policyPage(context, request, policy, '/deliveries'),
      template: 'policies/deliveries',
      charts: true,
      chart: await deliveryChart(context, of),
      failures: failureTable(await commonFailures(context.cmdb, of, MOST_FAILURES)),
      tiles: statusTiles(await definition.counts(deliveryFilter(query, of)), (status) =>
        listAddress(query, definition, { status, page: '' }),
      ),
    });
  });
}
