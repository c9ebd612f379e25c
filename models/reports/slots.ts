/** So many at a time, the others in the order in which they came. */
export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * Resolves with the function that gives the slot back. `abort` ends the waiting: then it resolves with undefined.
   */
  take(abort?: AbortSignal): Promise<(() => void) | undefined> {
    if (abort?.aborted === true) return Promise.resolve(undefined);
    if (this.#free > 0) {
      this.#free--;
      return Promise.resolve(this.#giveBack());
    }
    return new Promise((resolve) => {
      const go = (): void => {
        abort?.removeEventListener('abort', leave);
        resolve(this.#giveBack());
      };
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(go), 1);
        resolve(undefined);
      };
      this.#waiting.push(go);
      abort?.addEventListener('abort', leave, { once: true });
    });
  }

  #giveBack(): () => void {
    let given = false;
    return () => {
      if (given) return;
      given = true;
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    };
  }
}
