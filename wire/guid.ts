/**
 * GUIDs as they travel and as they are kept.
 *
 * The wire uses every spelling: braces or none, either letter case (guids.md, agent-contract.md section 2). Inside the
 * product there is one: lower case, no braces, branded so that an unchecked string cannot pass for a GUID.
 */
import { randomUUID } from 'node:crypto';

declare const brand: unique symbol;
export type Guid = string & { readonly [brand]: 'Guid' };

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Reads any spelling of a GUID; `undefined` when the text is none (one brace only counts as none). */
export function parseGuid(text: string | null | undefined): Guid | undefined {
  if (text === null || text === undefined) return undefined;
  const trimmed = text.trim();
  const bare = trimmed.startsWith('{') && trimmed.endsWith('}') ? trimmed.slice(1, -1) : trimmed;
  return GUID.test(bare) ? (bare.toLowerCase() as Guid) : undefined;
}

/** A GUID that the code itself spells out; throws on a typing mistake. */
export function guid(text: string): Guid {
  const parsed = parseGuid(text);
  if (parsed === undefined) throw new Error(`not a GUID: ${text}`);
  return parsed;
}

export function newGuid(): Guid {
  return randomUUID() as string as Guid;
}

/** `{lower-case}`: how GUIDs are printed in attributes. */
export function braces(value: Guid): string {
  return `{${value}}`;
}

/** As many bytes as `writeGuid` writes. */
export const GUID_BYTES = 16;

/** Writes a GUID as bytes, in the order in which its text shows them. */
export function writeGuid(bytes: Uint8Array, at: number, value: Guid): void {
  let to = at;
  for (let index = 0; index < value.length; index += 2) {
    if (value.charCodeAt(index) === DASH) index++;
    bytes[to++] = (digit(value.charCodeAt(index)) << 4) | digit(value.charCodeAt(index + 1));
  }
}

/** The GUID that `writeGuid` has written there. */
export function guidAt(bytes: Buffer, at: number): Guid {
  const hex = bytes.toString('hex', at, at + GUID_BYTES);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}` as Guid;
}

const DASH = 45;

/** Value of a hex digit, 0 to 9 or a to f. */
const digit = (code: number): number => (code <= 57 ? code - 48 : code - 87);
