/** Looks after package servers: who has fallen silent, whether they serve what they say, and what agents have asked for. */
import type { Guid } from '../../wire/guid.ts';
import { assignTargeted } from '../../models/packageServers/assignTargeted.ts';
import { assignSite } from '../../models/packageServers/distribution.ts';
import { noteProbe } from '../../models/packageServers/noteProbe.ts';
import { REPORT_SECONDS } from '../../models/packageServers/packageServerIndex.ts';
import type { KnownServer } from '../../models/packageServers/placement.ts';
import { probe, type ProbeTarget } from '../../models/packageServers/probe.ts';
import { nextProbed } from '../../models/packageServers/nextProbed.ts';
import { ObjectStore, storeFolder } from '../../models/packages/snapshot/objectStore.ts';
import type { AppContext } from '../context.ts';
import { every, type Service } from './service.ts';

const LOOK_MS = 15_000;
const ASSIGN_MS = 1000;
/** Often enough for packages to be there before the computers that policies send for them. */
const TARGET_MS = 5 * 60_000;
/** Between two looks at a server that was well; one that was not is looked at each turn. */
const PROBE_EVERY_MS = 5 * 60_000;
/** A server that has left out two reports may be gone: a look tells, before it counts as silent. */
const OVERDUE_MS = 2.5 * REPORT_SECONDS * 1000;
/** Servers that are looked at in one turn: at 500 of them each has its look within its time. */
const PROBED_AT_ONCE = 25;

export function packageServerCare(context: AppContext): Service {
  const { log } = context;
  let failing = false;
  const onError = (error: unknown): void => {
    if (!failing) log.error({ err: error }, 'package servers cannot be looked after');
    failing = true;
  };
  const looking = every(
    LOOK_MS,
    async () => {
      await context.packageServers.look(context.cmdb);
      await probeSome(context);
      failing = false;
    },
    onError,
  );
  const assigning = every(ASSIGN_MS, () => assignWanted(context), onError);
  const targeting = every(TARGET_MS, () => assignAhead(context), onError);
  return {
    start: async () => {
      await looking.start();
      await assigning.start();
      await targeting.start();
    },
    stop: async () => void (await Promise.all([looking.stop(), assigning.stop(), targeting.stop()])),
  };
}

/** Sites get what policies will send their computers for, and give up what they have not needed for long. */
async function assignAhead({ cmdb, clock, packageServers, log }: AppContext): Promise<void> {
  const { assigned, released } = await assignTargeted(cmdb, clock, packageServers.placement.settings.releaseAfterDays);
  if (assigned + released > 0) log.info({ assigned, released }, 'packages were assigned to sites by policies');
}

async function assignWanted({ cmdb, clock, packageServers, log }: AppContext): Promise<void> {
  for (const { packageGuid, siteGuid } of packageServers.takeWanted()) {
    if (await assignSite(cmdb, clock, packageGuid, siteGuid)) {
      log.info({ packageGuid, siteGuid }, 'a package was assigned to a site, because a computer of it asked');
    }
  }
}

// When each was looked at last, by this node; every node looks for itself.
const lookedAt = new WeakMap<AppContext, Map<Guid, number>>();

async function probeSome(context: AppContext): Promise<void> {
  const now = context.clock.now();
  const times = lookedAt.get(context) ?? new Map<Guid, number>();
  lookedAt.set(context, times);
  const due = [...context.packageServers.placement.servers.values()]
    .filter(({ isSilent, record: { settings } }) => !isSilent && settings.IsEnabled === 1 && settings.IsProbed === 1)
    .filter((server) => isDue(context, server, now - (times.get(server.guid) ?? 0)))
    .slice(0, PROBED_AT_ONCE);
  await Promise.all(
    due.map(async (server) => {
      times.set(server.guid, now);
      if (await probeServer(context, server)) times.delete(server.guid);
    }),
  );
}

/** One that was well waits for its turn; one in trouble, or whose reports stay away, does not. */
function isDue({ packageServers, clock }: AppContext, { guid, record }: KnownServer, sinceLook: number): boolean {
  const sinceReport = clock.now() - (packageServers.reportedAt(guid) ?? 0);
  return record.probeProblem !== '' || sinceReport > OVERDUE_MS || sinceLook >= PROBE_EVERY_MS;
}

/** Answers whether something was wrong: the server is then looked at again at the next turn. */
export async function probeServer(context: AppContext, server: KnownServer): Promise<boolean> {
  const { cmdb, clock, packages, packageServers, log } = context;
  const packageGuid = await nextProbed(cmdb, server.guid);
  const target = packageGuid === undefined ? undefined : await targetIn(context, packageGuid);
  if (target === undefined) return false;
  const store = new ObjectStore(storeFolder(context.settings.dataDir));
  const found = await probe(server, target, { store, now: clock.now() });
  // A package that was published anew while we looked is another one now.
  if (packages.get(target.packageGuid)?.version !== target.version) return false;
  if (await noteProbe(cmdb, clock, server.guid, target.packageGuid, found)) {
    await packageServers.refreshServer(cmdb, server.guid);
    if (found.result !== 'good') log.warn({ server: server.name, packageGuid, result: found.result }, found.reason);
  }
  return found.result !== 'good';
}

async function targetIn({ cmdb, packages }: AppContext, packageGuid: Guid): Promise<ProbeTarget | undefined> {
  const entry = packages.get(packageGuid);
  if (entry?.version === undefined || !entry.isEnabled) return undefined;
  const files = [...((await packages.snapshot(cmdb, entry, entry.version))?.files ?? [])];
  const [path, file] = files[Math.floor(Math.random() * files.length)] ?? [];
  return path === undefined ? undefined : { packageGuid, version: entry.version, path, file: file! };
}
