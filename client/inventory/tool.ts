import { execFile } from 'node:child_process';
import { readIfThere } from '../base/files.ts';

/** Standard output of a program of the operating system, or empty text: inventory takes what it can get. */
export function outputOf(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(program, args, { timeout: 30_000, maxBuffer: 4 * 1024 * 1024, windowsHide: true }, (error, stdout) =>
      resolve(error === null ? stdout : ''),
    );
  });
}

/** Content of a file, or empty text when it is missing or closed to this user. */
export function textOf(path: string): string {
  try {
    return readIfThere(path) ?? '';
  } catch {
    return '';
  }
}
