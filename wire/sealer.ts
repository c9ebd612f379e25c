/**
 * Facts that only their maker can have written: base64url of some bytes, followed by their HMAC-SHA256 cut to 128 bits.
 * Whoever has the key checks them without a look-up.
 */
import { timingSafeEqual } from 'node:crypto';
import { Hmac } from './hmac.ts';

const MAC_BYTES = 16;

export class Sealer {
  readonly #hmac: Hmac;
  /** Facts and MAC of the seal that is being made or checked. */
  readonly #sealed: Buffer;
  readonly #textLength: number;

  /** @param factBytes the size of all that is sealed under this key */
  constructor(key: Uint8Array, factBytes: number) {
    this.#hmac = new Hmac(key, factBytes);
    this.#sealed = Buffer.alloc(factBytes + MAC_BYTES);
    this.#textLength = Math.ceil((this.#sealed.length * 4) / 3);
  }

  seal(facts: Uint8Array): string {
    this.#seal(facts);
    return this.#sealed.toString('base64url');
  }

  /** The facts; `undefined` for what was not sealed under this key. */
  open(text: string): Buffer | undefined {
    // The decoder skips what is not base64url, and takes the letters of plain base64 too: one spelling only is a seal.
    if (text.length !== this.#textLength) return undefined;
    const bytes = Buffer.from(text, 'base64url');
    if (bytes.length !== this.#sealed.length || bytes.toString('base64url') !== text) return undefined;
    const facts = bytes.subarray(0, -MAC_BYTES);
    this.#seal(facts);
    return timingSafeEqual(bytes, this.#sealed) ? facts : undefined;
  }

  #seal(facts: Uint8Array): void {
    this.#sealed.set(facts);
    this.#sealed.write(this.#hmac.of(facts), facts.length, MAC_BYTES, 'latin1');
  }
}
