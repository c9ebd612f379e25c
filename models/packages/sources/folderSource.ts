/** A folder on the server. */
import { isAbsolute } from 'node:path';
import { locateFolder } from './locateFolder.ts';
import { faultsOf, type PackageSource } from './source.ts';

export { explainFileError } from './locateFolder.ts';

export const folderSource: PackageSource = {
  kind: 'folder',

  async check(address, limits, mustExist) {
    const fault = (message: string) => [{ field: 'sourcePath', message }];
    if (address === '') return fault('Enter the folder that holds the files.');
    if (!isAbsolute(address)) return fault('Enter the whole path of the folder.');
    return faultsOf(locateFolder(address, limits), mustExist);
  },

  locate: (address, limits) => locateFolder(address, limits),
  folder: (address, limits) => locateFolder(address, limits),
};
