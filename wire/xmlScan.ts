/**
 * The quick way through plain XML: a document in memory, of elements, attributes, text, comments and the five entities.
 *
 * It answers only what it is sure of. Everything rarer (CDATA, processing instructions, names beyond ASCII), every fault
 * and every limit that is reached is left to the strict reader (xml.ts), which decides and words the refusal. What this
 * one accepts the strict one accepts too, with the same elements and text; a test holds the two against each other.
 */
import type { XmlHandlers, XmlLimits } from './xml.ts';
import { XmlAttributes } from './xmlAttributes.ts';

const NAME_START = 1;
const NAME = 2;
const SPACE = 4;
/** Ends a run of plain text, or of a plain attribute value. */
const TEXT_STOP = 8;
const VALUE_STOP = 16;

/** What an ASCII character may be. */
const KIND = new Uint8Array(128);
for (let code = 0; code < 128; code++) {
  const character = String.fromCharCode(code);
  if (/[A-Za-z_:]/.test(character)) KIND[code]! |= NAME_START;
  if (/[A-Za-z0-9_:.-]/.test(character)) KIND[code]! |= NAME;
  if (/[ \t\r\n]/.test(character)) KIND[code]! |= SPACE;
  if (/[^ -~\t\n\x7f]|[<&\]]/.test(character)) KIND[code]! |= TEXT_STOP;
  if (/[^ -~\x7f]|[<&"']/.test(character)) KIND[code]! |= VALUE_STOP;
}

const [LF, CR, AMP, SLASH, LESS, EQUALS, GREATER, BRACKET, BOM] = [10, 13, 38, 47, 60, 61, 62, 93, 0xfeff];
const [QUOTE, APOSTROPHE, BANG, QUESTION, TAB] = [34, 39, 33, 63, 9];

const DECLARATION =
  /<\?xml version=(["'])1\.0\1(?: encoding=(["'])[A-Za-z][A-Za-z0-9._-]*\2)?(?: standalone=(["'])(?:yes|no)\3)?\s*\?>/y;
const ENTITY = /&(?:(lt|gt|amp|quot|apos)|#(\d{1,7})|#x([0-9a-fA-F]{1,6}));/y;
const NAMED: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
const NOT_PLAIN = /[^\t\n\r -\ud7ff\ue000-\ufffd]/;

/** Where it gives up; never leaves this file. */
class NotPlain extends Error {}
const notPlain = new NotPlain();

/**
 * True: the document was read and is well-formed. False: nothing can be said, and what the handlers heard so far must be
 * forgotten. What a handler throws goes through.
 */
export function scanXml(text: string, handlers: XmlHandlers, limits: XmlLimits): boolean {
  try {
    new Scan(text, handlers, limits).document();
    return true;
  } catch (error) {
    if (error === notPlain) return false;
    throw error;
  }
}

class Scan {
  readonly #text: string;
  readonly #handlers: XmlHandlers;
  readonly #limits: XmlLimits;
  readonly #attributes = new XmlAttributes();
  /** Names of the open elements, and characters of text in each so far. */
  readonly #names: string[] = [];
  readonly #lengths: number[] = [];
  #elements = 0;
  #at = 0;

  constructor(text: string, handlers: XmlHandlers, limits: XmlLimits) {
    this.#text = text;
    this.#handlers = handlers;
    this.#limits = limits;
  }

  document(): void {
    const text = this.#text;
    if (text.charCodeAt(0) === BOM) this.#at = 1;
    this.#declaration();
    for (;;) {
      const more = this.#characters();
      if (!more) break;
      const next = text.charCodeAt(this.#at + 1);
      if (next === SLASH) this.#close();
      else if (next === BANG) this.#comment();
      else this.#open();
    }
    if (this.#names.length > 0 || this.#elements === 0) throw notPlain;
  }

  #declaration(): void {
    if (this.#text.charCodeAt(this.#at) !== LESS || this.#text.charCodeAt(this.#at + 1) !== QUESTION) return;
    DECLARATION.lastIndex = this.#at;
    if (!DECLARATION.test(this.#text)) throw notPlain;
    this.#at = DECLARATION.lastIndex;
  }

  /** Reads up to the next `<`; false at the end of the document. */
  #characters(): boolean {
    const text = this.#text;
    const start = this.#at;
    let at = start;
    let plain = true;
    let code = text.charCodeAt(at);
    while (code !== LESS) {
      if (code < 128) {
        if ((KIND[code]! & TEXT_STOP) !== 0) {
          if (code === AMP || code === CR) plain = false;
          // `]]>` may not stand in text; a bracket alone may.
          else if (code !== BRACKET || text.startsWith(']]>', at)) throw notPlain;
        }
      } else if (code >= 0xd800) at += beyondAscii(text, at, code);
      else if (Number.isNaN(code)) break;
      code = text.charCodeAt(++at);
    }
    this.#at = at;
    if (at > start) this.#tell(start, at, plain);
    return at < text.length;
  }

  #tell(start: number, end: number, plain: boolean): void {
    const depth = this.#names.length - 1;
    const raw = this.#text.slice(start, end);
    if (depth < 0) {
      if (/[^ \t\r\n]/.test(raw)) throw notPlain;
      return;
    }
    if ((this.#lengths[depth]! += end - start) > this.#limits.maxText) throw notPlain;
    this.#handlers.text?.(plain ? raw : expand(raw.replace(/\r\n?/g, '\n')));
  }

  #comment(): void {
    const text = this.#text;
    if (!text.startsWith('<!--', this.#at)) throw notPlain;
    const end = text.indexOf('--', this.#at + 4);
    if (end === -1 || text.charCodeAt(end + 2) !== GREATER || NOT_PLAIN.test(text.slice(this.#at, end))) throw notPlain;
    this.#at = end + 3;
  }

  #close(): void {
    const name = this.#names.pop();
    if (name === undefined || !this.#text.startsWith(name, this.#at + 2)) throw notPlain;
    this.#lengths.pop();
    this.#at += 2 + name.length;
    if (this.#afterSpace() !== GREATER) throw notPlain;
    this.#at++;
    this.#handlers.close?.(name, this.#names.length);
  }

  #open(): void {
    const depth = this.#names.length;
    if (++this.#elements > this.#limits.maxElements || depth >= this.#limits.maxDepth) throw notPlain;
    if (depth === 0 && this.#elements > 1) throw notPlain;
    this.#at++;
    const name = this.#name();
    const empty = this.#readAttributes();
    this.#handlers.open(name, this.#attributes, depth);
    if (empty) this.#handlers.close?.(name, depth);
    else {
      this.#names.push(name);
      this.#lengths.push(0);
    }
  }

  #name(): string {
    const text = this.#text;
    const start = this.#at;
    let at = start;
    let code = text.charCodeAt(at);
    if (!(code < 128) || (KIND[code]! & NAME_START) === 0) throw notPlain;
    do code = text.charCodeAt(++at);
    while (code < 128 && (KIND[code]! & NAME) !== 0);
    this.#at = at;
    return text.slice(start, at);
  }

  /** Skips white space and answers the character that follows. */
  #afterSpace(): number {
    let code = this.#text.charCodeAt(this.#at);
    while (code < 128 && (KIND[code]! & SPACE) !== 0) code = this.#text.charCodeAt(++this.#at);
    return code;
  }

  /** Reads to the end of the tag; true when it closes its element, too. */
  #readAttributes(): boolean {
    const attributes = this.#attributes;
    attributes.clear();
    for (;;) {
      const before = this.#at;
      const code = this.#afterSpace();
      if (code === GREATER) {
        this.#at++;
        return false;
      }
      if (code === SLASH) {
        if (this.#text.charCodeAt(this.#at + 1) !== GREATER) throw notPlain;
        this.#at += 2;
        return true;
      }
      if (this.#at === before || attributes.count >= this.#limits.maxAttributes) throw notPlain;
      const name = this.#name();
      if (this.#afterSpace() !== EQUALS) throw notPlain;
      this.#at++;
      if (attributes.get(name) !== undefined) throw notPlain;
      attributes.add(name, this.#value());
    }
  }

  #value(): string {
    const text = this.#text;
    const quote = this.#afterSpace();
    if (quote !== QUOTE && quote !== APOSTROPHE) throw notPlain;
    const start = this.#at + 1;
    let at = start;
    let plain = true;
    let code = text.charCodeAt(at);
    while (code !== quote) {
      if (code < 128) {
        if ((KIND[code]! & VALUE_STOP) !== 0) {
          if (code === AMP || code === TAB || code === LF || code === CR) plain = false;
          else if (code !== QUOTE && code !== APOSTROPHE) throw notPlain;
        }
      } else if (!(code < 0xd800)) at += beyondAscii(text, at, code);
      code = text.charCodeAt(++at);
    }
    if (at - start > this.#limits.maxText) throw notPlain;
    this.#at = at + 1;
    const raw = text.slice(start, at);
    // White space in a value is read as spaces, but for what is written as a reference.
    return plain ? raw : expand(raw.replace(/\r\n|[\t\n\r]/g, ' '));
  }
}

/** How many more code units a character above the ASCII range takes. */
function beyondAscii(text: string, at: number, code: number): number {
  if (code >= 0xe000 && code <= 0xfffd) return 0;
  const next = text.charCodeAt(at + 1);
  if (code < 0xdc00 && next >= 0xdc00 && next < 0xe000) return 1;
  throw notPlain;
}

function expand(raw: string): string {
  let end = 0;
  let text = '';
  for (let at = raw.indexOf('&'); at !== -1; at = raw.indexOf('&', end)) {
    ENTITY.lastIndex = at;
    const match = ENTITY.exec(raw);
    if (match === null) throw notPlain;
    text += raw.slice(end, at) + entity(match);
    end = ENTITY.lastIndex;
  }
  return text + raw.slice(end);
}

function entity(match: RegExpExecArray): string {
  if (match[1] !== undefined) return NAMED[match[1]]!;
  const code = match[2] !== undefined ? Number(match[2]) : parseInt(match[3]!, 16);
  if (code > 0x10ffff) throw notPlain;
  const character = String.fromCodePoint(code);
  if (code < 0x10000 && NOT_PLAIN.test(character)) throw notPlain;
  return character;
}
