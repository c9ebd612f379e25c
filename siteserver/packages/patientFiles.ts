/**
 * Renaming and removing on Windows: a virus scanner or a client may hold a file for a moment, and the system then says
 * EPERM, EACCES or EBUSY. A moment later it works. Elsewhere nothing is tried twice.
 */
import { rmSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

const HELD = /^(EPERM|EACCES|EBUSY)$/;
const TRIES = 8;
const FIRST_PAUSE_MS = 20;

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';

/** Renames; `platform` and `move` are for tests. */
export async function renamePatiently(
  from: string,
  to: string,
  { platform = process.platform, move = rename } = {},
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await move(from, to);
    } catch (error) {
      if (platform !== 'win32' || attempt === TRIES || !HELD.test(codeOf(error))) throw error;
      await pause(FIRST_PAUSE_MS * 2 ** attempt);
    }
  }
}

/** Removes what nobody needs any more. False: it is held open; the next clean-up takes it. */
export function removeIfFree(
  path: string,
  remove: (path: string) => void = (each) => rmSync(each, { force: true }),
): boolean {
  try {
    remove(path);
    return true;
  } catch (error) {
    if (HELD.test(codeOf(error))) return false;
    throw error;
  }
}
