/** Where in a text the reason says the fault is, so that the page can mark it. */

export interface MarkedText {
  before: string;
  /** The character at fault; empty when the reason names no place, or one that is not in the text. */
  fault: string;
  after: string;
}

/** As wire/xml.ts words it: lines count from 1, columns tell how many characters of the line were read. */
const PLACE = /\(line (\d{1,9}), column (\d{1,9})\)/;

export function markFault(text: string, reason: string): MarkedText {
  const none = { before: text, fault: '', after: '' };
  const place = PLACE.exec(reason);
  if (place === null) return none;
  const start = lineStart(text, Number(place[1]));
  if (start === undefined) return none;
  // Columns count characters, a string counts UTF-16 units.
  const line = Array.from(/^[^\r\n]*/.exec(text.slice(start))![0]);
  const column = Math.max(0, Number(place[2]) - 1);
  const fault = line[column];
  if (fault === undefined) return none;
  const at = start + line.slice(0, column).join('').length;
  return { before: text.slice(0, at), fault, after: text.slice(at + fault.length) };
}

/** Where a line begins, the first being 1; `undefined` when there are fewer. */
function lineStart(text: string, line: number): number | undefined {
  const ends = /\r\n|\r|\n/g;
  for (let passed = 1; passed < line; passed++) if (ends.exec(text) === null) return undefined;
  return ends.lastIndex;
}
