/**
 * A folder of a share. Windows opens it by its name, as the account that the server runs under; elsewhere the share is
 * mounted, with the credentials of the mount, and a setting says where. No password is kept here.
 */
import { readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { explainFileError, isWithin, locateFolder } from './locateFolder.ts';
import { faultsOf, SourceProblem, type PackageSource, type SourceLimits } from './source.ts';
import { mountOf, parseUnc, uncText } from './uncPath.ts';

export const uncSource: PackageSource = {
  kind: 'unc',

  async check(address, limits, mustExist) {
    const parts = parseUnc(address);
    if (typeof parts === 'string') return [{ field: 'sourcePath', message: parts }];
    return faultsOf(locateShare(address, limits), mustExist);
  },

  locate: (address, limits) => locateShare(address, limits),
  folder: (address, limits) => locateShare(address, limits),
};

/** @throws SourceProblem */
export async function locateShare(
  address: string,
  limits: SourceLimits,
  platform: NodeJS.Platform = process.platform,
): Promise<string> {
  const parts = parseUnc(address);
  if (typeof parts === 'string') throw new SourceProblem('failed', parts);
  const shown = uncText(parts);
  if (platform === 'win32') return locateFolder(shown, limits);
  const mount = mountOf(parts, limits.mounts);
  if (mount === undefined) {
    throw new SourceProblem(
      'failed',
      `This server does not know where ${uncText(parts.slice(0, 2))} is mounted: an administrator of the machine adds it to NS_SHARE_MOUNTS.`,
    );
  }
  await rejectUnmounted(mount.folder, shown);
  const path = join(mount.folder, ...parts.slice(mount.share.length));
  const folder = await locateFolder(path, limits, `${shown} (${path})`);
  // A link in the share could lead anywhere on this machine.
  if (!isWithin(folder, await realpath(mount.folder))) {
    throw new SourceProblem('failed', `${shown} leads out of its share.`);
  }
  return folder;
}

/** Without its share a mount point is an empty folder: a package of no files would be published. */
async function rejectUnmounted(folder: string, shown: string): Promise<void> {
  const label = `${shown} (${folder})`;
  const names = await readdir(folder).catch((error: unknown) => {
    throw explainFileError(error, label);
  });
  if (names.length > 0) return;
  throw new SourceProblem('source_missing', `${label} is empty: the share is not mounted, it seems.`);
}
