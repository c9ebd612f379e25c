/**
 * The key of a package server's download tokens (wire/downloadToken.ts). Derived, so that no node has to look it up
 * and no backup has to hold it; the salt is drawn when the service is given, so that a package server which was taken
 * out and comes back gets another key.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { Guid } from '../../wire/guid.ts';

export const newKeySalt = (): string => randomBytes(16).toString('hex');

/** 32 bytes. */
export function packageServerKey(tokenKey: Buffer, guid: Guid, salt: string): Buffer {
  const key = createHmac('sha256', tokenKey).update('notification-server package server v1').digest();
  return createHmac('sha256', key).update(`${guid}\n${salt}\n`).digest();
}

/**
 * A token of a package server is good for so long: the package server knows nothing of a computer that is shut out
 * meanwhile, so it is a fraction of what the server's own tokens last, which are checked against the directory each time.
 */
const TOKEN_MS = 4 * 3_600_000;
/** Tokens end at a full hour, so that an address stays the same for resumed downloads within it. */
const STEP_MS = 3_600_000;

export const tokenEnd = (now: number): number => Math.ceil((now + TOKEN_MS) / STEP_MS) * STEP_MS;
