import type { AgentLog } from '../../client/base/log.ts';
import { hashOf } from '../../client/packages/download.ts';
import type { ContentStore } from './contentStore.ts';

/**
 * Hashes everything that is held. Damaged content goes, and versions with it are served no longer until they are whole
 * again. Answers how many contents were damaged.
 */
export async function verifyContent(store: ContentStore, log: AgentLog, signal: AbortSignal): Promise<number> {
  const sound = new Map<string, boolean>();
  for (const guid of store.packages) {
    for (const { version, files } of store.versions(guid)) {
      let isWhole = true;
      for (const { hash } of files.values()) {
        if (signal.aborted) return 0;
        let isSound = sound.get(hash);
        if (isSound === undefined) {
          isSound = await isSoundContent(store.objectPath(hash), hash, signal);
          sound.set(hash, isSound);
          if (!isSound) await store.dropObject(hash);
        }
        isWhole &&= isSound;
      }
      if (isWhole) continue;
      log.error(`Package ${guid}, version ${version}: files were damaged on the disk; they are fetched again.`);
      await store.reopen(guid, version);
    }
  }
  const damaged = [...sound.values()].filter((isSound) => !isSound).length;
  const files = sound.size === 1 ? '1 file' : `${sound.size} files`;
  log.info(`Verified ${files}: ${damaged === 0 ? 'all are sound' : `damaged: ${damaged}`}.`);
  return damaged;
}

async function isSoundContent(path: string, hash: string, signal: AbortSignal): Promise<boolean> {
  try {
    return (await hashOf(path, signal)).digest('hex') === hash;
  } catch {
    return false;
  }
}
