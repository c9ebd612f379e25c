/**
 * The token of an address on a package server. The Notification Server makes it, the package server checks it without
 * asking anybody: both know a key that is this package server's alone. The server derives it from its own token key,
 * which never leaves it, and hands it over in the package server's policy. So a package server, or whoever breaks into
 * one, can let computers in at that one place and nowhere else.
 *
 * A token is base64url of: the time at which it ends (6 bytes, milliseconds since 1970), the computer's GUID, the
 * package's GUID, and 16 bytes of the HMAC-SHA256 over these.
 */
import { timingSafeEqual } from 'node:crypto';
import type { Guid } from './guid.ts';
import { Hmac } from './hmac.ts';

const TIME_BYTES = 6;
const GUID_BYTES = 16;
const FACT_BYTES = TIME_BYTES + 2 * GUID_BYTES;
const MAC_BYTES = 16;
const TEXT_LENGTH = Math.ceil(((FACT_BYTES + MAC_BYTES) * 4) / 3);

export const PACKAGE_SERVER_KEY_BYTES = 32;

export interface PackageServerGrant {
  /** The computer that may fetch. */
  computer: Guid;
  packageGuid: Guid;
  /** Milliseconds since 1970. */
  expiresAt: number;
}

export class PackageServerTokens {
  readonly #hmac: Hmac;

  /** @param key 32 bytes */
  constructor(key: Uint8Array) {
    if (key.length !== PACKAGE_SERVER_KEY_BYTES) throw new RangeError('the key of a package server has 32 bytes');
    this.#hmac = new Hmac(key, FACT_BYTES);
  }

  seal({ computer, packageGuid, expiresAt }: PackageServerGrant): string {
    const bytes = Buffer.allocUnsafe(FACT_BYTES + MAC_BYTES);
    bytes.writeUIntBE(expiresAt, 0, TIME_BYTES);
    bytes.write(computer.replaceAll('-', ''), TIME_BYTES, GUID_BYTES, 'hex');
    bytes.write(packageGuid.replaceAll('-', ''), TIME_BYTES + GUID_BYTES, GUID_BYTES, 'hex');
    bytes.write(this.#hmac.of(bytes.subarray(0, FACT_BYTES)), FACT_BYTES, MAC_BYTES, 'latin1');
    return bytes.toString('base64url');
  }

  /** What a token grants; `undefined` for one that is not of this key, or whose time is over. */
  open(text: string, now: number): PackageServerGrant | undefined {
    // The decoder skips what is not base64url, and takes the letters of plain base64 too: one spelling only is a token.
    if (text.length !== TEXT_LENGTH) return undefined;
    const bytes = Buffer.from(text, 'base64url');
    if (bytes.length !== FACT_BYTES + MAC_BYTES || bytes.toString('base64url') !== text) return undefined;
    const mac = Buffer.from(this.#hmac.of(bytes.subarray(0, FACT_BYTES)), 'latin1').subarray(0, MAC_BYTES);
    if (!timingSafeEqual(bytes.subarray(FACT_BYTES), mac)) return undefined;
    const expiresAt = bytes.readUIntBE(0, TIME_BYTES);
    if (expiresAt <= now) return undefined;
    return { computer: guidAt(bytes, TIME_BYTES), packageGuid: guidAt(bytes, TIME_BYTES + GUID_BYTES), expiresAt };
  }
}

function guidAt(bytes: Buffer, at: number): Guid {
  const hex = bytes.toString('hex', at, at + GUID_BYTES);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}` as Guid;
}
