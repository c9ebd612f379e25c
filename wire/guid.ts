/**
 * GUIDs as they travel and as they are kept.
 *
 * The wire uses every spelling: braces or none, either letter case (guids.md, agent-contract.md section 2). Inside the
 * product there is one: lower case, no braces, branded so that an unchecked string cannot pass for a GUID.
 */
import { randomUUID } from 'node:crypto';

declare const brand: unique symbol;
export type Guid = string & { readonly [brand]: 'Guid' };

const GUID = /^\{?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\}?$/i;

/** Reads any spelling of a GUID; `undefined` when the text is none (one brace only counts as none). */
export function parseGuid(text: string | null | undefined): Guid | undefined {
  if (text === null || text === undefined) return undefined;
  const trimmed = text.trim();
  const match = GUID.exec(trimmed);
  if (match === null || trimmed.startsWith('{') !== trimmed.endsWith('}')) return undefined;
  return match[1]!.toLowerCase() as Guid;
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
