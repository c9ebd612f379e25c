/** Deliveries: what became of every policy on every computer. */
import type { Request, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { listPackages } from '../../../models/packages/listPackages.ts';
import { listPolicies } from '../../../models/policies/policyList.ts';
import { parseGuid } from '../../../wire/guid.ts';
import { answerList, type Filter } from '../list.ts';
import { listAddress, readListQuery } from '../listQuery.ts';
import { deliveryChart } from './deliveryChart.ts';
import { deliveryFilter, deliveryList, statusTiles } from './deliveryList.ts';

/** Names offered as filters; one that is asked for by the address is offered beside them. */
const MOST_NAMES = 200;

export function registerDeliveryPages(router: Router, context: AppContext): void {
  router.get('/deliveries', async (request, response) => {
    const definition = deliveryList(context, {
      path: '/deliveries',
      filters: [await policyFilter(context, request), await packageFilter(context, request)],
    });
    const query = readListQuery(request.query, definition);
    const filter = deliveryFilter(query, {});
    await answerList(request, response, definition, {
      title: 'Deliveries',
      template: 'deliveries/deliveries',
      charts: true,
      chart: await deliveryChart(context, { ...filter, search: undefined }),
      tiles: await statusTiles(context, filter, (status) => listAddress(query, definition, { status, page: '' })),
    });
  });
}

async function policyFilter({ cmdb }: AppContext, { query }: Request): Promise<Filter> {
  const common = { kind: 'softwareDelivery', sort: 'Name', descending: false, offset: 0 } as const;
  const { rows } = await listPolicies(cmdb, { ...common, limit: MOST_NAMES });
  const asked = parseGuid(String(query.policy));
  const others = asked === undefined ? [] : await listPolicies(cmdb, { ...common, search: asked, limit: 1 });
  return { key: 'policy', label: 'Policy', options: choices(rows, 'rows' in others ? others.rows : []) };
}

async function packageFilter({ cmdb }: AppContext, { query }: Request): Promise<Filter> {
  const common = { sort: 'Name', descending: false, offset: 0 } as const;
  const { rows } = await listPackages(cmdb, { ...common, limit: MOST_NAMES });
  const asked = parseGuid(String(query.package));
  const others = asked === undefined ? [] : await listPackages(cmdb, { ...common, search: asked, limit: 1 });
  return { key: 'package', label: 'Package', options: choices(rows, 'rows' in others ? others.rows : []) };
}

interface Named {
  Guid: string;
  Name: string;
}

function choices(first: readonly Named[], asked: readonly Named[]): Filter['options'] {
  const others = asked.filter(({ Guid }) => !first.some((row) => row.Guid === Guid));
  return [...first, ...others].map(({ Guid, Name }) => ({ value: Guid, label: Name }));
}
