/** Names of shares, `\\server\share\path`, and where this machine has them mounted. */
import { isAbsolute } from 'node:path';

/** A share, or a folder of one, and the folder of this machine that shows it. */
export interface ShareMount {
  /** Server, share, folders. */
  share: readonly string[];
  folder: string;
}

// What no name of Windows may hold. `?` and `.` as a server would be the device names \\?\ and \\.\.
const NO_NAME = /[<>:"|?*\p{Cc}]/u;

/** Server, share and folders of `\\server\share\folder`, either slash; or a sentence that says what is wrong. */
export function parseUnc(text: string): string[] | string {
  const match = /^[\\/]{2}([^\\/].*?)[\\/]?$/.exec(text);
  if (match === null) return 'Enter the share as \\\\server\\share\\folder.';
  const parts = match[1]!.split(/[\\/]/);
  if (parts.length < 2) return 'Name a share of the server: \\\\server\\share\\folder.';
  const wrong = parts.find((part) => part === '' || part === '.' || part === '..' || NO_NAME.test(part));
  if (wrong !== undefined) return `"${wrong}" cannot be a part of a share's path.`;
  return parts;
}

/** The usual spelling. */
export const uncText = (parts: readonly string[]): string => `\\\\${parts.join('\\')}`;

/** The mount that shows a folder: of those that begin alike the longest. Windows ignores letter case, and so does this. */
export function mountOf(parts: readonly string[], mounts: readonly ShareMount[]): ShareMount | undefined {
  const shows = ({ share }: ShareMount): boolean =>
    share.length <= parts.length && share.every((part, index) => fold(part) === fold(parts[index]!));
  return mounts.filter(shows).sort((a, b) => b.share.length - a.share.length)[0];
}

const fold = (text: string): string => text.normalize('NFC').toLowerCase();

/**
 * `\\server\share=/mnt/share;//other/data=/mnt/data`. A mount's path may hold the separators: the next entry begins
 * where two slashes follow one.
 * @throws Error with the rest of a sentence that begins with the setting's name
 */
export function parseShareMounts(text: string): ShareMount[] {
  const entries = text.split(/[;,](?=\s*[\\/]{2})/).filter((entry) => entry.trim() !== '');
  const mounts = entries.map((entry) => {
    const [, name = '', folder = ''] = /^([^=]*)=(.*)$/.exec(entry) ?? [];
    const share = parseUnc(name.trim());
    if (typeof share === 'string' || !isAbsolute(folder.trim())) {
      throw new Error('must be a list such as \\\\server\\share=/mnt/share;\\\\other\\data=/mnt/data');
    }
    return { share, folder: folder.trim() };
  });
  const names = mounts.map(({ share }) => fold(uncText(share)));
  if (new Set(names).size < names.length) throw new Error('names a share twice');
  return mounts;
}
