/** Waiting that a stop or a piece of news can end. */

/** The longest delay that timers of Node take. */
const LONGEST = 2 ** 31 - 1;

/** A wait that others can end early, and that forgets no call: a wake-up before the wait ends the next wait at once. */
export class Waker {
  #woken = false;
  #end: (() => void) | undefined;

  wake(): void {
    this.#woken = true;
    this.#end?.();
  }

  /** Resolves after `milliseconds`, at `wake()`, or when the signal aborts, whichever comes first. */
  wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (this.#woken || signal.aborted) {
        this.#woken = false;
        resolve();
        return;
      }
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        this.#end = undefined;
        this.#woken = false;
        resolve();
      };
      const timer = setTimeout(end, Math.min(Math.max(milliseconds, 0), LONGEST));
      this.#end = end;
      signal.addEventListener('abort', end);
    });
  }
}

/** Resolves after `milliseconds` or when the signal aborts. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Waker().wait(milliseconds, signal);
}

/** Up to a tenth sooner or later, so that a fleet that was started together does not stay together. */
export function spread(milliseconds: number, random: () => number = Math.random): number {
  return milliseconds * (0.9 + 0.2 * random());
}

/** For a log: `45 s`, `12 min`, `2 h`. */
export function durationText(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000);
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}
