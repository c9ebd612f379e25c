/** Deliveries by status as one bar, drawn on the server: views/packages/statusBar.ejs. */
import { DELIVERY_STATUSES } from '../../../models/deliveries/countDeliveries.ts';
import { counted, formatNumber } from '../format.ts';
import { stateLook, type Tone } from '../states.ts';

/** Units of the drawing; a share that is smaller than its edge can still be seen. */
const WIDTH = 1000;
const LEAST = 4;

export interface StatusBar {
  width: number;
  /** What the drawing says, in words. */
  text: string;
  parts: { x: number; width: number; tone: Tone; label: string }[];
}

/** `undefined` when nothing was delivered. */
export function statusBar(counts: ReadonlyMap<string, number>): StatusBar | undefined {
  const present = DELIVERY_STATUSES.map((status) => ({ status, count: counts.get(status) ?? 0 })).filter(
    ({ count }) => count > 0,
  );
  const total = present.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return undefined;
  const wanted = present.map(({ count }) => Math.max(LEAST, (count / total) * WIDTH));
  const scale = WIDTH / wanted.reduce((sum, width) => sum + width, 0);
  let x = 0;
  const parts = present.map(({ status, count }, index) => {
    const { tone, label } = stateLook(status);
    const part = { x: round(x), width: round(wanted[index]! * scale), tone, label: `${label}: ${formatNumber(count)}` };
    x += wanted[index]! * scale;
    return part;
  });
  const text = `${counted(total, ['delivery', 'deliveries'])}. ${parts.map(({ label }) => label).join(', ')}.`;
  return { width: WIDTH, text, parts };
}

const round = (value: number): number => Math.round(value * 10) / 10;
