/**
 * How an agent proves its key (house.md, "agent identity"). The exchange is ours; the vendor's is not public.
 *
 *   GET  Authenticate.aspx                      -> <challenge value="..."/>
 *   POST Authenticate.aspx <proof guid challenge signature/> -> <bearer token="..." expires="<seconds>"/>
 *
 * The signature is over `proofText`, which names the server's own public key, so that a proof made for one server is
 * worthless at another. Key blobs are base64 of an SPKI in DER; a blob that is none stays opaque and cannot prove.
 */
import { createPublicKey, type KeyObject } from 'node:crypto';
import type { Guid } from './guid.ts';

export function proofText(machine: Guid, challenge: string, serverKey: string): Buffer {
  return Buffer.from(`notification-server agent proof\n${machine}\n${challenge}\n${serverKey}\n`, 'utf8');
}

/** The public key of a `policyKey` or `nsKey` blob, or `undefined` for a blob of another format. */
export function readKeyBlob(blob: string): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.from(blob, 'base64'), format: 'der', type: 'spki' });
  } catch {
    return undefined;
  }
}

export function writeKeyBlob(key: KeyObject): string {
  return key.export({ format: 'der', type: 'spki' }).toString('base64');
}

/** Enrolment token as an administrator hands it out: `id.secret.pin`; the pin is SHA-256 of the server's TLS key (SPKI). */
export interface EnrolmentTokenParts {
  id: string;
  secret: string;
  pin: string;
}

export function parseEnrolmentToken(text: string): EnrolmentTokenParts | undefined {
  const match = /^([0-9a-f]{32})\.([A-Za-z0-9_-]{43})\.([0-9a-f]{64})$/.exec(text.trim());
  return match === null ? undefined : { id: match[1]!, secret: match[2]!, pin: match[3]! };
}
