/**
 * When a change is over. A copy that is under way changes the folder again and again; to publish half of it would send
 * agents half a package. So a change counts when the folder has looked the same for a while, and nothing was heard of it.
 */
export class Quiet {
  readonly #quietMs: number;
  /** As it was when it was last told of; undefined at the beginning: what happened while nobody watched is not known. */
  #told: string | undefined;
  #seen: string | undefined;
  #since = 0;

  constructor(quietMs: number) {
    this.#quietMs = quietMs;
  }

  /** Something was heard of the folder, whatever it was: the wait begins anew. */
  heard(now: number): void {
    this.#since = now;
  }

  /** True, once a change, when it is over. */
  look(stamp: string, now: number): boolean {
    if (stamp !== this.#seen) {
      this.#seen = stamp;
      this.#since = now;
    }
    if (!this.isChanging || now - this.#since < this.#quietMs) return false;
    this.#told = stamp;
    return true;
  }

  /** Something has changed and was not told of yet. */
  get isChanging(): boolean {
    return this.#seen !== this.#told;
  }
}
