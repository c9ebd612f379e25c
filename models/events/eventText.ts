/**
 * The text of an event's body. Agents send UTF-8 or UTF-16, with a byte order mark or without, and sometimes control
 * characters that no XML document may hold; the original lost the whole event for one of those (KB 151953), so here they
 * are left out and the event is flagged.
 */
import { closeSync, openSync, readSync } from 'node:fs';

export type EventBody = Uint8Array | { readonly file: string };

/** Told while the text is read. */
export interface TextFlags {
  /** Characters that XML forbids were left out. */
  stripped: boolean;
}

type Decoder = InstanceType<typeof TextDecoder>;

const CHUNK = 256 * 1024;
/** The longest character reference, `&#x10FFFF;`, with some leading zeros. */
const LONGEST_REFERENCE = 16;

const FORBIDDEN = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/;
const ALL_FORBIDDEN = new RegExp(FORBIDDEN, 'g');
const REFERENCE = /&#(?:x([0-9a-f]{1,8})|([0-9]{1,10}));/gi;

/** The body's text, in pieces: one for a body in memory, many for a file, which is never held whole. */
export function* eventText(body: EventBody, flags: TextFlags): Generator<string> {
  if (body instanceof Uint8Array) {
    yield clean(decodeBody(body), flags);
    return;
  }
  let held = '';
  for (const piece of fileText(body.file)) {
    const text = held + piece;
    // A reference that is cut in two by the end of a piece waits for its other half.
    const open = text.lastIndexOf('&');
    const cut = open !== -1 && open > text.length - LONGEST_REFERENCE ? open : text.length;
    held = text.slice(cut);
    yield clean(text.slice(0, cut), flags);
  }
  yield clean(held, flags);
}

function* fileText(file: string): Generator<string> {
  const descriptor = openSync(file, 'r');
  try {
    const buffer = new Uint8Array(CHUNK);
    let decoder: Decoder | undefined;
    for (;;) {
      const length = readSync(descriptor, buffer, 0, CHUNK, null);
      const bytes = buffer.subarray(0, length);
      decoder ??= decoderFor(bytes);
      const text = decoder.decode(bytes, { stream: length > 0 });
      if (text !== '') yield text;
      if (length === 0) return;
    }
  } finally {
    closeSync(descriptor);
  }
}

/** A body's text as it was sent, whatever characters it holds. */
export function decodeBody(body: Uint8Array): string {
  return decoderFor(body, utf8).decode(body);
}

const utf8 = new TextDecoder();

/**
 * By byte order mark, else by how `<` looks in UTF-16, else by the XML declaration, else UTF-8: then `whole`, when all
 * bytes are decoded at once, for a decoder costs more to make than to use.
 */
function decoderFor(bytes: Uint8Array, whole?: Decoder): Decoder {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le');
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be');
  if (first === 0x3c && second === 0) return new TextDecoder('utf-16le');
  if (first === 0 && second === 0x3c) return new TextDecoder('utf-16be');
  const encoding = declaredEncoding(bytes);
  try {
    return encoding === undefined ? (whole ?? new TextDecoder()) : new TextDecoder(encoding);
  } catch {
    return new TextDecoder();
  }
}

const DECLARED = /^(?:\xef\xbb\xbf)?<\?xml[^>]*?\bencoding=["']([\w.-]+)["']/;

/** The eight-bit encoding that a document declares, unless it is UTF-8. */
function declaredEncoding(bytes: Uint8Array): string | undefined {
  const start = bytes[0] === 0xef ? 3 : 0;
  if (bytes[start] !== 0x3c || bytes[start + 1] !== 0x3f) return undefined;
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 200)).toString('latin1');
  const declared = DECLARED.exec(head)?.[1]?.toLowerCase();
  // An eight-bit document that declares UTF-16 was converted on its way: it is UTF-8 now.
  return declared === 'utf-8' || declared?.startsWith('utf-16') === true ? undefined : declared;
}

function clean(text: string, flags: TextFlags): string {
  let cleaned = text;
  if (FORBIDDEN.test(cleaned)) {
    flags.stripped = true;
    cleaned = cleaned.replace(ALL_FORBIDDEN, '');
  }
  if (!cleaned.includes('&#')) return cleaned;
  return cleaned.replace(REFERENCE, (reference, hex: string | undefined, decimal: string | undefined) => {
    if (isXmlCharacter(hex === undefined ? Number(decimal) : parseInt(hex, 16))) return reference;
    flags.stripped = true;
    return '';
  });
}

function isXmlCharacter(code: number): boolean {
  if (code < 0x20) return code === 9 || code === 10 || code === 13;
  return code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) && code !== 0xfffe && code !== 0xffff;
}

/** The first `maxBytes` of a body as text, for a person to read. */
export function bodyPreview(body: Uint8Array): string {
  return decodeBody(body);
}
