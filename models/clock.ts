/** Time is handed in, never read inside a rule, so that schedules can be tested. */
import type { Utc } from './cmdb/schema.ts';

export interface Clock {
  /** Milliseconds since 1970, UTC. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

/** Clocks of nodes differ by less. What is of later than that was written while a clock was wrong. */
export const CLOCKS_APART_MS = 10 * 60_000;

/** The CMDB's form of an instant. */
export function utc(milliseconds: number): Utc {
  return new Date(milliseconds).toISOString();
}

let second = NaN;
let secondText = '';

/** `YYYY-MM-DD HH:MM:SS`, no zone: how attributes carry time (KB 180560). UTC here. Written out once a second. */
export function attributeTime(milliseconds: number): string {
  const asked = Math.floor(milliseconds / 1000);
  if (asked !== second) {
    secondText = utc(milliseconds).slice(0, 19).replace('T', ' ');
    second = asked;
  }
  return secondText;
}
