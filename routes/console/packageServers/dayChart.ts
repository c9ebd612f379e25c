/** Bars, one a day, drawn on the server: places and heights in the units of the drawing. */

export interface DayFigure {
  /** Begin of the day, ISO 8601, UTC. */
  dayAt: string;
  value: number;
}

export interface DayChart {
  width: number;
  height: number;
  /** Where bars stand on. */
  base: number;
  bars: { day: string; value: number; x: number; y: number; width: number; height: number }[];
  /** A line with its figure at each of a few heights. */
  lines: { y: number; text: string }[];
  /** Days that are written below: the first of each week. */
  labels: { x: number; text: string }[];
}

const WIDTH = 720;
const HEIGHT = 160;
const BASE = 136;
const LEFT = 48;
const TOP = 8;
const DAY = 86_400_000;
const LABEL_EVERY = 7;

/** `days` days up to and with that of `now` (milliseconds); a day without a figure is 0. */
export function dayChart(figures: readonly DayFigure[], now: number, days: number): DayChart {
  const values = new Map(figures.map(({ dayAt, value }) => [dayAt.slice(0, 10), value]));
  const first = Math.floor(now / DAY) - days + 1;
  const most = roundUp(Math.max(1, ...values.values()));
  const step = (WIDTH - LEFT) / days;
  const heightOf = (value: number): number => Math.round((value * (BASE - TOP)) / most);
  const bars = Array.from({ length: days }, (_, index) => {
    const day = new Date((first + index) * DAY).toISOString().slice(0, 10);
    const value = values.get(day) ?? 0;
    const height = value === 0 ? 0 : Math.max(2, heightOf(value));
    return {
      day,
      value,
      x: round(LEFT + index * step + step * 0.15),
      y: BASE - height,
      width: round(step * 0.7),
      height,
    };
  });
  const lines = [0, most / 2, most]
    .filter((value) => Number.isInteger(value))
    .map((value) => ({ y: BASE - heightOf(value), text: value.toLocaleString('en-US') }));
  const labels = bars
    .filter((_, index) => index % LABEL_EVERY === 0)
    .map(({ x, width, day }) => ({ x: round(x + width / 2), text: day.slice(5) }));
  return { width: WIDTH, height: HEIGHT, base: BASE, bars, lines, labels };
}

/** To 1, 2 or 5 with noughts behind it: figures beside the lines are then easy to read. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= value) ?? value;
}

const round = (value: number): number => Math.round(value * 10) / 10;
