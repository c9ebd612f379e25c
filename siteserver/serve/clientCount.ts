import type { Guid } from '../../wire/guid.ts';

const DAY_MS = 24 * 3_600_000;
/** A count of this many says enough. */
const MOST = 100_000;

/** Different computers that fetched something within the last day. */
export class ClientCount {
  readonly #seen = new Map<Guid, number>();

  note(computer: Guid): void {
    // The newest stand last: what is over stands first.
    this.#seen.delete(computer);
    if (this.#seen.size < MOST) this.#seen.set(computer, Date.now());
  }

  get count(): number {
    const since = Date.now() - DAY_MS;
    for (const [computer, at] of this.#seen) {
      if (at >= since) break;
      this.#seen.delete(computer);
    }
    return this.#seen.size;
  }
}
