/**
 * Names that come from elsewhere, judged before anything is written under them: the scan of the folder comes too late
 * for a name that leads out of it, and for two that are one on this machine's disk.
 */
import { checkName, SiblingNames } from '../../snapshot/nameRules.ts';
import { SourceProblem } from '../source.ts';

/** Bytes of a name that file systems take. */
const LONGEST_NAME = 255;
const MOST_ENTRIES = 1_000_000;

export class ArrivingNames {
  /** By path; true for a folder. */
  readonly #kinds = new Map<string, boolean>([['', true]]);
  readonly #siblings = new Map<string, SiblingNames>();

  /** The path as it is written below the folder; empty for the folder itself. @throws SourceProblem */
  add(given: string, isFolder: boolean): string {
    const path = given.replace(/^(\.\/+)+/, '').replace(/\/+$/, '');
    if (path === '' || path === '.') return '';
    if (path.startsWith('/') || /^[A-Za-z]:/.test(path)) refuse(`"${shown(path)}" is not a path below the source.`);
    const parts = path.split('/');
    for (const [index, part] of parts.entries()) {
      if (part === '' || part === '.' || part === '..') refuse(`"${shown(path)}" is not a path below the source.`);
      if (Buffer.byteLength(part) > LONGEST_NAME) refuse(`"${shown(part)}" is too long for a name.`);
      const isLast = index === parts.length - 1;
      this.#enter(parts.slice(0, index).join('/'), part, isLast && !isFolder);
    }
    return path;
  }

  #enter(parent: string, name: string, isFile: boolean): void {
    const path = parent === '' ? name : `${parent}/${name}`;
    const known = this.#kinds.get(path);
    if (known !== undefined) {
      // A folder may be named as often as there are files in it.
      if (isFile || !known) refuse(`"${shown(path)}" is there twice.`);
      return;
    }
    checkName(path, name);
    let siblings = this.#siblings.get(parent);
    if (siblings === undefined) this.#siblings.set(parent, (siblings = new SiblingNames()));
    siblings.add(path, name);
    this.#kinds.set(path, !isFile);
    if (this.#kinds.size > MOST_ENTRIES) refuse(`The source holds more than ${MOST_ENTRIES} files.`);
  }
}

const shown = (path: string): string => path.slice(0, 200).replace(/\p{Cc}/gu, '?');

function refuse(message: string): never {
  throw new SourceProblem('failed', message);
}
