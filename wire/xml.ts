/**
 * Reading and writing the contract's XML: strict in, escaped out.
 *
 * An unknown machine can send anything, so there is no doctype, no entity beyond the five of XML itself, and every
 * dimension has a limit (agent-contract.md section 7, items 6 and 8).
 */
import { SaxesParser } from 'saxes';
import { XmlAttributes } from './xmlAttributes.ts';
import { scanXml } from './xmlScan.ts';

export interface XmlElement {
  /** Name as written, prefix included. */
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlElement[];
  /** Concatenated character data directly below the element. */
  text: string;
}

export interface XmlLimits {
  maxDepth: number;
  maxElements: number;
  maxAttributes: number;
  /** Characters of one attribute value or one text. */
  maxText: number;
}

export const requestLimits: XmlLimits = { maxDepth: 32, maxElements: 10_000, maxAttributes: 64, maxText: 256 * 1024 };
export const eventLimits: XmlLimits = {
  maxDepth: 64,
  maxElements: 5_000_000,
  maxAttributes: 512,
  maxText: 16 * 1024 * 1024,
};

/** The text is not well-formed, carries a doctype, or exceeds a limit. The message names line and column. */
export class XmlError extends Error {
  readonly line: number;
  readonly column: number;
  constructor(message: string, line: number, column: number) {
    super(`${message} (line ${line}, column ${column})`);
    this.name = 'XmlError';
    this.line = line;
    this.column = column;
  }
}

/** What a reader is told, in document order. `depth` is 0 for the root element; attributes are lent for the call. */
export interface XmlHandlers {
  open(name: string, attributes: XmlAttributes, depth: number): void;
  close?(name: string, depth: number): void;
  /** A piece of the innermost open element's character data. */
  text?(chunk: string): void;
}

export interface XmlReader {
  /** The next piece of the document. @throws XmlError, and what a handler throws */
  write(chunk: string): void;
  /** The document is over. @throws XmlError when it was not */
  close(): void;
}

/** Reads a document piece by piece, for bodies too large for memory. */
export function openXmlReader(handlers: XmlHandlers, limits: XmlLimits = requestLimits): XmlReader {
  const parser = new SaxesParser({ xmlns: false, position: true });
  const attributes = new XmlAttributes();
  /** Characters of text so far of each open element. */
  const lengths: number[] = [];
  const names: string[] = [];
  let elements = 0;
  const fail = (message: string): never => {
    throw new XmlError(message, parser.line, parser.column);
  };

  parser.on('error', (error) => fail(error.message.replace(/^\d+:\d+: /, '')));
  parser.on('doctype', () => fail('a document type declaration is not accepted'));
  parser.on('attribute', ({ name, value }) => {
    if (attributes.count >= limits.maxAttributes) fail(`more than ${limits.maxAttributes} attributes on one element`);
    if (value.length > limits.maxText) fail(`attribute ${name.slice(0, 40)} is too long`);
    attributes.add(name, value);
  });
  parser.on('opentag', (tag) => {
    const depth = names.length;
    if (depth >= limits.maxDepth) fail(`more than ${limits.maxDepth} nested elements`);
    if (++elements > limits.maxElements) fail(`more than ${limits.maxElements} elements`);
    names.push(tag.name);
    lengths.push(0);
    handlers.open(tag.name, attributes, depth);
    attributes.clear();
  });
  const addText = (chunk: string): void => {
    const depth = names.length - 1;
    if (depth < 0) return;
    if ((lengths[depth]! += chunk.length) > limits.maxText) fail(`text of ${names[depth]} is too long`);
    handlers.text?.(chunk);
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => {
    lengths.pop();
    const name = names.pop()!;
    handlers.close?.(name, names.length);
  });

  return {
    // Saxes skips a leading BOM only at the very start of the first chunk.
    write: (chunk) => void parser.write(chunk),
    close: () => {
      parser.close();
      if (elements === 0) fail('no root element');
    },
  };
}

/** Reads one document from its pieces. What a handler throws goes through. @throws XmlError */
export function readXml(chunks: Iterable<string>, handlers: XmlHandlers, limits: XmlLimits = requestLimits): void {
  const reader = openXmlReader(handlers, limits);
  for (const chunk of chunks) reader.write(chunk);
  reader.close();
}

class TreeBuilder implements XmlHandlers {
  readonly #open: XmlElement[] = [];
  root: XmlElement | undefined;

  open(name: string, attributes: XmlAttributes): void {
    const element: XmlElement = { name, attributes: attributes.toRecord(), children: [], text: '' };
    const parent = this.#open.at(-1);
    if (parent === undefined) this.root ??= element;
    else parent.children.push(element);
    this.#open.push(element);
  }

  text(chunk: string): void {
    this.#open.at(-1)!.text += chunk;
  }

  close(): void {
    this.#open.pop();
  }
}

/**
 * Reads one document into a small tree.
 * @throws XmlError
 */
export function parseXml(text: string, limits: XmlLimits = requestLimits): XmlElement {
  const quick = new TreeBuilder();
  if (scanXml(text, quick, limits)) return quick.root!;
  const strict = new TreeBuilder();
  readXml([text], strict, limits);
  return strict.root!;
}

/** First child of that name; names are compared as written. */
export function child(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((candidate) => candidate.name === name);
}

export function childrenNamed(element: XmlElement | undefined, name: string): XmlElement[] {
  return element?.children.filter((candidate) => candidate.name === name) ?? [];
}

const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};
const NEEDS_ESCAPE = /[&<>"'\t\n\r]/g;
// Characters that no XML 1.0 document may hold: they are left out, since no reader would accept the document.

const NOT_XML =
  /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

/** Escapes a value for an attribute or for text. */
export function escapeXml(value: string): string {
  return value.replace(NOT_XML, '').replace(NEEDS_ESCAPE, (character) => ESCAPES[character]!);
}

/** XML text that needs no more escaping; made by the `xml` tag only. */
export class XmlText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toString(): string {
    return this.text;
  }
}

type Part = XmlText | readonly XmlText[] | string | number | boolean | null | undefined;

/**
 * Template for unique replies: every interpolated value is escaped, but for nested `xml` results.
 * @example xml`<package guid="${braces(guid)}"/>`.text
 */
export function xml(strings: TemplateStringsArray, ...parts: Part[]): XmlText {
  let text = strings[0]!;
  parts.forEach((part, index) => {
    if (part instanceof XmlText) text += part.text;
    else if (Array.isArray(part)) text += part.join('');
    else if (part !== null && part !== undefined) text += escapeXml(String(part));
    text += strings[index + 1]!;
  });
  return new XmlText(text);
}

export const XML_DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n';
