/**
 * THE table of settings. Everything that can be set is a row here, with its environment name, default and help;
 * `ns config` and docs/configuration.md print it.
 */
import { join, resolve } from 'node:path';
import { CAPTURE_ITEM, DATA_CLASS } from '../../wire/wellKnown.ts';
import { FAST_BYTES, LARGE_BYTES, SLOW_BYTES } from '../../models/events/queueClasses.ts';
import { BREAKER_AFTER, SENDER_BUDGET } from '../../models/events/queueLimits.ts';
import { parseShareMounts } from '../../models/packages/sources/uncPath.ts';
import { otherGuids } from './otherGuids.ts';
import {
  addressRanges,
  classBudgets,
  cmdbAddress,
  flag,
  httpUrl,
  integer,
  MB,
  oneOf,
  reportsAddress,
  text,
  trustProxy,
  type Parser,
} from './parse.ts';

export interface Row<T> {
  env: string;
  parse: Parser<T>;
  /** As text, as somebody would type it. A function where it hangs on other settings. */
  default: string | ((settings: { dataDir: string }) => string);
  secret?: true;
  help: string;
}

export const SETTINGS = {
  dataDir: {
    env: 'NS_DATA_DIR',
    parse: resolve as Parser<string>,
    default: './data',
    help: 'Folder of everything the server keeps: embedded CMDB, event queue, package store, certificate, logs.',
  },
  cmdb: {
    env: 'NS_CMDB',
    parse: cmdbAddress,
    default: ({ dataDir }) => `sqlite:${join(dataDir, 'cmdb.sqlite')}`,
    secret: true,
    help: 'The CMDB: sqlite:<file>, or mssql://user:password@host:1433/Symantec_CMDB?encrypt=true&trustServerCertificate=true.',
  },
  host: { env: 'NS_HOST', parse: text, default: '', help: 'Address to bind; empty binds all.' },
  httpPort: {
    env: 'NS_HTTP_PORT',
    parse: integer(0, 65535),
    default: '8080',
    help: 'Port for HTTP; 0 switches it off. 80 in production.',
  },
  httpsPort: {
    env: 'NS_HTTPS_PORT',
    parse: integer(0, 65535),
    default: '8443',
    help: 'Port for HTTPS; 0 switches it off. 443 in production.',
  },
  publicUrl: {
    env: 'NS_PUBLIC_URL',
    parse: httpUrl,
    default: '',
    help: 'What agents are told to call, for example https://ns1.example.com. Empty: made of host name and port.',
  },
  requireHttps: {
    env: 'NS_REQUIRE_HTTPS',
    parse: flag,
    default: 'true',
    help: 'Plain HTTP answers health checks and, for the console, loopback only. Set false where TLS ends elsewhere and the proxy is not trusted.',
  },
  trustProxy: {
    env: 'NS_TRUST_PROXY',
    parse: trustProxy,
    default: 'false',
    help: 'Addresses of reverse proxies whose forwarded headers (scheme, host, client address) are believed; false believes none.',
  },
  tlsCertFile: {
    env: 'NS_TLS_CERT_FILE',
    parse: text,
    default: '',
    help: 'Certificate chain (PEM). Empty: a self-signed one is made in the data folder.',
  },
  tlsKeyFile: { env: 'NS_TLS_KEY_FILE', parse: text, default: '', help: 'Private key (PEM) of the certificate.' },
  tlsPfxFile: {
    env: 'NS_TLS_PFX_FILE',
    parse: text,
    default: '',
    help: 'Certificate and key as PFX (PKCS #12), instead of the PEM pair.',
  },
  tlsPassphrase: {
    env: 'NS_TLS_PASSPHRASE',
    parse: text,
    default: '',
    secret: true,
    help: 'Passphrase of the private key or PFX.',
  },
  legacyAgents: {
    env: 'NS_LEGACY_AGENTS',
    parse: addressRanges,
    default: '',
    help: 'Address ranges from which agents that cannot prove a key (the original ones) are identified by GUID alone.',
  },
  registrationsPerMinute: {
    env: 'NS_REGISTRATIONS_PER_MINUTE',
    parse: integer(0, 1_000_000),
    default: '60',
    help: 'Unknown computers that one address may bring in a minute without a valid enrolment token; 0 sets no limit.',
  },
  masterKey: {
    env: 'NS_MASTER_KEY',
    parse: text,
    default: '',
    secret: true,
    help: 'Base64 of 32 bytes that wrap the secrets in the CMDB; all nodes need the same. Empty: master.key in the data folder, made at first start.',
  },
  adminPassword: {
    env: 'NS_ADMIN_PASSWORD',
    parse: text,
    default: '',
    secret: true,
    help: 'Password of the first administrator (user admin), used only while no console user exists. Empty: a one-time password is printed.',
  },
  logLevel: {
    env: 'NS_LOG_LEVEL',
    parse: oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
    default: 'info',
    help: 'Least severe level that is logged.',
  },
  accessLog: {
    env: 'NS_ACCESS_LOG',
    parse: flag,
    default: 'true',
    help: 'Write the W3C extended access log (IIS field names) to logs/ in the data folder.',
  },
  eventMaxBytes: {
    env: 'NS_EVENT_MAX_BYTES',
    parse: integer(1024, 2048 * MB),
    default: String(64 * MB),
    help: 'Largest accepted event body, in bytes.',
  },
  queueMaxEvents: {
    env: 'NS_QUEUE_MAX_EVENTS',
    parse: integer(1, 100_000_000),
    default: '500000',
    help: 'Events the queue holds before agents are told to wait (503).',
  },
  queueMaxBytes: {
    env: 'NS_QUEUE_MAX_BYTES',
    parse: integer(1024, Number.MAX_SAFE_INTEGER),
    default: String(4096 * MB),
    help: 'Bytes the queue holds before agents are told to wait (503).',
  },
  queueClassLimits: {
    env: 'NS_QUEUE_CLASS_LIMITS',
    parse: classBudgets,
    default: '',
    help: 'Most events and megabytes by queue class, such as fast:400000:2048,slow:1000:4096; a class that is left out takes its share of the whole.',
  },
  queueFastBytes: {
    env: 'NS_QUEUE_FAST_BYTES',
    parse: integer(0, 2048 * MB),
    default: String(FAST_BYTES),
    help: 'Events below this size are of the queue class fast.',
  },
  queueSlowBytes: {
    env: 'NS_QUEUE_SLOW_BYTES',
    parse: integer(0, 2048 * MB),
    default: String(SLOW_BYTES),
    help: 'Events from this size on are of the queue class slow.',
  },
  queueLargeBytes: {
    env: 'NS_QUEUE_LARGE_BYTES',
    parse: integer(0, 2048 * MB),
    default: String(LARGE_BYTES),
    help: 'Events above this size are of the queue class large.',
  },
  queueSenderMaxEvents: {
    env: 'NS_QUEUE_SENDER_MAX_EVENTS',
    parse: integer(1, 100_000_000),
    default: String(SENDER_BUDGET.maxEvents),
    help: 'Waiting events of one computer before it alone is told to wait (503).',
  },
  queueSenderMaxBytes: {
    env: 'NS_QUEUE_SENDER_MAX_BYTES',
    parse: integer(1024, Number.MAX_SAFE_INTEGER),
    default: String(SENDER_BUDGET.maxBytes),
    help: 'Bytes of waiting events of one computer before it alone is told to wait (503).',
  },
  eventBreaker: {
    env: 'NS_EVENT_BREAKER',
    parse: integer(0, 1_000_000),
    default: String(BREAKER_AFTER),
    help: 'Bad events in a row after which a computer is told to wait, a minute at first and an hour at most; 0 switches it off.',
  },
  eventWorkers: {
    env: 'NS_EVENT_WORKERS',
    parse: integer(0, 256),
    default: '0',
    help: 'Threads that apply events, beside one for large inventories; 0 makes it half of the cores, at least 1.',
  },
  eventInbox: {
    env: 'NS_EVENT_INBOX',
    parse: (value) => (value === 'off' ? '' : resolve(value)),
    default: ({ dataDir }) => join(dataDir, 'EventQueue', 'EvtInbox'),
    help: 'Folder from which event files are taken up; off switches it off. Whoever can write there can send inventory of any known computer.',
  },
  captureItemGuids: {
    env: 'NS_CAPTURE_ITEM_GUIDS',
    parse: otherGuids(CAPTURE_ITEM),
    default: '',
    help: 'More GUIDs of capture items, where the vendor’s are not public: taskStatus={…},swdStatus={…}. docs/events.md lists the names.',
  },
  dataClassGuids: {
    env: 'NS_DATA_CLASS_GUIDS',
    parse: otherGuids(DATA_CLASS),
    default: '',
    help: 'More GUIDs of built-in data classes, where the vendor’s are not public: tcpip={…},swdExecution={…}. docs/events.md lists the names.',
  },
  maxConcurrentConfigRequests: {
    env: 'NS_MAX_CONCURRENT_CONFIG_REQUESTS',
    parse: integer(1, 100_000),
    default: '500',
    help: 'Policy requests answered at once; one more is told to wait (503).',
  },
  maxConcurrentPackageInfoRequests: {
    env: 'NS_MAX_CONCURRENT_PACKAGE_INFO_REQUESTS',
    parse: integer(1, 100_000),
    default: '500',
    help: 'Package information requests answered at once; one more is told to wait (503).',
  },
  policyIntervalSeconds: {
    env: 'NS_POLICY_INTERVAL',
    parse: integer(1, 604_800),
    default: '3600',
    help: 'Seconds between policy requests, unless the agent settings policy says otherwise.',
  },
  inventoryIntervalSeconds: {
    env: 'NS_INVENTORY_INTERVAL',
    parse: integer(1, 2_592_000),
    default: '86400',
    help: 'Seconds between basic inventories, unless the agent settings policy says otherwise.',
  },
  packageRefreshHours: {
    env: 'NS_PACKAGE_REFRESH_HOURS',
    parse: integer(0, 8760),
    default: '24',
    help: 'Hours between looks at package sources for changes; 0 switches the schedule off.',
  },
  snapshotRetentionHours: {
    env: 'NS_SNAPSHOT_RETENTION_HOURS',
    parse: integer(1, 87_600),
    default: '168',
    help: 'Hours an older snapshot is served after a newer one was published, or after an agent last asked for it.',
  },
  snapshotNeededDays: {
    env: 'NS_SNAPSHOT_NEEDED_DAYS',
    parse: integer(0, 3650),
    default: '30',
    help: 'Days an older snapshot is kept at most, after a newer one was published, while a policy, a package server or an agent still needs it.',
  },
  packageRoots: {
    env: 'NS_PACKAGE_ROOTS',
    parse: text,
    default: '',
    help: 'Folders (separated as in PATH) that package sources must lie in; empty allows any folder the server can read.',
  },
  shareMounts: {
    env: 'NS_SHARE_MOUNTS',
    parse: parseShareMounts,
    default: '',
    help: 'Where shares are mounted on this machine, such as \\\\files\\software=/mnt/software;\\\\nas\\data=/mnt/nas, for package sources on a share. Not used on Windows, which opens them itself.',
  },
  urlSourceRanges: {
    env: 'NS_URL_SOURCE_RANGES',
    parse: addressRanges,
    default: '',
    help: 'Address ranges that package sources on the web may lie in. Empty: every address but loopback, link-local, multicast and the metadata services of clouds.',
  },
  urlSourceMaxMb: {
    env: 'NS_URL_SOURCE_MAX_MB',
    parse: integer(1, 10_000_000),
    default: '51200',
    help: 'Most MB that a package source on the web may take, as an archive and unpacked.',
  },
  watchQuietSeconds: {
    env: 'NS_WATCH_QUIET_SECONDS',
    parse: integer(1, 86_400),
    default: '30',
    help: 'Seconds without a change after which a change in a watched package folder is published: a copy that is under way must be over.',
  },
  watchPollSeconds: {
    env: 'NS_WATCH_POLL_SECONDS',
    parse: integer(1, 86_400),
    default: '120',
    help: 'Seconds between looks at a watched package folder of whose changes the system tells nothing, such as one on a share.',
  },
  sessionHours: {
    env: 'NS_SESSION_HOURS',
    parse: integer(1, 720),
    default: '10',
    help: 'Hours without a click after which a console session ends.',
  },
  minFreeDiskMb: {
    env: 'NS_MIN_FREE_DISK_MB',
    parse: integer(0, 10_000_000),
    default: '256',
    help: 'Free disk below which readiness fails and package snapshots are refused.',
  },
  reportsCmdb: {
    env: 'NS_REPORTS_CMDB',
    parse: reportsAddress,
    default: '',
    secret: true,
    help: 'Where reports run when the CMDB is on SQL Server: the same database under a login that may only read the schema reports, for example mssql://ns_report_reader:password@host:1433/Symantec_CMDB. Empty: no reports there. Not used with the embedded CMDB.',
  },
  reportsAtOnce: {
    env: 'NS_REPORTS_AT_ONCE',
    parse: integer(1, 64),
    default: '2',
    help: 'Reports that run at once; one more waits for its turn.',
  },
  reportMemoryMb: {
    env: 'NS_REPORT_MEMORY_MB',
    parse: integer(128, 65_536),
    default: '512',
    help: 'Memory, in MB, that a report on the embedded CMDB may take before it is ended.',
  },
} as const satisfies Record<string, Row<unknown>>;
