/**
 * The token in the address of a download: which computer may fetch which package until when. The Notification Server
 * makes them, for its own addresses and for those of package servers. A package server checks its own without asking
 * anybody: it knows a key that is its alone, which the server derives from a key that never leaves it and hands over in
 * the package server's policy. So a package server, or whoever breaks into one, can let computers in at that one place
 * and nowhere else.
 */
import { guidAt, GUID_BYTES, writeGuid, type Guid } from './guid.ts';
import { Sealer } from './sealer.ts';

const TIME_BYTES = 6;
const FACT_BYTES = TIME_BYTES + 2 * GUID_BYTES;

export const DOWNLOAD_KEY_BYTES = 32;

export interface DownloadGrant {
  /** The computer that may fetch. */
  computer: Guid;
  packageGuid: Guid;
  /** Milliseconds since 1970. */
  expiresAt: number;
}

export class DownloadTokens {
  readonly #sealer: Sealer;
  readonly #facts = Buffer.alloc(FACT_BYTES);

  /** @param key 32 bytes */
  constructor(key: Uint8Array) {
    if (key.length !== DOWNLOAD_KEY_BYTES) throw new RangeError('the key of download tokens has 32 bytes');
    this.#sealer = new Sealer(key, FACT_BYTES);
  }

  /** URL-safe. */
  seal({ computer, packageGuid, expiresAt }: DownloadGrant): string {
    this.#facts.writeUIntBE(expiresAt, 0, TIME_BYTES);
    writeGuid(this.#facts, TIME_BYTES, computer);
    writeGuid(this.#facts, TIME_BYTES + GUID_BYTES, packageGuid);
    return this.#sealer.seal(this.#facts);
  }

  /** What a token grants; `undefined` for one that is not of this key, or whose time is over. */
  open(text: string, now: number): DownloadGrant | undefined {
    const facts = this.#sealer.open(text);
    if (facts === undefined) return undefined;
    const expiresAt = facts.readUIntBE(0, TIME_BYTES);
    if (expiresAt <= now) return undefined;
    return { computer: guidAt(facts, TIME_BYTES), packageGuid: guidAt(facts, TIME_BYTES + GUID_BYTES), expiresAt };
  }
}
