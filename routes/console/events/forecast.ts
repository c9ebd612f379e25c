/** When what waits now will have been applied, as far as the last minutes tell. */
import { counted, formatNumber, formatSpan } from '../format.ts';

const MINUTE = 60_000;
/** Whole minutes that are looked at: one is chance, ten are history. */
const MINUTES = 5;

const EVENTS = ['event', 'events'] as const;

/**
 * One sentence, empty when nothing waits.
 * @param appliedPerMinute the last minutes, oldest first; the last one is not over and is left out
 */
export function drainForecast(depth: number, appliedPerMinute: readonly number[]): string {
  if (depth === 0) return '';
  const whole = appliedPerMinute.slice(-1 - MINUTES, -1);
  const rate = whole.reduce((sum, applied) => sum + applied, 0) / Math.max(1, whole.length);
  if (rate === 0) return `No event was applied in the last ${MINUTES} minutes, so there is no forecast.`;
  const speed = rate >= 10 ? formatNumber(Math.round(rate)) : String(Math.round(rate * 10) / 10);
  const span = formatSpan(Math.max(1000, (depth / rate) * MINUTE));
  return `At the pace of the last ${MINUTES} minutes, ${speed} a minute, the ${counted(depth, EVENTS)} that ${depth === 1 ? 'waits' : 'wait'} now will be applied in about ${span}.`;
}
