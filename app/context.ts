/**
 * What every route, service and command is handed. Built by hand in one place, `createContext`; nothing else in the
 * product opens a database, reads a setting or looks at the clock.
 */
import type { Logger } from 'pino';
import type { AgentDirectory } from '../models/agents/directory.ts';
import type { AgentTokens } from '../models/agents/tokens.ts';
import type { Clock } from '../models/clock.ts';
import type { AnyCmdb } from '../models/cmdb/open.ts';
import type { ContactRecorder } from '../models/computers/contacts.ts';
import type { EventQueue } from '../models/events/queue.ts';
import type { ProducerTally } from '../models/events/producers.ts';
import type { Counters } from '../models/metrics/counters.ts';
import type { PackageCatalogue } from '../models/packages/catalogue.ts';
import type { PackageServerIndex } from '../models/packageServers/packageServerIndex.ts';
import type { PackageServerPolicies } from '../models/packageServers/wantedPackages.ts';
import type { PolicyIndex } from '../models/policies/policyIndex.ts';
import type { ReportRuns } from '../models/reports/reportRuns.ts';
import type { ServerSecrets } from '../models/secrets/secrets.ts';
import type { SiteIndex } from '../models/sites/siteIndex.ts';
import type { describeSettings, LoadedSettings, Settings } from './config.ts';

export interface ServerCertificate {
  /** PEM of certificate (chain) and private key, or a PFX with its passphrase: as node:https takes them. */
  tls: { cert: string | Buffer; key: string | Buffer; passphrase?: string } | { pfx: Buffer; passphrase?: string };
  /** The certificate alone, PEM: what GetServerCertificate.aspx answers. */
  pem: string;
  /** SHA-256 of the certificate's public key (SPKI, DER), lower-case hex: what enrolment tokens carry and agents pin. */
  pin: string;
  notAfter: Date;
  selfSigned: boolean;
}

export interface AppContext {
  readonly settings: Settings;
  readonly loadedSettings: LoadedSettings;
  /** Every setting as it may be shown, secrets hidden. */
  readonly describedSettings: ReturnType<typeof describeSettings>;
  /** The product's version. */
  readonly version: string;
  readonly log: Logger;
  readonly clock: Clock;
  readonly cmdb: AnyCmdb;
  readonly secrets: ServerSecrets;
  readonly certificate: ServerCertificate;
  /** What agents are told to call: scheme, host and port, no trailing slash. */
  readonly publicUrl: string;
  readonly agents: AgentDirectory;
  readonly tokens: AgentTokens;
  readonly policies: PolicyIndex;
  readonly packages: PackageCatalogue;
  readonly packageServers: PackageServerIndex;
  readonly packageServerPolicies: PackageServerPolicies;
  readonly sites: SiteIndex;
  readonly queue: EventQueue;
  readonly contacts: ContactRecorder;
  readonly counters: Counters;
  /** Who sends what is no event at all; what is one is counted by the threads that process it. */
  readonly producers: ProducerTally;
  readonly reports: ReportRuns;
}

export const PRODUCT_VERSION = '0.1.0';
