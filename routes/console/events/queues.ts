/** The event queues: what waits, for how long, and how fast it is applied. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { FAST_BYTES, LARGE_BYTES, SLOW_BYTES, type QueueClass } from '../../../models/events/queueClasses.ts';
import type { QueueClassState, QueueState } from '../../../models/events/queue.ts';
import type { Cell } from '../cells.ts';
import type { Chart } from '../chart.ts';
import { formatBytes, formatNumber, formatSpan } from '../format.ts';
import { lastHour, type LastHour } from '../lastHour.ts';
import { at } from '../paths.ts';
import { render } from '../render.ts';
import { drainForecast } from './forecast.ts';

/** What a class takes in, in the order of the page. */
const CLASSES: Record<QueueClass, string> = {
  priority: 'Asks to be first',
  fast: `Under ${formatNumber(FAST_BYTES)} bytes`,
  default: `Up to ${formatBytes(SLOW_BYTES)}`,
  slow: `Up to ${formatBytes(LARGE_BYTES)}`,
  large: `Over ${formatBytes(LARGE_BYTES)}`,
};

export function registerQueuePage(router: Router, { counters, queue, clock }: AppContext): void {
  router.get('/events', async (request, response) => {
    const now = clock.now();
    const [state, hour] = [
      await queue.state(),
      await lastHour(counters, ['eventsAccepted', 'eventsApplied', 'eventsBad'], now),
    ];
    await render(request, response, 'events/queues', {
      title: 'Event queues',
      charts: true,
      live: liveNumbers(state, hour, now),
      isFull: !queue.hasRoom(),
      forecast: drainForecast(state.depth, hour.y[1]!),
      queues: queueTable(state, now),
      facts: sinceStart(state),
      traffic: trafficChart(hour),
    });
  });
}

function liveNumbers({ depth, oldestAt, bad }: QueueState, { y }: LastHour, now: number) {
  const lastMinute = (series: number): string => formatNumber(y[series]!.at(-2) ?? 0);
  return [
    { name: 'queueDepth', label: 'Events waiting', value: formatNumber(depth) },
    {
      name: 'queueAge',
      label: 'Oldest waits',
      value: oldestAt === undefined ? 'none' : formatSpan(now - oldestAt),
    },
    { name: 'events', label: 'Accepted, last minute', value: lastMinute(0) },
    { name: 'eventsApplied', label: 'Applied, last minute', value: lastMinute(1) },
    { name: 'badEvents', label: 'Bad events', value: formatNumber(bad), href: at('/events/bad') },
  ];
}

function queueTable({ classes, depth, bytes, oldestAt }: QueueState, now: number) {
  const row = ({ name, ...state }: QueueClassState): Cell[] => [
    { kind: 'text', text: name[0]!.toUpperCase() + name.slice(1) },
    CLASSES[name],
    ...figures(state, now),
  ];
  return {
    caption: 'Queues by class',
    columns: [
      { label: 'Queue' },
      { label: 'Takes' },
      { label: 'Waiting', numeric: true },
      { label: 'Size', numeric: true },
      { label: 'Oldest waits', numeric: true },
    ],
    rows: [...classes.map(row), ['All', '', ...figures({ depth, bytes, oldestAt }, now)]],
  };
}

function figures(
  { depth, bytes, oldestAt }: Pick<QueueClassState, 'depth' | 'bytes' | 'oldestAt'>,
  now: number,
): Cell[] {
  return [
    depth,
    { kind: 'bytes', bytes: depth === 0 ? null : bytes },
    { kind: 'span', milliseconds: oldestAt === undefined ? null : now - oldestAt },
  ];
}

function sinceStart({ accepted, rejectedNotXml, rejectedFull }: QueueState): { label: string; cell: Cell }[] {
  return [
    { label: 'Accepted', cell: accepted },
    { label: 'Refused: not XML', cell: rejectedNotXml },
    { label: 'Refused: queue full', cell: rejectedFull },
  ];
}

function trafficChart(hour: LastHour): Chart {
  return {
    title: 'Events',
    unit: 'per minute, last hour',
    kind: 'lines',
    time: true,
    series: [
      { label: 'Accepted', tone: 'busy' },
      { label: 'Applied', tone: 'ok' },
      { label: 'Bad', tone: 'bad' },
    ],
    ...hour,
    none: 'No event has come in the last hour',
    live: ['events', 'eventsApplied', 'eventsBad'],
  };
}
