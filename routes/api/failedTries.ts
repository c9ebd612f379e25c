/**
 * Counts wrong tokens by address. A token has 256 random bits and cannot be guessed: this keeps a program that retries
 * without end from costing a look-up and a log line each time. Per process; it forgets with every minute.
 */
import type { Clock } from '../../models/clock.ts';

const MOST = 20;
const WINDOW_MS = 60_000;
/** Whoever owns more addresses than this is not slowed down, but does not fill the memory either. */
const MOST_ADDRESSES = 10_000;

export class FailedTries {
  readonly #clock: Clock;
  #windowEndsAt = 0;
  #failed = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  note(address: string): void {
    this.#turn();
    const count = this.#failed.get(address) ?? 0;
    if (count > 0 || this.#failed.size < MOST_ADDRESSES) this.#failed.set(address, count + 1);
  }

  /** 0 while the address may try. */
  secondsToWait(address: string): number {
    this.#turn();
    if ((this.#failed.get(address) ?? 0) < MOST) return 0;
    return Math.ceil((this.#windowEndsAt - this.#clock.now()) / 1000);
  }

  #turn(): void {
    const now = this.#clock.now();
    if (now < this.#windowEndsAt) return;
    this.#windowEndsAt = now + WINDOW_MS;
    this.#failed = new Map();
  }
}
