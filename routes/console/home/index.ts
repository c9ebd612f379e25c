/** Home: what needs attention first, then how things go. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { readAttention } from '../../../models/metrics/attention.ts';
import { keepFor } from '../../../models/metrics/keepFor.ts';
import { deliveriesByDay, readTotals, type Totals } from '../../../models/metrics/overview.ts';
import { healthOf } from '../attention.ts';
import { formatNumber, formatSpan } from '../format.ts';
import { at } from '../paths.ts';
import { render } from '../render.ts';
import { attentionItems } from './attentionItems.ts';
import { deliveriesChart, trafficChart } from './charts.ts';

const KEPT_MS = 20_000;
const DAYS = 7;

export function registerHomePage(router: Router, context: AppContext): void {
  const { cmdb, clock, queue, counters } = context;
  const totals = keepFor(clock, KEPT_MS, () => readTotals(cmdb));
  const days = keepFor(clock, KEPT_MS, () => deliveriesByDay(cmdb, clock, DAYS));
  const checks = keepFor(clock, KEPT_MS, () => healthOf(context));
  const attention = keepFor(clock, 2000, () => readAttention({ cmdb, clock, queue }));

  router.get('/', async (request, response) => {
    const [counts, waiting, health] = await Promise.all([totals(), attention(), checks()]);
    const now = clock.now();
    const traffic = await trafficChart(counters, now);
    await render(request, response, 'home/home', {
      title: 'Home',
      charts: true,
      items: attentionItems(waiting, health),
      tiles: tilesOf(counts),
      live: [
        { name: 'checkIns', label: 'Check-ins, last minute', value: formatNumber(traffic.y[0]!.at(-2) ?? 0) },
        { name: 'events', label: 'Events, last minute', value: formatNumber(traffic.y[1]!.at(-2) ?? 0) },
        { name: 'queueDepth', label: 'Events waiting', value: formatNumber(waiting.queueDepth) },
        {
          name: 'queueAge',
          label: 'Oldest event waits',
          value: waiting.queueOldestAt === undefined ? 'none' : formatSpan(now - waiting.queueOldestAt),
        },
      ],
      isNew: counts.computers === 0,
      traffic,
      deliveries: deliveriesChart(await days()),
    });
  });
}

function tilesOf({ computers, packages, policies, policiesOn }: Totals) {
  return [
    { label: 'Computers', value: formatNumber(computers), href: at('/computers'), note: '' },
    { label: 'Packages', value: formatNumber(packages), href: at('/packages'), note: '' },
    {
      label: 'Delivery policies',
      value: formatNumber(policies),
      href: at('/policies'),
      note: `${formatNumber(policiesOn)} on`,
    },
  ];
}
