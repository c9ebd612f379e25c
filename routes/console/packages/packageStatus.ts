/** The tab Status: how the source stands, and how far the package has come on the computers. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { commonFailures, countByStatus } from '../../../models/deliveries/countDeliveries.ts';
import { deliveryChart } from '../deliveries/deliveryChart.ts';
import { failureTable } from '../deliveries/failureTable.ts';
import { statusTiles } from '../deliveries/deliveryList.ts';
import { at } from '../paths.ts';
import { render } from '../render.ts';
import { loadPackage } from './loadPackage.ts';
import { packagePage } from './packagePage.ts';
import { refreshFacts, situationOf } from './packageSituation.ts';
import { statusBar } from './statusBar.ts';

const MOST_FAILURES = 10;

export function registerPackageStatus(router: Router, context: AppContext): void {
  const { cmdb, clock } = context;
  router.get('/packages/:guid/status', async (request, response) => {
    const software = await loadPackage(cmdb, request);
    const filter = { packageGuid: software.Guid };
    const counts = await countByStatus(cmdb, filter);
    await render(request, response, 'packages/status', {
      ...packagePage(context, request, software, '/status'),
      charts: true,
      situation: situationOf(software, clock.now()),
      facts: refreshFacts(software),
      bar: statusBar(counts),
      tiles: statusTiles(counts, (status) => at('/deliveries', { package: software.Guid, status })),
      chart: await deliveryChart(context, filter),
      failures: failureTable(await commonFailures(cmdb, filter, MOST_FAILURES)),
    });
  });
}
