/**
 * Classes of the event queue: by size, so that a large inventory holds up no status message, and one for what is urgent
 * (events-nse.md section 2). No class outranks another: each has its turn.
 */

export const QUEUE_CLASSES = ['priority', 'fast', 'default', 'slow', 'large'] as const;
export type QueueClass = (typeof QUEUE_CLASSES)[number];

export interface Thresholds {
  /** Below: fast (`FastQueueThreshold`). */
  fastBytes: number;
  /** From here on: slow (`SlowQueueThreshold`). */
  slowBytes: number;
  /** Above: large (`LargeQueueThreshold`). */
  largeBytes: number;
}

export const FAST_BYTES = 15_000;
export const SLOW_BYTES = 1_048_576;
export const LARGE_BYTES = 20_971_520;
export const THRESHOLDS: Thresholds = { fastBytes: FAST_BYTES, slowBytes: SLOW_BYTES, largeBytes: LARGE_BYTES };
/** Inventory has priority 0, scripts and status messages 1: only what asks for more is urgent. The figure is ours. */
const URGENT = 2;

/** Classes whose events take so long that they are processed apart. */
export const LARGE_CLASSES: readonly QueueClass[] = ['slow', 'large'];
export const SMALL_CLASSES: readonly QueueClass[] = ['priority', 'fast', 'default'];

/** Bodies above this are streamed to a file and not held in memory (`LargeEventThreshold`). */
export const SPOOL_BYTES = 512 * 1024;

export function queueClassOf(size: number, priority: number, thresholds: Thresholds = THRESHOLDS): QueueClass {
  if (size > thresholds.largeBytes) return 'large';
  if (size >= thresholds.slowBytes) return 'slow';
  if (priority >= URGENT) return 'priority';
  return size < thresholds.fastBytes ? 'fast' : 'default';
}
