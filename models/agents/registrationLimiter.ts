/** How many unknown machines an address may bring in a minute: a stranger must not fill the list of requests. */
import ipaddr from 'ipaddr.js';
import type { Clock } from '../clock.ts';

const WINDOW_MS = 60_000;
/** Addresses remembered at once; when there are more, a minute's counts are forgotten early. */
const MOST_ADDRESSES = 50_000;

/** The published limit of computers a server is 35,000: a whole fleet may wait at once, and no more. */
const MOST_WAITING = 50_000;

export class RegistrationLimiter {
  /** Requests that may wait, or be kept out by a rule, at once: whoever has many addresses must not fill the CMDB. */
  readonly mostWaiting: number;
  readonly #perMinute: number;
  readonly #clock: Clock;
  #windowEnds = 0;
  readonly #counts = new Map<string, number>();

  /** `perMinute` 0: no limit. Counts lie in this process: each node has its own. */
  constructor(perMinute: number, clock: Clock, mostWaiting = MOST_WAITING) {
    this.mostWaiting = mostWaiting;
    this.#perMinute = perMinute;
    this.#clock = clock;
  }

  /** Counts one request; false when the address has had its share of this minute. */
  take(address: string): boolean {
    if (this.#perMinute === 0) return true;
    const now = this.#clock.now();
    if (now >= this.#windowEnds || this.#counts.size >= MOST_ADDRESSES) {
      this.#counts.clear();
      this.#windowEnds = now + WINDOW_MS;
    }
    const sender = senderOf(address);
    const count = (this.#counts.get(sender) ?? 0) + 1;
    this.#counts.set(sender, count);
    return count <= this.#perMinute;
  }
}

/** An IPv6 network of 64 bits is one sender: whoever has one can use any address of it. */
function senderOf(address: string): string {
  if (!address.includes(':') || !ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  return parsed instanceof ipaddr.IPv6 ? parsed.parts.slice(0, 4).join(':') : parsed.toString();
}
