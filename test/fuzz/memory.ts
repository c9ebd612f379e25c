/** Reads many events and tells how much the heap has grown since the first of them. Run with --expose-gc. */
import fc from 'fast-check';
import { checkBody } from '../../models/events/checkEvent.ts';
import { readNse } from '../../models/events/readNse.ts';
import { anyBody } from './documents.ts';

const rounds = Number(process.argv[2]);
const collect = (globalThis as unknown as { gc: () => void }).gc;

function read(count: number, seed: number): void {
  for (const body of fc.sample(anyBody, { numRuns: count, seed })) {
    for (const look of [readNse, checkBody]) {
      try {
        look(body);
      } catch {
        // Refused: the other tests look at how.
      }
    }
  }
}

function used(): number {
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

const PART = 500;
read(PART, 1);
const before = used();
for (let done = 0; done < rounds; done += PART) read(PART, 2 + done);
process.stdout.write(JSON.stringify({ growth: used() - before }));
