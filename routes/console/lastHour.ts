/** Counts per minute of the last hour, as charts take them. */
import type { CounterName, Counters } from '../../models/metrics/counters.ts';

const MINUTE = 60_000;
export const MINUTES_SHOWN = 60;

export interface LastHour {
  /** Seconds since 1970 at which each minute begins; the last is the present one, which is not over. */
  x: number[];
  /** A list a name, as long as `x`. */
  y: number[][];
}

export async function lastHour(counters: Counters, names: readonly CounterName[], now: number): Promise<LastHour> {
  const last = Math.floor(now / MINUTE) * MINUTE;
  const first = last - (MINUTES_SHOWN - 1) * MINUTE;
  const rows = await counters.series(names, first);
  const series = (name: string): number[] => {
    const values = new Array<number>(MINUTES_SHOWN).fill(0);
    for (const row of rows)
      if (row.name === name && row.minute <= last) values[(row.minute - first) / MINUTE] = row.total;
    return values;
  };
  return {
    x: Array.from({ length: MINUTES_SHOWN }, (_, index) => (first + index * MINUTE) / 1000),
    y: names.map(series),
  };
}
