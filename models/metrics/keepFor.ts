import type { Clock } from '../clock.ts';

/**
 * Remembers what `work` answered for a while. An old answer is given at once while a new one is fetched, so that nobody
 * waits but the first; however many ask, `work` runs once at a time. A failure keeps the old answer until it is twice as
 * old, then it is thrown.
 */
export function keepFor<T>(clock: Clock, milliseconds: number, work: () => Promise<T>): () => Promise<T> {
  let kept: { value: T; at: number } | undefined;
  let running: Promise<T> | undefined;

  const run = (): Promise<T> => {
    running ??= work()
      .then((value) => {
        kept = { value, at: clock.now() };
        return value;
      })
      .finally(() => (running = undefined));
    return running;
  };

  return () => {
    if (kept === undefined) return run();
    const age = clock.now() - kept.at;
    if (age < milliseconds) return Promise.resolve(kept.value);
    const fresh = run();
    if (age >= 2 * milliseconds) return fresh;
    fresh.catch(() => undefined);
    return Promise.resolve(kept.value);
  };
}
