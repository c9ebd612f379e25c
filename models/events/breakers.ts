/**
 * A circuit breaker for each computer: one whose last events were all bad is refused for a while, a growing one, so that
 * an agent gone wrong fills neither the queue nor the list of bad events. It keeps its data (503) and tries again; the
 * first event that can be applied closes the breaker. In memory: each node judges by what it processed itself.
 */
import type { Guid } from '../../wire/guid.ts';

export interface Breaker {
  sender: Guid;
  badInARow: number;
  /** Milliseconds since 1970; in the past: its next event decides. */
  openUntil: number;
}

/** What main thread and agents need to know. */
export type Held = readonly (readonly [sender: Guid, openUntil: number])[];

const FIRST_MS = 60_000;
const LONGEST_MS = 3600_000;

interface Row {
  badInARow: number;
  openUntil: number;
  /** How often it opened since its last good event. */
  opened: number;
}

export class Breakers {
  readonly #after: number;
  readonly #now: () => number;
  /** Senders whose last event was bad. */
  readonly #rows = new Map<Guid, Row>();
  /** Grows with each change of what is open. */
  version = 0;

  constructor(after: number, now: () => number) {
    this.#after = after;
    this.#now = now;
  }

  good(sender: Guid): void {
    if (this.#rows.size > 0) this.close(sender);
  }

  bad(sender: Guid): void {
    if (this.#after === 0) return;
    const row = this.#rows.get(sender) ?? { badInARow: 0, openUntil: 0, opened: 0 };
    this.#rows.set(sender, row);
    row.badInARow++;
    // Events that waited when it opened go on turning out bad: they say nothing new.
    if (row.badInARow < this.#after || row.openUntil > this.#now()) return;
    row.openUntil = this.#now() + Math.min(LONGEST_MS, FIRST_MS * 2 ** row.opened);
    row.opened++;
    this.version++;
  }

  /** Milliseconds until it may try again; 0 when it may now. */
  waitOf(sender: Guid): number {
    const until = this.#rows.get(sender)?.openUntil ?? 0;
    return until === 0 ? 0 : Math.max(0, until - this.#now());
  }

  /** False when it was not open. */
  close(sender: Guid): boolean {
    const wasOpen = (this.#rows.get(sender)?.openUntil ?? 0) > 0;
    this.#rows.delete(sender);
    if (wasOpen) this.version++;
    return wasOpen;
  }

  /** All that have opened and not closed since, the longest row of bad events first. */
  list(): Breaker[] {
    return [...this.#rows]
      .filter(([, row]) => row.openUntil > 0)
      .map(([sender, { badInARow, openUntil }]) => ({ sender, badInARow, openUntil }))
      .sort((one, other) => other.badInARow - one.badInARow);
  }

  held(): Held {
    return this.list().map(({ sender, openUntil }) => [sender, openUntil] as const);
  }
}
