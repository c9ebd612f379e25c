/** Reading an event, from bytes to what processing works with, against saxes that reads the same bytes and tells nobody. */
import { SaxesParser } from 'saxes';
import { readNse } from '../models/events/readNse.ts';
import { basicInventory, fullInventory, status } from './drainEvents.ts';
import type { Row } from './report.ts';
import { median } from './stats.ts';

const GOAL = 0.6;
const MB = 1e6;

const DOCUMENTS = [
  ['basic inventory', basicInventory(1).body],
  ['full inventory', fullInventory(1).body],
  ['status event', status(1).body],
] as const;

const decoder = new TextDecoder();
const nothing = (): void => undefined;

function saxesAlone(body: Buffer): void {
  const parser = new SaxesParser({ xmlns: false, position: true });
  parser.on('opentag', nothing);
  parser.on('closetag', nothing);
  parser.on('text', nothing);
  parser.write(decoder.decode(body)).close();
}

/** Bytes a second. */
function speed(read: (body: Buffer) => unknown, body: Buffer, milliseconds: number): number {
  const startedAt = performance.now();
  let bytes = 0;
  let elapsed: number;
  do {
    // The clock is not read after each of many small documents.
    for (let done = 0; done < 256 * 1024; done += body.length) {
      read(body);
      bytes += body.length;
    }
    elapsed = performance.now() - startedAt;
  } while (elapsed < milliseconds);
  return (bytes / elapsed) * 1000;
}

/** One row a document; both readers in turns, `rounds` times so many milliseconds each. */
export function xmlRows({ rounds, milliseconds }: { rounds: number; milliseconds: number }): Row[] {
  return DOCUMENTS.map(([name, body]) => {
    // A first round in which the code becomes fast.
    for (const read of [readNse, saxesAlone]) speed(read, body, milliseconds);
    const figures = Array.from({ length: rounds }, () => ({
      ours: speed(readNse, body, milliseconds),
      saxes: speed(saxesAlone, body, milliseconds),
    }));
    const ratio = median(figures.map(({ ours, saxes }) => ours / saxes));
    const megabytes = (side: 'ours' | 'saxes'): string =>
      `${(median(figures.map((figure) => figure[side])) / MB).toFixed(0)} MB/s`;
    return {
      name: `XML reading, ${name} of ${body.length} bytes, against saxes alone`,
      ours: megabytes('ours'),
      bound: megabytes('saxes'),
      ratio,
      goal: `≥ ${GOAL}`,
      met: ratio >= GOAL,
      note: '',
      figures,
    };
  });
}
