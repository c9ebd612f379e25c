/** Agents' public keys: how one is told from another, and which of them can prove that the agent holds the private part. */
import { createHash, verify, type KeyObject } from 'node:crypto';
import { readKeyBlob } from '../../wire/proof.ts';

const RSA_BITS = { least: 2048, most: 8192 };

/** SHA-256 (hex) of a key blob as sent; empty for none. A blob of any format has one: it is only compared (section 4.2). */
export function keyHashOf(blob: string): string {
  return blob === '' ? '' : createHash('sha256').update(blob, 'utf8').digest('hex');
}

/**
 * The key of a blob that can prove itself: Ed25519, EC P-256, or RSA of 2048 bits and more, as SPKI (wire/proof.ts).
 * `undefined` for the original agents' format and for keys that are too weak to prove anything.
 */
export function provableKey(blob: string): KeyObject | undefined {
  const key = blob === '' ? undefined : readKeyBlob(blob);
  if (key === undefined) return undefined;
  const { modulusLength = 0, namedCurve } = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case 'ed25519':
      return key;
    case 'ec':
      return namedCurve === 'prime256v1' ? key : undefined;
    case 'rsa':
      return modulusLength >= RSA_BITS.least && modulusLength <= RSA_BITS.most ? key : undefined;
    default:
      return undefined;
  }
}

/** True when the key of `blob` made the signature (base64; EC: DER, SHA-256; RSA: PKCS #1 v1.5, SHA-256) over `text`. */
export function isSignedBy(blob: string, text: Buffer, signature: string): boolean {
  const key = provableKey(blob);
  if (key === undefined) return false;
  try {
    return verify(key.asymmetricKeyType === 'ed25519' ? null : 'sha256', text, key, Buffer.from(signature, 'base64'));
  } catch {
    return false;
  }
}
