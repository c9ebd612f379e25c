import { statfs } from 'node:fs/promises';
import { parse } from 'node:path';

/**
 * Whether one of the drives has so much room: "Estimated disk space: the agent checks that one drive has it" (HOWTO5579).
 * Looked at are the drive of the folder and that of the system.
 */
export async function hasDiskSpace(folder: string, neededKb: number): Promise<boolean> {
  if (neededKb <= 0) return true;
  for (const place of new Set([folder, parse(folder).root, process.env.SystemDrive ?? '/'])) {
    try {
      const { bavail, bsize } = await statfs(place);
      if (bavail * bsize >= neededKb * 1024) return true;
    } catch {
      // A drive that cannot be asked has no room for anything.
    }
  }
  return false;
}
