/** Wraps secrets (AES-256-GCM) by the master key; the name goes in, so that one cannot stand in for another. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

export class MasterKeyError extends Error {
  override name = 'MasterKeyError';
}

export function wrap(master: Buffer, name: string, secret: Buffer): string {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', master, iv).setAAD(Buffer.from(name));
  const sealed = Buffer.concat([cipher.update(secret), cipher.final()]);
  return `v1.${Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64')}`;
}

/** @throws MasterKeyError */
export function unwrap(master: Buffer, name: string, wrapped: string): Buffer {
  const bytes = Buffer.from(wrapped.replace(/^v1\./, ''), 'base64');
  try {
    const decipher = createDecipheriv('aes-256-gcm', master, bytes.subarray(0, 12)).setAAD(Buffer.from(name));
    decipher.setAuthTag(bytes.subarray(12, 28));
    return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]);
  } catch {
    throw new MasterKeyError(
      `the master key does not open "${name}" in the CMDB: use the master key that this CMDB was made with (NS_MASTER_KEY, or master.key from the backup)`,
    );
  }
}
