import { pause } from '../../client/base/waiting.ts';

/** Holds downloads down to so many bytes a second, all of them together; none: as fast as it goes. */
export class Pacer {
  #bytesPerSecond = 0;
  /** When what was let through so far would have arrived at the set speed; milliseconds of `performance.now()`. */
  #paidUntil = 0;

  set kbPerSecond(value: number) {
    this.#bytesPerSecond = value * 1024;
  }

  /** Whether there is a limit at all. */
  get isSet(): boolean {
    return this.#bytesPerSecond > 0;
  }

  /** Resolves when so many bytes more may be taken; undefined: at once. */
  take(bytes: number, signal: AbortSignal): Promise<void> | undefined {
    if (this.#bytesPerSecond === 0) return undefined;
    const now = performance.now();
    this.#paidUntil = Math.max(this.#paidUntil, now) + (bytes * 1000) / this.#bytesPerSecond;
    const wait = this.#paidUntil - now;
    // Waits below the grain of timers would add up to more than the speed asks for.
    return wait < 20 ? undefined : pause(wait, signal);
  }
}
