/** Charts of the home page, as views/partials/chart.ejs takes them. */
import type { Counters } from '../../../models/metrics/counters.ts';
import type { DeliveryDay } from '../../../models/metrics/overview.ts';
import type { Chart } from '../chart.ts';

const MINUTE = 60_000;
const MINUTES_SHOWN = 60;

export async function trafficChart(counters: Counters, now: number): Promise<Chart> {
  const last = Math.floor(now / MINUTE) * MINUTE;
  const first = last - (MINUTES_SHOWN - 1) * MINUTE;
  const rows = await counters.series(['checkIns', 'eventsAccepted'], first);
  const series = (name: string): number[] => {
    const values = new Array<number>(MINUTES_SHOWN).fill(0);
    for (const row of rows)
      if (row.name === name && row.minute <= last) values[(row.minute - first) / MINUTE] = row.total;
    return values;
  };
  return {
    title: 'Check-ins and events',
    unit: 'per minute, last hour',
    kind: 'lines',
    time: true,
    series: [
      { label: 'Check-ins', tone: 'busy' },
      { label: 'Events', tone: 'warn' },
    ],
    x: Array.from({ length: MINUTES_SHOWN }, (_, index) => (first + index * MINUTE) / 1000),
    y: [series('checkIns'), series('eventsAccepted')],
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
