/** SHA-256 of an event's body, hex: tells a repeated event from another one that carries the same id. */
import { createHash, hash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import type { EventBody } from './eventText.ts';

export function bodyHash(body: EventBody): string {
  if (body instanceof Uint8Array) return hash('sha256', body);
  const whole = createHash('sha256');
  const descriptor = openSync(body.file, 'r');
  try {
    const buffer = new Uint8Array(256 * 1024);
    for (let length; (length = readSync(descriptor, buffer, 0, buffer.length, null)) > 0;) {
      whole.update(buffer.subarray(0, length));
    }
    return whole.digest('hex');
  } finally {
    closeSync(descriptor);
  }
}
