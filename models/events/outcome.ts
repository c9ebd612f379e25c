/** What travels between the queue and the processing of its events. */
import type { Guid } from '../../wire/guid.ts';

/** An event as it is leased for processing. */
export interface QueuedEvent {
  readonly id: number;
  readonly sender: Guid | null;
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
  /** Queue that the row is of: with `id` it makes the id of an event that brings none (rowGuid.ts). */
  readonly queueId: string;
  /** The bytes as sent, or the name of a file in the spool folder. */
  readonly body: Uint8Array | { readonly file: string };
}

/**
 * done: applied, or applied before. bad: breaks a rule, kept with the reason. later: failed without being at fault as
 * far as one can tell, tried again after a while, a few times.
 */
export type Outcome =
  | { readonly id: number; readonly kind: 'done' }
  | { readonly id: number; readonly kind: 'bad' | 'later'; readonly reason: string };

/** How often an event is tried before it is put aside. */
export const MAX_ATTEMPTS = 5;

/** Milliseconds before the next try: 1 s, 4 s, 16 s, 64 s. */
export function retryDelay(attempts: number): number {
  return 1000 * 4 ** Math.max(0, attempts - 1);
}

const LONGEST_REASON = 1000;

/** What a row becomes after an attempt that failed for no fault of the event. */
export function afterFailure(
  attemptsBefore: number,
  reason: string,
): { attempts: number; bad: boolean; reason: string } {
  const attempts = attemptsBefore + 1;
  const bad = attempts >= MAX_ATTEMPTS;
  const text = bad ? `${reason} It was tried ${attempts} times.` : reason;
  return { attempts, bad, reason: text.slice(0, LONGEST_REASON) };
}

export function shortReason(reason: string): string {
  return reason.slice(0, LONGEST_REASON);
}
