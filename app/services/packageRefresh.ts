/**
 * Refreshes packages when their time has come, and cleans up after them, in lanes: a new package never waits behind a
 * large one that is only looked at again, and nobody behind a slow web server.
 */
import { utc } from '../../models/clock.ts';
import { HOUR, MINUTE } from '../../models/packages/durations.ts';
import { markSnapshotsUsed, markUsed } from '../../models/packages/markUsed.ts';
import { refreshPackage, type RefreshDeps, type RefreshOutcome } from '../../models/packages/refreshPackage.ts';
import { nextDuePackage, type RefreshLane } from '../../models/packages/requestRefresh.ts';
import { collectGarbage } from '../../models/packages/snapshot/collectGarbage.ts';
import { ObjectStore, storeFolder } from '../../models/packages/snapshot/objectStore.ts';
import { removeOldSnapshots } from '../../models/packages/snapshot/removeOldSnapshots.ts';
import { keepRule } from '../../models/packages/snapshot/snapshotNeeds.ts';
import { sourceLimits } from '../../models/packages/sources/sources.ts';
import { removeLeftMirrors } from '../../models/packages/sources/url/removeLeftMirrors.ts';
import type { Guid } from '../../wire/guid.ts';
import type { AppContext } from '../context.ts';
import { every, type Service } from './service.ts';

const LOOK_MS = 2000;
const CLEAN_MS = MINUTE;
const COLLECT_MS = 24 * HOUR;
/** One package at a time in each; two that are fetched from the web mostly wait. */
const LANES: readonly RefreshLane[] = ['first', 'again', 'fetched', 'fetched'];

export function packageRefresh(context: AppContext): Service {
  const deps = refreshDeps(context);
  const stopping = new AbortController();
  const onError = onceInARow((error) => context.log.error({ err: error }, 'packages cannot be refreshed'));
  const lanes = LANES.map((lane) =>
    every(LOOK_MS, () => refreshDue(context, deps, lane, stopping.signal).then(onError.over), onError.report),
  );
  const services = [...lanes, cleaning(context, deps.store)];
  return {
    start: async () => {
      for (const service of services) await service.start();
    },
    stop: async () => {
      stopping.abort();
      await Promise.all(services.map((service) => service.stop()));
    },
  };
}

/** What a refresh needs, from a running server. */
function refreshDeps({ cmdb, clock, settings, secrets, log }: AppContext): RefreshDeps {
  return {
    cmdb,
    clock,
    store: new ObjectStore(storeFolder(settings.dataDir)),
    key: secrets,
    limits: sourceLimits(settings),
    refreshHours: settings.packageRefreshHours,
    minFreeDiskMb: settings.minFreeDiskMb,
    onUnexpected: (error, packageGuid) => log.error({ err: error, packageGuid }, 'a package refresh failed'),
  };
}

async function refreshDue(
  context: AppContext,
  deps: RefreshDeps,
  lane: RefreshLane,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const guid = await nextDuePackage(context.cmdb, context.clock, lane);
    if (guid === undefined || signal.aborted) return;
    const outcome = await refreshPackage(deps, guid, { signal });
    tell(context, guid, outcome);
    // Agents of this node need not wait for the news.
    if (outcome.result === 'published') await context.packages.refresh(context.cmdb, guid);
    if (outcome.result === 'busy' || outcome.result === 'cancelled') return;
  }
}

function tell({ log }: AppContext, packageGuid: Guid, outcome: RefreshOutcome): void {
  if (outcome.result === 'published') log.info({ packageGuid, version: outcome.version }, 'a package was published');
  if (outcome.result !== 'problem') return;
  // A source that has gone is told of once; the list of packages with problems keeps it in sight.
  if (outcome.again) log.debug({ packageGuid, state: outcome.state }, outcome.reason);
  else log.warn({ packageGuid, state: outcome.state }, outcome.reason);
}

function cleaning(context: AppContext, store: ObjectStore): Service {
  const { cmdb, clock, settings, log } = context;
  const onError = onceInARow((error) => log.error({ err: error }, 'the package store cannot be cleaned'));
  let collectAt = clock.now();
  const clean = async (): Promise<void> => {
    await markUsed(cmdb, utc(clock.now()), context.packages.takeUsed());
    await markSnapshotsUsed(cmdb, utc(clock.now()), context.packages.takeUsedSnapshots());
    const removed = await removeOldSnapshots(cmdb, clock, keepRule(settings));
    if (removed > 0) collectAt = clock.now();
    if (clock.now() >= collectAt) {
      const collected = await collectGarbage(cmdb, clock, store);
      // A build was under way: tried again at the next turn.
      if (collected === undefined) return;
      collectAt = clock.now() + COLLECT_MS;
      await removeLeftMirrors(cmdb, settings.dataDir);
      if (collected.objects > 0) log.info(collected, 'unused content was removed from the package store');
    }
    onError.over();
  };
  return every(CLEAN_MS, clean, onError.report);
}

/** Reports the first of a row of failures: what is tried every few seconds must not fill the log. */
function onceInARow(report: (error: unknown) => void): { report: (error: unknown) => void; over: () => void } {
  let failing = false;
  return {
    report: (error) => {
      if (!failing) report(error);
      failing = true;
    },
    over: () => {
      failing = false;
    },
  };
}
