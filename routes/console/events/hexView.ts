/** The beginning of a body as bytes, for what is no text. */
const BYTES_A_LINE = 16;

/** `00000010  3c 6d 65 …  <me…`, sixteen bytes a line. */
export function hexView(bytes: Uint8Array, most: number): string {
  const lines: string[] = [];
  for (let at = 0; at < Math.min(bytes.length, most); at += BYTES_A_LINE) {
    const some = [...bytes.subarray(at, Math.min(at + BYTES_A_LINE, most))];
    const hex = some.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const text = some.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
    lines.push(`${at.toString(16).padStart(8, '0')}  ${hex.padEnd(BYTES_A_LINE * 3 - 1)}  ${text}`);
  }
  return lines.join('\n');
}

/** True for what a reader would take for text: no replaced characters, and a tag at the beginning. */
export function looksLikeText(text: string): boolean {
  return !text.includes('\uFFFD') && text.trimStart().startsWith('<');
}
