/** Wiring by hand, in one place: opens, loads and connects everything that a running server has. */
import { hostname } from 'node:os';
import { join } from 'node:path';
import { mkdirSync } from 'node:fs';
import type { Logger } from 'pino';
import { AgentDirectory } from '../models/agents/directory.ts';
import { AgentTokens } from '../models/agents/tokens.ts';
import { systemClock } from '../models/clock.ts';
import { migrate } from '../models/cmdb/migrate.ts';
import { openCmdb, type AnyCmdb } from '../models/cmdb/open.ts';
import { ContactRecorder } from '../models/computers/contacts.ts';
import { openEventQueue } from '../models/events/openQueue.ts';
import type { LimitChanges } from '../models/events/queueLimits.ts';
import { ProducerTally } from '../models/events/producers.ts';
import { Counters } from '../models/metrics/counters.ts';
import { PackageCatalogue } from '../models/packages/catalogue.ts';
import { PackageServerIndex } from '../models/packageServers/packageServerIndex.ts';
import { PackageServerPolicies } from '../models/packageServers/wantedPackages.ts';
import { PolicyIndex } from '../models/policies/policyIndex.ts';
import { openReports } from '../models/reports/openReports.ts';
import { loadMasterKey, loadSecrets } from '../models/secrets/secrets.ts';
import { writeSetting } from '../models/settings/settingStore.ts';
import { SiteIndex } from '../models/sites/siteIndex.ts';
import { loadCertificate } from './certificate.ts';
import { describeSettings, type LoadedSettings, type Settings } from './config.ts';
import { PRODUCT_VERSION, type AppContext } from './context.ts';

/** What agents are told to call, when nobody said it: the safest scheme that is served, this machine's name. */
export function defaultPublicUrl(settings: Settings): string {
  if (settings.publicUrl !== '') return settings.publicUrl;
  const name = settings.host === '' ? hostname() : settings.host.includes(':') ? `[${settings.host}]` : settings.host;
  const secure = settings.httpsPort !== 0;
  const port = secure ? settings.httpsPort : settings.httpPort;
  const suffix = port === (secure ? 443 : 80) ? '' : `:${port}`;
  return `${secure ? 'https' : 'http'}://${name}${suffix}`;
}

/** @throws ConfigError, MasterKeyError, SchemaTooNew, CmdbUnavailable: each with a sentence for the administrator */
export async function createContext(loadedSettings: LoadedSettings, log: Logger): Promise<AppContext> {
  const { settings } = loadedSettings;
  const clock = systemClock;
  mkdirSync(settings.dataDir, { recursive: true, mode: 0o750 });
  const cmdb = await openCmdb(settings.cmdb);
  try {
    const applied = await migrate(cmdb);
    if (applied.length > 0) log.info({ applied }, 'migrated the CMDB');
    return await connect(loadedSettings, log, cmdb);
  } catch (error) {
    await cmdb.close();
    throw error;
  }

  async function connect(loaded: LoadedSettings, logger: Logger, opened: AnyCmdb): Promise<AppContext> {
    const secrets = await loadSecrets(opened, loadMasterKey(settings.masterKey, settings.dataDir), clock);
    const publicUrl = defaultPublicUrl(settings);
    // The view SWDPackageCodebase builds the server's own codebases from it.
    await opened.transaction((session) => writeSetting(session, clock, 'server.publicUrl', publicUrl, 'system'));
    const sites = await SiteIndex.load(opened);
    const packages = await PackageCatalogue.load(opened);
    const { tokenKey } = secrets;
    const packageServers = await PackageServerIndex.load(opened, { clock, tokenKey, sites });
    const more = { tokenKey, productVersion: PRODUCT_VERSION };
    const packageServerPolicies = new PackageServerPolicies(packageServers, packages, more);
    const context = {
      settings,
      loadedSettings: loaded,
      describedSettings: describeSettings(loaded),
      version: PRODUCT_VERSION,
      log: logger,
      clock,
      cmdb: opened,
      secrets,
      certificate: await loadCertificate(settings, clock.now()),
      publicUrl,
      agents: await AgentDirectory.load(opened),
      tokens: new AgentTokens(tokenKey, clock, () => secrets.signingKeys.bearersFrom),
      policies: await PolicyIndex.load(opened, {
        publicUrl,
        productVersion: PRODUCT_VERSION,
        policyIntervalSeconds: settings.policyIntervalSeconds,
        inventoryIntervalSeconds: settings.inventoryIntervalSeconds,
      }),
      packages,
      packageServers,
      packageServerPolicies,
      sites,
      queue: await openEventQueue({
        cmdb: opened,
        cmdbAddress: settings.cmdb,
        dataDir: settings.dataDir,
        limits: limitsFrom(settings),
      }),
      contacts: new ContactRecorder(opened, clock),
      counters: new Counters(opened, clock),
      producers: new ProducerTally(clock, () => 0),
    };
    context.policies.ownPolicies = (computer) => packageServerPolicies.of(computer);
    const reports = await openReports({
      cmdb: opened,
      cmdbAddress: settings.cmdb,
      reportsAddress: settings.reportsCmdb,
      queue: context.queue,
      clock,
      atOnce: settings.reportsAtOnce,
      memoryMb: settings.reportMemoryMb,
      environment: childEnvironment(),
      folder: dataFolders(settings.dataDir).reports,
      onError: (error) => logger.error({ err: error }, 'a report could not be run'),
    });
    return { ...context, reports };
  }
}

function limitsFrom(settings: Settings): LimitChanges {
  return {
    maxEvents: settings.queueMaxEvents,
    maxBytes: settings.queueMaxBytes,
    classes: settings.queueClassLimits,
    thresholds: {
      fastBytes: settings.queueFastBytes,
      slowBytes: settings.queueSlowBytes,
      largeBytes: settings.queueLargeBytes,
    },
    sender: { maxEvents: settings.queueSenderMaxEvents, maxBytes: settings.queueSenderMaxBytes },
    breakerAfter: settings.eventBreaker,
  };
}

/** What a child process needs to find its zone and its compiled code: no setting, no secret. */
function childEnvironment(): Record<string, string> {
  const { TZ, SystemRoot, NODE_COMPILE_CACHE } = process.env;
  return Object.fromEntries(
    Object.entries({ TZ, SystemRoot, NODE_COMPILE_CACHE }).filter(
      (pair): pair is [string, string] => pair[1] !== undefined,
    ),
  );
}

/** Folders below the data folder, each named once. */
export const dataFolders = (dataDir: string): { logs: string; packages: string; reports: string; spool: string } => ({
  logs: join(dataDir, 'logs'),
  packages: join(dataDir, 'packages'),
  reports: join(dataDir, 'reports'),
  spool: join(dataDir, 'spool'),
});
