/**
 * Which names a package may hold. A package goes to Windows, macOS and Linux: a name that cannot arrive everywhere, or
 * two that would become one on the way, are refused before anything is published.
 */
import { SourceProblem } from '../sources/source.ts';

export const LONGEST_PATH = 1000;

/** What Windows takes for something else than a name: a stream, a pattern, a quoted text. */
const NOT_ON_WINDOWS = /[<>:"|?*]/;
/** Its devices, with whatever extension; the superscript digits count as digits there. */
const DEVICE = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])\s*(\.|$)/i;

/** What nearly all names are made of; every rule but the one on devices is kept by them. */
const PLAIN = /^[\w.,+()= -]*[\w)]$/;

/** Quotes a name for a message: what cannot be printed is shown as its code. */
function quoted(path: string): string {
  return `"${path.replace(/[\p{Cc}\p{Cs}\uFFFD]/gu, (character) => `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`)}"`;
}

const refuse = (message: string): never => {
  throw new SourceProblem('failed', message);
};

/** @throws SourceProblem */
export function checkName(path: string, name: string): void {
  if (PLAIN.test(name) && path.length <= LONGEST_PATH && !DEVICE.test(name)) return;
  if (/\p{Cc}/u.test(name)) refuse(`The name ${quoted(path)} contains a control character.`);
  // What is no valid text on disk is read as U+FFFD, and could never be opened again under that name.
  if (name.includes('\uFFFD') || !name.isWellFormed()) refuse(`The name ${quoted(path)} is not valid Unicode text.`);
  if (name.includes('\\')) refuse(`The name ${quoted(path)} contains a backslash, which separates folders on Windows.`);
  const taken = NOT_ON_WINDOWS.exec(name);
  if (taken !== null) refuse(`The name ${quoted(path)} contains ${taken[0]}, which Windows does not allow.`);
  if (/[. ]$/.test(name)) refuse(`The name ${quoted(path)} ends with a dot or a space, which Windows drops.`);
  if (DEVICE.test(name)) refuse(`The name ${quoted(path)} is that of a device on Windows.`);
  if (path.length > LONGEST_PATH)
    refuse(`The path ${quoted(path.slice(0, 80))}… is longer than ${LONGEST_PATH} characters.`);
}

/** Names of one folder: finds two that are one on a client that ignores letter case or Unicode form. */
export class SiblingNames {
  readonly #seen = new Map<string, string>();

  /** @throws SourceProblem */
  add(path: string, name: string): void {
    const key = (PLAIN.test(name) ? name : name.normalize('NFC')).toLowerCase();
    const twin = this.#seen.get(key);
    if (twin === undefined) {
      this.#seen.set(key, name);
      return;
    }
    const difference = twin.normalize('NFC') === name.normalize('NFC') ? 'Unicode form' : 'letter case';
    refuse(
      `${quoted(path)} and its neighbour ${quoted(twin)} differ only in ${difference}: Windows and macOS take them for one.`,
    );
  }
}
