/** Long-running work beside the requests. */
export interface Service {
  start(): void | Promise<void>;
  /** Resolves when nothing of it runs any more. */
  stop(): Promise<void>;
}

/**
 * Runs `work` every `milliseconds`, never twice at once, and goes on after a failure. `stop` waits for a run under way.
 */
export function every(milliseconds: number, work: () => Promise<unknown>, onError: (error: unknown) => void): Service {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<unknown> = Promise.resolve();
  let stopped = false;
  const tick = (): void => {
    running = Promise.resolve()
      .then(work)
      .catch(onError)
      .finally(() => {
        if (!stopped) timer = setTimeout(tick, milliseconds);
      });
  };
  return {
    start: () => {
      timer = setTimeout(tick, milliseconds);
    },
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
