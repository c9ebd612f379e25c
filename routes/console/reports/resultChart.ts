/** A result drawn by the columns that its report names. */
import type { ReportChart } from '../../../models/reports/definition.ts';
import type { ResultValue } from '../../../models/reports/resultWriter.ts';
import type { Cell } from '../cells.ts';
import type { Chart } from '../chart.ts';
import type { Tone } from '../states.ts';

/** More would be no picture. */
export const MOST_DRAWN = 200;
const MOST_BARS = 40;
const MOST_SHARES = 20;

type Rows = readonly (readonly ResultValue[])[];

export interface Shares {
  caption: string;
  columns: { label: string; numeric?: boolean }[];
  rows: Cell[][];
}

/** @returns a chart, or shares as a table of bars; undefined when the result lacks the columns */
export function drawResult(
  chart: ReportChart | undefined,
  columns: readonly string[],
  rows: Rows,
): { chart: Chart } | { shares: Shares } | undefined {
  const place = (name: string): number => columns.findIndex((column) => column.toLowerCase() === name.toLowerCase());
  if (chart === undefined || rows.length === 0) return undefined;
  const label = place(chart.label);
  const values = chart.values.map(place).filter((index) => index !== -1);
  if (label === -1 || values.length === 0) return undefined;
  if (chart.kind === 'shares') return { shares: sharesOf(columns, label, values[0]!, rows) };
  const drawn = rows.slice(0, chart.kind === 'bars' ? MOST_BARS : MOST_DRAWN);
  const left = rows.length - drawn.length;
  return {
    chart: {
      title: values.map((index) => columns[index]).join(', '),
      unit: `by ${columns[label]}${left === 0 ? '' : `, the first ${drawn.length} rows`}`,
      kind: chart.kind,
      series: values.map((index, at) => ({ label: columns[index]!, tone: toneOf(columns[index]!, at) })),
      x: drawn.map((_, index) => index),
      y: values.map((index) => drawn.map((row) => numberOf(row[index]))),
      xLabels: drawn.map((row) => String(row[label] ?? '')),
      xTitle: columns[label]!,
    },
  };
}

function sharesOf(columns: readonly string[], label: number, value: number, rows: Rows): Shares {
  const total = rows.reduce((sum, row) => sum + Math.max(0, numberOf(row[value])), 0);
  const line = (name: string, part: number): Cell[] => [
    name,
    { kind: 'progress', done: part, total },
    total === 0 ? '' : `${((part / total) * 100).toFixed(1)} %`,
  ];
  const shown = rows.slice(0, MOST_SHARES).map((row) => line(String(row[label] ?? ''), numberOf(row[value])));
  const others = rows.slice(MOST_SHARES).reduce((sum, row) => sum + numberOf(row[value]), 0);
  return {
    caption: `${columns[value]} by ${columns[label]}`,
    columns: [{ label: columns[label]! }, { label: columns[value]! }, { label: 'Share' }],
    rows: others === 0 ? shown : [...shown, line('All others', others)],
  };
}

const numberOf = (value: ResultValue | undefined): number => (Number.isFinite(Number(value)) ? Number(value) : 0);

const TONES: readonly Tone[] = ['busy', 'warn', 'idle', 'ok', 'bad'];

/** What went wrong is red wherever it stands. */
function toneOf(name: string, at: number): Tone {
  if (/fail|bad|error/i.test(name)) return 'bad';
  if (/older|silent|stale|warn/i.test(name)) return 'warn';
  return /succe|fresh|\bok\b/i.test(name) ? 'ok' : TONES[at % TONES.length]!;
}
