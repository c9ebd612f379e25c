/**
 * Packages that no policy names any more are kept for CleanupAfter minutes; the countdown starts when a policy update
 * no longer refers to them (KB 181848). 0 minutes: kept for good.
 */
import type { Guid } from '../../wire/guid.ts';
import type { SoftwarePackage } from '../../wire/softwareDelivery.ts';
import type { AgentLog } from '../../client/base/log.ts';
import type { PackageStore } from './store.ts';

/** Call it after each policy update. `inUse`: folders in which a program runs. Times in milliseconds since 1970. */
export function cleanUpPackages(
  store: PackageStore,
  wanted: ReadonlyMap<Guid, SoftwarePackage>,
  inUse: ReadonlySet<string>,
  log: AgentLog,
  now: number,
): void {
  for (const guid of store.packages) {
    const software = wanted.get(guid);
    const usage = store.usage(guid);
    if (software !== undefined) {
      const { cleanupAfterMinutes } = software;
      if (usage.expiredAt !== undefined || usage.cleanupAfterMinutes !== cleanupAfterMinutes) {
        store.setUsage(guid, { cleanupAfterMinutes });
      }
      const newest = store.versions(guid)[0];
      if (newest !== undefined && newest >= software.internalVersion) store.discardOthers(guid, newest, inUse);
      continue;
    }
    const expiredAt = usage.expiredAt ?? now;
    if (usage.expiredAt === undefined) store.setUsage(guid, { ...usage, expiredAt });
    const isOver = usage.cleanupAfterMinutes > 0 && now >= expiredAt + usage.cleanupAfterMinutes * 60_000;
    if (!isOver || store.isInUse(guid, inUse)) continue;
    store.remove(guid);
    log.info(`Package ${guid} is no longer wanted: its files were removed.`);
  }
}
