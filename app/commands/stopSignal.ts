/**
 * Ctrl-C brings two signals when a launcher stands between: the terminal's own to the whole group, and the launcher's
 * that passes it on.
 */
const SAME_PRESS_MS = 1000;

/** Ctrl-C and SIGTERM as an abort signal; a second one ends the process at once. */
export function stopSignal(): { signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  let askedAt = 0;
  const stop = (): void => {
    if (controller.signal.aborted && performance.now() - askedAt > SAME_PRESS_MS) process.exit(1);
    if (!controller.signal.aborted) askedAt = performance.now();
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return {
    signal: controller.signal,
    release: () => {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
    },
  };
}
