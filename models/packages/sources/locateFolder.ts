/** Finds a folder on this machine, and says whether it may be a source. */
import { constants } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { SourceProblem, type SourceLimits } from './source.ts';

/**
 * The folder with links resolved.
 * @param shown what messages call it
 * @throws SourceProblem
 */
export async function locateFolder(path: string, limits: SourceLimits, shown = path): Promise<string> {
  const folder = await resolveFolder(path, shown);
  const store = await resolved(limits.dataDir);
  // A store that reads itself would grow with every refresh (KB 156203: destination equal to source).
  if (isWithin(folder, store) || isWithin(store, folder) || (await isSamePlace(folder, store))) {
    throw new SourceProblem('failed', "The folder and the server's data folder must not lie in one another.");
  }
  const roots = await Promise.all(limits.roots.map(resolved));
  // Compared after links are resolved: a link in an allowed folder is no way out of it.
  if (roots.length > 0 && !roots.some((root) => isWithin(folder, root))) {
    throw new SourceProblem('failed', `The folder must lie in ${limits.roots.join(' or ')} (NS_PACKAGE_ROOTS).`);
  }
  return folder;
}

/** @throws SourceProblem */
export async function resolveFolder(path: string, shown = path): Promise<string> {
  try {
    const folder = await realpath(path);
    if (!(await stat(folder)).isDirectory()) throw new SourceProblem('source_missing', `${shown} is not a folder.`);
    await access(folder, constants.R_OK | constants.X_OK);
    return folder;
  } catch (error) {
    throw error instanceof SourceProblem ? error : explainFileError(error, shown);
  }
}

/** A file system's complaint in the words of the package's states. */
export function explainFileError(error: unknown, path: string): SourceProblem {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new SourceProblem('source_missing', `${path} was not found.`, { cause: error });
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new SourceProblem('access_denied', `The server may not read ${path}.`, { cause: error });
  }
  return new SourceProblem('failed', `${path} cannot be read (${code ?? 'unknown reason'}).`, { cause: error });
}

async function resolved(folder: string): Promise<string> {
  try {
    return await realpath(folder);
  } catch {
    return resolve(folder);
  }
}

export function isWithin(inner: string, outer: string): boolean {
  const path = relative(outer, inner);
  return path === '' || !(path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path));
}

/** A bind mount, or this machine's own share mounted again, shows the store under another path: its inode tells. */
async function isSamePlace(folder: string, store: string): Promise<boolean> {
  const inStore = await Promise.all([store, join(store, 'packages'), join(store, 'mirrors')].map(identity));
  const [here] = await identities(folder, 1);
  const aboveFolder = await identities(folder);
  const aboveStore = await identities(store);
  return (
    aboveFolder.some((known) => inStore.includes(known)) || (here !== undefined && aboveStore.slice(1).includes(here))
  );
}

/** Of a folder and those above it, nearest first; those that cannot be told are left out. */
async function identities(folder: string, most = Infinity): Promise<string[]> {
  const found: string[] = [];
  for (let path = folder, count = 0; count < most; path = dirname(path), count++) {
    const known = await identity(path);
    if (known !== undefined) found.push(known);
    if (dirname(path) === path) break;
  }
  return found;
}

async function identity(path: string): Promise<string | undefined> {
  try {
    const { dev, ino } = await stat(path, { bigint: true });
    return ino === 0n ? undefined : `${dev} ${ino}`;
  } catch {
    return undefined;
  }
}
