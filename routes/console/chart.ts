/** What views/partials/chart.ejs draws: with uPlot where there is script, as a table for everybody. */
import type { Tone } from './states.ts';

export interface Chart {
  title: string;
  /** What the numbers count and over which time: `per minute, last hour`. */
  unit: string;
  /** Bars lie on one another. */
  kind: 'lines' | 'bars';
  /** `x` is seconds since 1970. */
  time?: true;
  series: readonly { label: string; tone: Tone }[];
  x: number[];
  /** A list a series, as long as `x`. */
  y: number[][];
  /** Texts below the bars, one for each `x`. */
  xLabels?: string[];
  /** What the labels are: heads the table. */
  xTitle?: string;
  /** Said when there is nothing but zeros. */
  none?: string;
  /** Names of live numbers (live.ts), one a series, that move the chart. */
  live?: readonly string[];
}
