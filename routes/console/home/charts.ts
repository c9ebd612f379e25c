/** Charts of the home page, as views/partials/chart.ejs takes them. */
import type { Counters } from '../../../models/metrics/counters.ts';
import type { DeliveryDay } from '../../../models/metrics/overview.ts';
import type { Chart } from '../chart.ts';
import { lastHour } from '../lastHour.ts';

export async function trafficChart(counters: Counters, now: number): Promise<Chart> {
  return {
    title: 'Check-ins and events',
    unit: 'per minute, last hour',
    kind: 'lines',
    time: true,
    series: [
      { label: 'Check-ins', tone: 'busy' },
      { label: 'Events', tone: 'warn' },
    ],
    ...(await lastHour(counters, ['checkIns', 'eventsAccepted'], now)),
    none: 'No agent has called in the last hour',
    live: ['checkIns', 'events'],
  };
}

export function deliveriesChart(days: readonly DeliveryDay[]): Chart {
  return {
    title: 'Deliveries by result',
    unit: `per day, last ${days.length} days`,
    kind: 'bars',
    series: [
      { label: 'Succeeded', tone: 'ok' },
      { label: 'Failed', tone: 'bad' },
    ],
    x: days.map((_, index) => index),
    xLabels: days.map(({ day }) => day.slice(5)),
    y: [days.map((day) => day.succeeded), days.map((day) => day.failed)],
    none: 'Nothing was delivered in this week',
  };
}
