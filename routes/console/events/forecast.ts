/** When what waits will have been applied, as far as the last minutes tell. */
import { formatNumber, formatSpan } from '../format.ts';

const MINUTE = 60_000;
/** Whole minutes that are looked at: one is chance, ten are history. */
export const RATE_MINUTES = 5;
/** Share of the pace within which a queue neither grows nor shrinks. */
const STEADY = 0.02;

export interface Pace {
  depth: number;
  /** Events that came and that went, a minute, over the last whole minutes. */
  entered: number;
  settled: number;
}

/** A few words; empty when nothing waits. */
export function drainForecast({ depth, entered, settled }: Pace): string {
  if (depth === 0) return '';
  if (settled === 0 && entered === 0) return 'not enough data yet';
  if (settled === 0) return `none applied in ${RATE_MINUTES} min, grows by ${rate(entered)} a minute`;
  const shrinks = settled - entered;
  if (shrinks < -STEADY * entered) return `grows by ${rate(-shrinks)} a minute`;
  if (shrinks <= STEADY * settled) return 'stays as long as it is';
  return `empty in about ${formatSpan(Math.max(1000, (depth / shrinks) * MINUTE))}`;
}

/** `1,200`, `0.4` */
export function rate(perMinute: number): string {
  return perMinute >= 10 || perMinute === 0
    ? formatNumber(Math.round(perMinute))
    : String(Math.max(0.1, Math.round(perMinute * 10) / 10));
}
