/** The samples of the queue as paces and as charts. */
import type { QueueMinute } from '../../../models/metrics/queueSamples.ts';
import type { QueueClass } from '../../../models/events/queueClasses.ts';
import type { Chart } from '../chart.ts';
import { RATE_MINUTES } from './forecast.ts';

const MINUTE = 60_000;

export const HISTORY_SPANS = {
  hour: { label: 'Last hour', minutes: 60, bucket: 1, unit: 'per minute, last hour' },
  day: { label: 'Last day', minutes: 1440, bucket: 10, unit: 'per minute, last day' },
} as const;
export type HistorySpan = keyof typeof HISTORY_SPANS;

/** Events a minute that came and went in the last whole minutes, of a class or of all. */
export function paceOf(
  minutes: readonly QueueMinute[],
  now: number,
  name?: QueueClass,
): { entered: number; settled: number } {
  const thisMinute = Math.floor(now / MINUTE) * MINUTE;
  const whole = minutes.filter(
    (row) =>
      row.minute < thisMinute &&
      row.minute >= thisMinute - RATE_MINUTES * MINUTE &&
      (name === undefined || row.name === name),
  );
  const sum = (field: 'entered' | 'settled'): number => whole.reduce((total, row) => total + row[field], 0);
  return { entered: sum('entered') / RATE_MINUTES, settled: sum('settled') / RATE_MINUTES };
}

interface Bucket {
  depths: Map<string, { minute: number; depth: number }>;
  oldestSeconds: number;
  entered: number;
  settled: number;
}

/** Depth, age, and what came and went; a minute without a sample is one without events. */
export function historyCharts(minutes: readonly QueueMinute[], span: HistorySpan, now: number): Chart[] {
  const { minutes: count, bucket, unit } = HISTORY_SPANS[span];
  const step = bucket * MINUTE;
  const last = Math.floor(now / step) * step;
  const first = last - (count / bucket - 1) * step;
  const buckets = Array.from({ length: count / bucket }, (): Bucket => ({
    depths: new Map(),
    oldestSeconds: 0,
    entered: 0,
    settled: 0,
  }));
  for (const row of minutes) {
    const at = buckets[Math.floor((row.minute - first) / step)];
    if (at === undefined) continue;
    const seen = at.depths.get(row.name);
    if (seen === undefined || seen.minute < row.minute) at.depths.set(row.name, row);
    at.oldestSeconds = Math.max(at.oldestSeconds, row.oldestSeconds);
    at.entered += row.entered;
    at.settled += row.settled;
  }
  const x = buckets.map((_, index) => (first + index * step) / 1000);
  const depth = ({ depths }: Bucket): number => [...depths.values()].reduce((sum, each) => sum + each.depth, 0);
  const perMinute = (total: number): number => Math.round((total / bucket) * 10) / 10;
  const chart = (title: string, what: string, none: string, series: Chart['series'], y: number[][]): Chart => ({
    title,
    unit: what,
    kind: 'lines',
    time: true,
    series,
    x,
    y,
    none,
  });
  const shown = HISTORY_SPANS[span].label.toLowerCase();
  return [
    chart(
      'In and out',
      unit,
      'No event has come or gone in this time',
      [
        { label: 'In', tone: 'busy' },
        { label: 'Out', tone: 'ok' },
      ],
      [buckets.map(({ entered }) => perMinute(entered)), buckets.map(({ settled }) => perMinute(settled))],
    ),
    chart(
      'Events waiting',
      shown,
      'Nothing has waited in this time',
      [{ label: 'Waiting', tone: 'busy' }],
      [buckets.map(depth)],
    ),
    chart(
      'Oldest waits',
      `minutes, ${shown}`,
      'Nothing has waited in this time',
      [{ label: 'Minutes', tone: 'warn' }],
      [buckets.map(({ oldestSeconds }) => Math.round(oldestSeconds / 6) / 10)],
    ),
  ];
}
