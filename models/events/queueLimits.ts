/**
 * How much may wait. Budgets are separate: whoever fills one, a class of events or a single computer, leaves the others
 * theirs. What has no room is refused with 503 and stays with its sender; nothing that was accepted is ever thrown away.
 */
import { THRESHOLDS, type QueueClass, type Thresholds } from './queueClasses.ts';

export interface Budget {
  maxEvents: number;
  maxBytes: number;
}

export interface QueueLimits extends Budget {
  /** Sizes at which classes begin. */
  thresholds: Thresholds;
  classes: Record<QueueClass, Budget>;
  /** Of one computer. */
  sender: Budget;
  /** So many bad events in a row, and a computer is refused for a while; 0: never. */
  breakerAfter: number;
}

/** Share of the whole that one class may take, in events and in bytes: none can take all. */
const SHARES: Record<QueueClass, [events: number, bytes: number]> = {
  priority: [0.2, 0.2],
  fast: [0.8, 0.5],
  default: [0.5, 0.5],
  slow: [0.1, 0.5],
  large: [0.02, 0.5],
};

const MB = 1024 * 1024;
export const SENDER_BUDGET: Budget = { maxEvents: 2000, maxBytes: 256 * MB };
export const BREAKER_AFTER = 20;

export type LimitChanges = Budget &
  Partial<Omit<QueueLimits, 'classes'>> & { classes?: Partial<Record<QueueClass, Budget>> };

/** All limits: what is not given takes its default, classes their share of the whole. */
export function queueLimits({ classes = {}, ...changes }: LimitChanges): QueueLimits {
  const shareOf = (name: QueueClass): Budget => ({
    maxEvents: Math.max(1, Math.floor(changes.maxEvents * SHARES[name][0])),
    maxBytes: Math.max(1, Math.floor(changes.maxBytes * SHARES[name][1])),
  });
  const names = Object.keys(SHARES) as QueueClass[];
  const budgets = Object.fromEntries(names.map((name) => [name, classes[name] ?? shareOf(name)]));
  return {
    thresholds: THRESHOLDS,
    sender: SENDER_BUDGET,
    breakerAfter: BREAKER_AFTER,
    ...changes,
    classes: budgets as Record<QueueClass, Budget>,
  };
}
