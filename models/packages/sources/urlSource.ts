/**
 * A list of files or an archive on a web server. It is brought into a folder of its own below the data folder first;
 * the snapshot is made of that folder like of any other, so that only what has changed is read.
 */
import type { MirrorMethods } from './url/mirrorThread.ts';
import type { MirrorJob } from './url/mirror.ts';
import { parseAddress } from './url/reachable.ts';
import { Thread } from '../snapshot/threadCalls.ts';
import { SourceProblem, type PackageSource } from './source.ts';

/** A list of the longest kind, twice: as it came, and as it is known. */
const MEMORY = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 32 };

export const urlSource: PackageSource = {
  kind: 'url',

  // Without a look at the server: one that is slow must not hold up a form. The refresh begins within seconds.
  async check(address, limits) {
    const url = parseAddress(address, limits.url);
    return typeof url === 'string' ? [{ field: 'sourcePath', message: url }] : [];
  },

  async locate(address, limits, { packageGuid, reserveBytes, signal, onProgress }) {
    signal.throwIfAborted();
    const job: MirrorJob = { packageGuid, address, dataDir: limits.dataDir, limits: limits.url, reserveBytes };
    const script = new URL('./url/mirrorThread.ts', import.meta.url);
    const thread = new Thread<MirrorMethods>(script, job, { onProgress, limits: MEMORY });
    // Ending the thread rejects the call.
    const abort = (): void => void thread.end();
    signal.addEventListener('abort', abort, { once: true });
    try {
      return await thread.call('bring');
    } catch (error) {
      signal.throwIfAborted();
      throw explainDisk(error);
    } finally {
      signal.removeEventListener('abort', abort);
      await thread.end();
    }
  },
};

function explainDisk(error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new SourceProblem('failed', 'The disk is full: the source cannot be fetched.', { cause: error });
}
