/**
 * The states of a package. The state tells of the last look at its source; whether it can be delivered is another
 * question: a published snapshot lies in the store and stays deliverable when the source has gone (user-pains 7 and 9).
 */
import { utc } from '../clock.ts';
import { MINUTE, HOUR } from './durations.ts';

export const PACKAGE_STATES = [
  /** Never looked at. */
  'new',
  /** A snapshot is being built; StateDetail tells how far. */
  'refreshing',
  /** The current snapshot is what the source held when it was last looked at. */
  'valid',
  'source_missing',
  'access_denied',
  /** Files changed while they were read; tried again soon. */
  'changed_while_scanning',
  /** Anything else; StateDetail tells what. */
  'failed',
  /** Switched off: neither refreshed nor delivered. */
  'disabled',
] as const;
export type PackageState = (typeof PACKAGE_STATES)[number];

/** In place of a state: deleted, its rows are on their way out (removePackage.ts). No query shows such a package. */
export const REMOVED = 'removed';

/** The states of "packages with problems". */
export const PROBLEM_STATES = ['source_missing', 'access_denied', 'changed_while_scanning', 'failed'] as const;
export type ProblemState = (typeof PROBLEM_STATES)[number];

/** When a source is looked at again after a refresh that succeeded; null: only when asked. */
export function nextRegularRefresh(now: number, refreshHours: number): string | null {
  return refreshHours === 0 ? null : utc(now + refreshHours * HOUR);
}

const RETRY_MINUTES = [10, 20, 40, 80];
const CHANGED_RETRY = 2 * MINUTE;

/**
 * Milliseconds until a failed refresh is tried again: soon at first, daily from the fifth failure on, so that a package
 * whose source has gone for good neither fills the log nor keeps the disk busy.
 */
export function retryDelay(state: ProblemState, failureCount: number): number {
  const minutes = RETRY_MINUTES[failureCount - 1];
  if (minutes === undefined) return 24 * HOUR;
  return state === 'changed_while_scanning' ? CHANGED_RETRY : minutes * MINUTE;
}
