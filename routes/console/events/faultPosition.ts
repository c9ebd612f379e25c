/** Where in a text the reason says the fault is, so that the page can mark it. */

export interface MarkedText {
  before: string;
  /** What is at fault; empty when the reason names no place, or one that is not in the text. */
  fault: string;
  after: string;
  /** Of the fault, both from 1; 0 without one. */
  line: number;
  column: number;
  /** Number of the first line that is shown; more than 1 when the beginning was left out. */
  firstLine: number;
}

/** As wire/xml.ts words it: lines count from 1, columns tell how many characters of the line were read. */
const PLACE = /\(line (\d{1,9}), column (\d{1,9})\)/;
/** Values and GUIDs that a reason quotes from the event, and the capture item that it names. */
const QUOTED = /"([^"]{1,200})"|([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})|\bno capture item (.{1,100}?)\s*\.$/gi;

/** Marks the character at a named place, or else the first value that the reason quotes. */
export function markFault(text: string, reason: string): MarkedText {
  const found = placeOf(text, reason) ?? quotedIn(text, reason);
  if (found === undefined) return { before: text, fault: '', after: '', line: 0, column: 0, firstLine: 1 };
  const [start, end] = found;
  const before = text.slice(0, start);
  const lines = before.split(/\r\n|\r|\n/);
  return {
    before,
    fault: text.slice(start, end),
    after: text.slice(end),
    line: lines.length,
    column: Array.from(lines.at(-1)!).length + 1,
    firstLine: 1,
  };
}

function placeOf(text: string, reason: string): [number, number] | undefined {
  const place = PLACE.exec(reason);
  if (place === null) return undefined;
  const start = lineStart(text, Number(place[1]));
  if (start === undefined) return undefined;
  // Columns count characters, a string counts UTF-16 units.
  const line = Array.from(/^[^\r\n]*/.exec(text.slice(start))![0]);
  const column = Math.max(0, Number(place[2]) - 1);
  const fault = line[column];
  if (fault === undefined) return undefined;
  const at = start + line.slice(0, column).join('').length;
  return [at, at + fault.length];
}

/** Where a line begins, the first being 1; `undefined` when there are fewer. */
function lineStart(text: string, line: number): number | undefined {
  const ends = /\r\n|\r|\n/g;
  for (let passed = 1; passed < line; passed++) if (ends.exec(text) === null) return undefined;
  return ends.lastIndex;
}

function quotedIn(text: string, reason: string): [number, number] | undefined {
  const lower = text.toLowerCase();
  for (const [, quoted, guid, item] of reason.matchAll(QUOTED)) {
    const value = (quoted ?? guid ?? item)!;
    for (const spelling of [value, escaped(value)]) {
      // As a whole value first: a short one stands in the middle of many words.
      for (const edge of ['"', "'", '']) {
        const at = lower.indexOf(edge + spelling.toLowerCase() + edge);
        if (at !== -1) return [at + edge.length, at + edge.length + spelling.length];
      }
    }
  }
  return undefined;
}

const escaped = (value: string): string =>
  value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** At most `most` characters around the fault, or from the beginning. */
export function windowOf(
  marked: MarkedText,
  most: number,
): { text: MarkedText; cutBefore: boolean; cutAfter: boolean } {
  const room = marked.fault === '' ? most : Math.floor(most / 2);
  const cutBefore = marked.fault !== '' && marked.before.length > room;
  const before =
    marked.fault === ''
      ? marked.before.slice(0, room)
      : marked.before.slice(cutBefore ? lineEndAfter(marked, room) : 0);
  const left = most - before.length - marked.fault.length;
  const after = marked.after.slice(0, Math.max(0, left));
  const dropped = marked.before.length - before.length;
  const firstLine = cutBefore ? marked.before.slice(0, dropped).split(/\r\n|\r|\n/).length : 1;
  return {
    text: { ...marked, before, after, firstLine },
    cutBefore,
    cutAfter: marked.fault === '' ? before.length < marked.before.length : after.length < marked.after.length,
  };
}

/** Where the shown part begins: at a line's start when there is one near, so that line numbers mean something. */
function lineEndAfter({ before }: MarkedText, room: number): number {
  const from = before.length - room;
  const end = before.indexOf('\n', from);
  return end === -1 ? from : end + 1;
}
