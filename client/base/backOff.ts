/**
 * When to try again. Retries come after 3, 6, 12, 24, 48, 96 and 120 minutes, then every 2 hours; a partial success
 * resets to 3 minutes (KB 181098, KB 175121).
 */

export const RETRY_MINUTES: readonly number[] = [3, 6, 12, 24, 48, 96, 120];

export interface RetryPlan {
  /** Steps in units; the last is kept for good. */
  steps: readonly number[];
  /** Milliseconds of one unit: a minute, less in tests. */
  unitMs: number;
}

export const contractRetryPlan: RetryPlan = { steps: RETRY_MINUTES, unitMs: 60_000 };

export class BackOff {
  readonly #plan: RetryPlan;
  #failures = 0;

  constructor(plan: RetryPlan) {
    this.#plan = plan;
  }

  get failures(): number {
    return this.#failures;
  }

  /** Counts a failure and answers the milliseconds until the next try. `progress`: something had arrived. */
  failed(progress = false): number {
    this.#failures = progress ? 1 : this.#failures + 1;
    const { steps, unitMs } = this.#plan;
    return steps[Math.min(this.#failures, steps.length) - 1]! * unitMs;
  }

  succeeded(): void {
    this.#failures = 0;
  }
}
