/** Chance that comes out the same for the same seed: a simulated computer is the same one in each run. */
import { createHash } from 'node:crypto';

export class Random {
  #state: number;

  /** `name`: whatever tells this stream of numbers from others of the seed. */
  constructor(seed: string, name: string) {
    this.#state = createHash('sha256').update(`${seed}\n${name}`).digest().readUInt32LE();
  }

  /** From 0 up to, but not including, 1 (mulberry32). */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  below(limit: number): number {
    return Math.floor(this.fraction() * limit);
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }
}
