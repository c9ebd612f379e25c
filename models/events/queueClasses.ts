/**
 * Classes of the event queue: by size, so that a large inventory holds up no status message, and one for what is urgent
 * (events-nse.md section 2). No class outranks another: each has its turn.
 */

export const QUEUE_CLASSES = ['priority', 'fast', 'default', 'slow', 'large'] as const;
export type QueueClass = (typeof QUEUE_CLASSES)[number];

/** Below: fast (`FastQueueThreshold`). */
export const FAST_BYTES = 15_000;
/** From here on: slow (`SlowQueueThreshold`). */
export const SLOW_BYTES = 1_048_576;
/** Above: large (`LargeQueueThreshold`). */
export const LARGE_BYTES = 20_971_520;
/** Inventory has priority 0, scripts and status messages 1: only what asks for more is urgent. The figure is ours. */
const URGENT = 2;

/** Classes whose events take so long that they are processed apart. */
export const LARGE_CLASSES: readonly QueueClass[] = ['slow', 'large'];
export const SMALL_CLASSES: readonly QueueClass[] = ['priority', 'fast', 'default'];

/** Bodies above this are streamed to a file and not held in memory (`LargeEventThreshold`). */
export const SPOOL_BYTES = 512 * 1024;

export function queueClassOf(size: number, priority: number): QueueClass {
  if (size > LARGE_BYTES) return 'large';
  if (size >= SLOW_BYTES) return 'slow';
  if (priority >= URGENT) return 'priority';
  return size < FAST_BYTES ? 'fast' : 'default';
}
