/** Finished deliveries by day, as views/partials/chart.ejs takes them. */
import type { AppContext } from '../../../app/context.ts';
import { countByDay } from '../../../models/deliveries/countDeliveries.ts';
import type { DeliveryFilter } from '../../../models/deliveries/deliveryFilter.ts';
import type { Chart } from '../chart.ts';

const DAYS = 14;

export async function deliveryChart({ cmdb, clock }: AppContext, filter: DeliveryFilter): Promise<Chart> {
  const days = await countByDay(cmdb, clock, filter, DAYS);
  return {
    title: 'Deliveries by result',
    unit: `per day, last ${DAYS} days`,
    kind: 'bars',
    series: [
      { label: 'Succeeded', tone: 'ok' },
      { label: 'Failed', tone: 'bad' },
    ],
    x: days.map((_, index) => index),
    xLabels: days.map(({ day }) => day.slice(5)),
    y: [days.map((day) => day.succeeded), days.map((day) => day.failed)],
    none: 'Nothing was finished in these days',
  };
}
