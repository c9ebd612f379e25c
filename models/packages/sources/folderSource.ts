/** A folder on the server. */
import { constants } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { SourceProblem, type PackageSource, type SourceLimits } from './source.ts';

export const folderSource: PackageSource = {
  kind: 'folder',

  async check(address, limits, mustExist) {
    const fault = (message: string) => [{ field: 'sourcePath', message }];
    if (address === '') return fault('Enter the folder that holds the files.');
    if (!isAbsolute(address)) return fault('Enter the whole path of the folder.');
    try {
      await locate(address, limits);
      return [];
    } catch (error) {
      if (!(error instanceof SourceProblem)) throw error;
      // A source that has gone, or is shut for the moment, must not keep somebody from changing the other fields.
      return error.state === 'failed' || mustExist ? fault(error.message) : [];
    }
  },

  locate,
};

async function locate(address: string, limits: SourceLimits): Promise<string> {
  const folder = await resolveFolder(address);
  const store = await resolved(limits.dataDir);
  // A store that reads itself would grow with every refresh (KB 156203: destination equal to source).
  if (isWithin(folder, store) || isWithin(store, folder)) {
    throw new SourceProblem('failed', "The folder and the server's data folder must not lie in one another.");
  }
  const roots = await Promise.all(limits.roots.map(resolved));
  // Compared after links are resolved: a link in an allowed folder is no way out of it.
  if (roots.length > 0 && !roots.some((root) => isWithin(folder, root))) {
    throw new SourceProblem('failed', `The folder must lie in ${limits.roots.join(' or ')} (NS_PACKAGE_ROOTS).`);
  }
  return folder;
}

async function resolveFolder(address: string): Promise<string> {
  try {
    const folder = await realpath(address);
    if (!(await stat(folder)).isDirectory()) throw new SourceProblem('source_missing', `${address} is not a folder.`);
    await access(folder, constants.R_OK | constants.X_OK);
    return folder;
  } catch (error) {
    throw error instanceof SourceProblem ? error : explainFileError(error, address);
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

function isWithin(inner: string, outer: string): boolean {
  const path = relative(outer, inner);
  return path === '' || !(path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path));
}
