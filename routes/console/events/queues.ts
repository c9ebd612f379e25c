/** The event queues: what waits, for how long, how fast it comes and goes, and who is not listened to for now. */
import type { Request, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { LARGE_CLASSES, type QueueClass } from '../../../models/events/queueClasses.ts';
import type { QueueClassState, QueueState } from '../../../models/events/queue.ts';
import { smallWorkers } from '../../../models/events/workers.ts';
import { keepFor } from '../../../models/metrics/keepFor.ts';
import { readQueueMinutes, type QueueMinute } from '../../../models/metrics/queueSamples.ts';
import type { Cell } from '../cells.ts';
import type { Chart } from '../chart.ts';
import { formatBytes, formatNumber, formatSpan } from '../format.ts';
import { lastHour, type LastHour } from '../lastHour.ts';
import { at } from '../paths.ts';
import { render } from '../render.ts';
import { breakerRows } from './breakers.ts';
import { drainForecast, rate, RATE_MINUTES } from './forecast.ts';
import { HISTORY_SPANS, historyCharts, paceOf, type HistorySpan } from './queueHistory.ts';

const MINUTE = 60_000;
const SAMPLES_KEPT_MS = 5000;

export function registerQueuePage(router: Router, context: AppContext): void {
  const { cmdb, counters, queue, clock } = context;
  const samples = (minutes: number) =>
    keepFor(clock, SAMPLES_KEPT_MS, () => readQueueMinutes(cmdb, clock.now() - minutes * MINUTE));
  const kept = { hour: samples(HISTORY_SPANS.hour.minutes), day: samples(HISTORY_SPANS.day.minutes) };

  router.get('/events', async (request, response) => {
    const now = clock.now();
    const span = spanOf(request);
    const [state, hour, minutes] = [
      await queue.state(),
      await lastHour(counters, ['eventsAccepted', 'eventsApplied', 'eventsBad'], now),
      await kept[span](),
    ];
    const history = historyCharts(minutes, span, now);
    await render(request, response, 'events/queues', {
      title: 'Event queues',
      charts: true,
      live: liveNumbers(state, hour, now),
      isFull: !queue.hasRoom(),
      forecast: drainForecast({ depth: state.depth, ...paceOf(minutes, now) }),
      queues: state.classes.map((each) => queueRow(context, each, minutes, now)),
      all: allRow(state, minutes, now),
      rateMinutes: RATE_MINUTES,
      breakers: await breakerRows(context, request, state),
      facts: sinceStart(state),
      // The hour's comings and goings are those of the chart that moves.
      drawn: span === 'hour' ? [trafficChart(hour), ...history.slice(1)] : history,
      spans: Object.entries(HISTORY_SPANS).map(([name, { label }]) => ({
        label,
        href: at('/events', { span: name === 'hour' ? '' : name }),
        current: name === span,
      })),
    });
  });
}

const spanOf = ({ query }: Request): HistorySpan => (query.span === 'day' ? 'day' : 'hour');

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

/** What a class takes in. */
function takes({ queueFastBytes, queueSlowBytes, queueLargeBytes }: AppContext['settings'], name: QueueClass): string {
  switch (name) {
    case 'priority':
      return 'Asks to be first';
    case 'fast':
      return `Under ${formatNumber(queueFastBytes)} bytes`;
    case 'default':
      return `Up to ${formatBytes(queueSlowBytes)}`;
    case 'slow':
      return `Up to ${formatBytes(queueLargeBytes)}`;
    case 'large':
      return `Over ${formatBytes(queueLargeBytes)}`;
  }
}

function queueRow({ settings }: AppContext, state: QueueClassState, minutes: readonly QueueMinute[], now: number) {
  const { name, depth, bytes, oldestAt, maxEvents, maxBytes } = state;
  const pace = paceOf(minutes, now, name);
  const full = Math.max(depth / maxEvents, bytes / maxBytes);
  return {
    name,
    label: name[0]!.toUpperCase() + name.slice(1),
    takes: takes(settings, name),
    depth: formatNumber(depth),
    size: depth === 0 ? '–' : formatBytes(bytes),
    age: oldestAt === undefined ? '–' : formatSpan(now - oldestAt),
    entered: rate(pace.entered),
    settled: rate(pace.settled),
    percent: Math.min(100, Math.floor(full * 100)),
    limit: `${formatNumber(depth)} of ${formatNumber(maxEvents)} events, ${formatBytes(bytes)} of ${formatBytes(maxBytes)}`,
    workers: LARGE_CLASSES.includes(name) ? 1 : smallWorkers(settings.eventWorkers),
    forecast: drainForecast({ depth, ...pace }),
  };
}

function allRow({ depth, bytes, oldestAt }: QueueState, minutes: readonly QueueMinute[], now: number) {
  const pace = paceOf(minutes, now);
  return {
    depth: formatNumber(depth),
    size: depth === 0 ? '–' : formatBytes(bytes),
    age: oldestAt === undefined ? '–' : formatSpan(now - oldestAt),
    entered: rate(pace.entered),
    settled: rate(pace.settled),
  };
}

function sinceStart(state: QueueState): { label: string; cell: Cell }[] {
  return [
    { label: 'Accepted', cell: state.accepted },
    { label: 'Refused: not XML', cell: state.rejectedNotXml },
    { label: 'Refused: no room', cell: state.rejectedFull },
    { label: 'Refused: bad events in a row', cell: state.rejectedHeld },
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
