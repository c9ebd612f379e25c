/** Deliveries: what became of every policy on every computer. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { packageNames, policyNames, type Named } from '../../../models/deliveries/deliveryNames.ts';
import { parseGuid } from '../../../wire/guid.ts';
import { answerList } from '../list.ts';
import { listAddress, readListQuery } from '../listQuery.ts';
import { deliveryChart } from './deliveryChart.ts';
import { deliveryFilter, deliveryList, statusTiles } from './deliveryList.ts';

/** Names offered as filters; one that is asked for by the address is offered beside them. */
const MOST_NAMES = 200;

export function registerDeliveryPages(router: Router, context: AppContext): void {
  router.get('/deliveries', async (request, response) => {
    const policies = await policyNames(context.cmdb, MOST_NAMES, parseGuid(String(request.query.policy)));
    const packages = await packageNames(context.cmdb, MOST_NAMES, parseGuid(String(request.query.package)));
    const definition = deliveryList(context, {
      path: '/deliveries',
      filters: [
        { key: 'policy', label: 'Policy', options: options(policies) },
        { key: 'package', label: 'Package', options: options(packages) },
      ],
    });
    const query = readListQuery(request.query, definition);
    const filter = deliveryFilter(query, {});
    await answerList(request, response, definition, {
      title: 'Deliveries',
      template: 'deliveries/deliveries',
      charts: true,
      chart: await deliveryChart(context, { ...filter, search: undefined }),
      tiles: statusTiles(await definition.counts(filter), (status) =>
        listAddress(query, definition, { status, page: '' }),
      ),
    });
  });
}

const options = (names: readonly Named[]) => names.map(({ Guid, Name }) => ({ value: Guid, label: Name }));
