/**
 * Old clients take any answer that holds the word "error" for one (agent-contract.md 4.3), and a computer may be called
 * TERROR-1, a package Error Reporter: one letter of the word is written as a character reference, which is the same to
 * an XML reader. For finished XML whose element and attribute names do not hold the word.
 */
export function withoutErrorWord(xmlText: string): string {
  return xmlText.replace(/(?<=e)r(?=ror)/gi, (letter) => `&#${letter.charCodeAt(0)};`);
}
