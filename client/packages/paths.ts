/**
 * A manifest's path may only name a file below the package's folder. The signature proves who wrote it, not that it
 * does no harm: a path that leaves the folder, or means something else to the operating system, is refused even so.
 */
import { join, resolve, sep } from 'node:path';
import type { ManifestFile } from '../../wire/manifest.ts';

export class UnsafePath extends Error {
  override name = 'UnsafePath';
  constructor(path: string, reason: string) {
    super(`The manifest names "${path.slice(0, 200)}", which ${reason}.`);
  }
}

const LONGEST_PATH = 4096;
const LONGEST_SEGMENT = 255;
// Devices of Windows, with whatever extension; the superscript digits count as digits there.
const DEVICE = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i;

const CONTROL = /[\u0000-\u001F\u007F]/;

/** @throws UnsafePath */
export function checkPath(path: string, platform: NodeJS.Platform = process.platform): void {
  const fail = (reason: string): never => {
    throw new UnsafePath(path, reason);
  };
  if (path === '' || path.length > LONGEST_PATH) fail('is empty or too long');
  if (CONTROL.test(path)) fail('holds control characters');
  if (path.includes('\\')) fail('holds a backslash');
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path)) fail('is not relative');
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.' || segment === '..') fail('has an empty, . or .. part');
    if (Buffer.byteLength(segment) > LONGEST_SEGMENT) fail('has a part that is too long');
    if (platform === 'win32') checkWindowsName(segment, fail);
  }
}

function checkWindowsName(segment: string, fail: (reason: string) => never): void {
  // A colon would open an alternate stream, a dot or space at the end is dropped: another file than the one named.
  if (/[<>:"|?*]/.test(segment)) fail('holds a character that Windows does not allow');
  if (/[. ]$/.test(segment)) fail('has a part that ends with a dot or a space');
  if (DEVICE.test(segment)) fail('is the name of a device');
}

/**
 * All paths of a manifest together: each safe, none twice where letter case does not count, no file where another
 * needs a folder.
 * @throws UnsafePath
 */
export function checkPaths(files: readonly ManifestFile[], platform: NodeJS.Platform = process.platform): void {
  const fold = (path: string): string => path.normalize('NFC').toLowerCase();
  const names = new Set<string>();
  for (const { path } of files) {
    checkPath(path, platform);
    const name = fold(path);
    if (names.has(name)) throw new UnsafePath(path, 'is there twice where letter case does not count');
    names.add(name);
  }
  const plainFiles = new Set(files.filter((file) => !file.folder).map((file) => fold(file.path)));
  for (const { path } of files) {
    const name = fold(path);
    for (let slash = name.indexOf('/'); slash !== -1; slash = name.indexOf('/', slash + 1)) {
      if (plainFiles.has(name.slice(0, slash))) throw new UnsafePath(path, 'lies below a file');
    }
  }
}

/** The place of a checked path below a folder; looks once more that it is below. @throws UnsafePath */
export function placeOf(folder: string, path: string): string {
  checkPath(path);
  const root = resolve(folder);
  const place = resolve(join(root, path));
  if (!place.startsWith(root + sep)) throw new UnsafePath(path, 'leaves the folder of the package');
  return place;
}
