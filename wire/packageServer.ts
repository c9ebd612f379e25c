/**
 * What the server and a package server tell each other: the policy (what to hold, and how), the report (what is held) and
 * its answer. The vendor's forms are not public; these are ours.
 */
import { createHash } from 'node:crypto';
import { braces, parseGuid, type Guid } from './guid.ts';
import { AGENT_CLSID } from './wellKnown.ts';
import { child, childrenNamed, parseXml, requestLimits, xml, XML_DECLARATION, type XmlElement } from './xml.ts';

export interface WantedPackage {
  guid: Guid;
  name: string;
  /** Version and manifest hash that are current. */
  version: number;
  hash: string;
  /** Bytes. */
  size: number;
}

export interface PackageServerPolicy {
  /** 32 bytes, base64: the key of the tokens that are good at this package server. */
  tokenKey: string;
  isDraining: boolean;
  publishHttp: boolean;
  publishHttps: boolean;
  /** Whether a share that it names is offered to agents. */
  publishUnc: boolean;
  /** Left free on the disk, whatever is downloaded. */
  minFreeDiskMb: number;
  /** Hours that a package is kept after the last policy that named it. */
  unusedAfterHours: number;
  /** Hours that an older version is served after a newer one is complete. */
  keepOldHours: number;
  /** KB a second that it downloads at most; 0: as fast as it goes. */
  throttleKb: number;
  reportSeconds: number;
  /** Orders; each rises when it is given anew. */
  verifyCount: number;
  resyncCount: number;
  /** Names the list of packages to hold, which is asked for on a page of its own (wantedList.ts). */
  wantedDigest: string;
  /** Packages that are to be fetched anew; the number rises with each order. */
  refetch: ReadonlyMap<Guid, number>;
}

/** The `ClientPolicy` element. */
export function writePackageServerPolicy(policy: PackageServerPolicy): string {
  const refetch = [...policy.refetch].map(
    ([guid, orders]) => xml`<Package guid="${braces(guid)}" orders="${orders}"/>`,
  );
  return xml`<ClientPolicy agentClsid="${AGENT_CLSID.packageServer}"><PackageServer tokenKey="${policy.tokenKey}" draining="${policy.isDraining}" verify="${policy.verifyCount}" resync="${policy.resyncCount}" reportSeconds="${policy.reportSeconds}"><Publish http="${policy.publishHttp}" https="${policy.publishHttps}" unc="${policy.publishUnc}"/><Storage minFreeDiskMb="${policy.minFreeDiskMb}" unusedAfterHours="${policy.unusedAfterHours}" keepOldHours="${policy.keepOldHours}"/><Throttle kbPerSecond="${policy.throttleKb}"/><Packages digest="${policy.wantedDigest}"/>${refetch.length === 0 ? xml`` : xml`<Refetch>${refetch}</Refetch>`}</PackageServer></ClientPolicy>`
    .text;
}

/** Reads a `ClientPolicy` element of class `Altiris.PackageServer`. @throws Error when it lacks what it must have */
export function readPackageServerPolicy(clientPolicy: XmlElement): PackageServerPolicy {
  const root = child(clientPolicy, 'PackageServer');
  const own = root?.attributes ?? {};
  if (root === undefined || Buffer.from(own.tokenKey ?? '', 'base64').length !== 32) {
    throw new Error('the package-server policy has no token key');
  }
  const storage = child(root, 'Storage')?.attributes ?? {};
  const publish = child(root, 'Publish')?.attributes ?? {};
  return {
    tokenKey: own.tokenKey!,
    isDraining: own.draining === 'true',
    publishHttp: publish.http === 'true',
    publishHttps: publish.https !== 'false',
    publishUnc: publish.unc !== 'false',
    minFreeDiskMb: count(storage.minFreeDiskMb, 1024),
    unusedAfterHours: count(storage.unusedAfterHours, 168),
    keepOldHours: count(storage.keepOldHours, 24),
    throttleKb: count(child(root, 'Throttle')?.attributes.kbPerSecond, 0),
    reportSeconds: Math.max(1, count(own.reportSeconds, 60)),
    verifyCount: count(own.verify, 0),
    resyncCount: count(own.resync, 0),
    wantedDigest: child(root, 'Packages')?.attributes.digest ?? '',
    refetch: new Map(
      childrenNamed(child(root, 'Refetch'), 'Package').map(({ attributes }) => [
        wantedGuid(attributes.guid),
        count(attributes.orders, 0),
      ]),
    ),
  };
}

function wantedGuid(text: string | undefined): Guid {
  const guid = parseGuid(text);
  if (guid === undefined) throw new Error('a package of the package-server policy has no GUID');
  return guid;
}

export const HOLDING_STATES = ['ready', 'waiting', 'downloading', 'failed'] as const;
export type HoldingState = (typeof HOLDING_STATES)[number];

export interface HeldPackage {
  guid: Guid;
  /** Newest complete version and the hash of its manifest; undefined: none is complete. */
  version: number | undefined;
  hash: string;
  /** Every complete version that is served. */
  versions: number[];
  state: HoldingState;
  /** Why it failed or waits. */
  detail: string;
  doneBytes: number;
  totalBytes: number;
}

/** Stands for all packages together: computers that fetch several packages count once there. */
export const ALL_PACKAGES = '00000000-0000-0000-0000-000000000000' as Guid;

/** What computers fetched within a day. The figures of a day grow until it is over. */
export interface ClientDay {
  /** Or `ALL_PACKAGES`. */
  packageGuid: Guid;
  /** `YYYY-MM-DD`, UTC. */
  day: string;
  /** Different computers. */
  clients: number;
  requests: number;
  bytes: number;
}

export interface PackageServerReport {
  version: string;
  addresses: string[];
  /** Base addresses, no trailing slash; empty when it does not serve that scheme. */
  httpUrl: string;
  httpsUrl: string;
  /** Share that publishes the same files, as `\\\\host\\share`; empty: none. */
  uncPath: string;
  /** SHA-256 of its TLS key (SPKI), hex: how agents know it without an authority. */
  pin: string;
  freeBytes: number;
  totalBytes: number;
  storedBytes: number;
  /** Different computers that fetched something within the last day. */
  clientCount: number;
  /** Hash of the package-server policy that it has; empty: none, or not told. */
  policyHash: string;
  digest: string;
  /** Left out when the server knows the digest already. */
  packages: HeldPackage[] | undefined;
  /** Digest of the list that `packages` and `gone` change; empty: `packages` is the whole list. */
  base: string;
  gone: Guid[];
  /** Figures that are others than those told before, some of them in each report. */
  clientDays: ClientDay[];
}

/** Names a list of held packages: the same list has the same digest. */
export function holdingsDigest(packages: readonly HeldPackage[]): string {
  const lines = packages.map((held) => JSON.stringify(held)).sort();
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}

export function writeReport(report: PackageServerReport): string {
  const packages = report.packages?.map(
    (held) =>
      xml`<package guid="${braces(held.guid)}" version="${held.version ?? ''}" hash="${held.hash}" versions="${held.versions.join(' ')}" state="${held.state}" detail="${held.detail}" done="${held.doneBytes}" total="${held.totalBytes}"/>`,
  );
  const gone = report.gone.map((guid) => xml`<gone guid="${braces(guid)}"/>`);
  const days = report.clientDays.map(
    ({ packageGuid, day, clients, requests, bytes }) =>
      xml`<day package="${braces(packageGuid)}" date="${day}" clients="${clients}" requests="${requests}" bytes="${bytes}"/>`,
  );
  return (
    XML_DECLARATION +
    xml`<packageServer version="${report.version}" addresses="${report.addresses.join(' ')}" http="${report.httpUrl}" https="${report.httpsUrl}" unc="${report.uncPath}" pin="${report.pin}" free="${report.freeBytes}" total="${report.totalBytes}" stored="${report.storedBytes}" clients="${report.clientCount}" policy="${report.policyHash}" digest="${report.digest}">${
      packages === undefined ? xml`` : xml`<packages base="${report.base}">${packages}${gone}</packages>`
    }${days.length === 0 ? xml`` : xml`<clients>${days}</clients>`}</packageServer>`.text
  );
}

const reportLimits = { ...requestLimits, maxElements: 200_000 };

/** @throws XmlError, Error: what is wrong with it */
export function readReport(text: string): PackageServerReport {
  const root = parseXml(text, reportLimits);
  if (root.name !== 'packageServer') throw new Error('not a report of a package server');
  const own = root.attributes;
  const packages = child(root, 'packages');
  return {
    version: (own.version ?? '').slice(0, 60),
    addresses: (own.addresses ?? '')
      .split(' ')
      .filter((address) => /^[0-9A-Fa-f:.]{2,45}$/.test(address))
      .slice(0, 40),
    httpUrl: baseUrl(own.http, 'http:'),
    httpsUrl: baseUrl(own.https, 'https:'),
    uncPath: uncPath(own.unc),
    pin: /^[0-9a-f]{64}$/.test(own.pin ?? '') ? own.pin! : '',
    freeBytes: count(own.free, 0),
    totalBytes: count(own.total, 0),
    storedBytes: count(own.stored, 0),
    clientCount: count(own.clients, 0),
    policyHash: /^[0-9A-Fa-f]{32,64}$/.test(own.policy ?? '') ? own.policy!.toUpperCase() : '',
    digest: digestOf(own.digest),
    packages: packages === undefined ? undefined : childrenNamed(packages, 'package').map(readHeld),
    base: digestOf(packages?.attributes.base),
    gone: childrenNamed(packages, 'gone').flatMap(({ attributes }) => parseGuid(attributes.guid) ?? []),
    clientDays: childrenNamed(child(root, 'clients'), 'day').map(readClientDay),
  };
}

const digestOf = (text: string | undefined): string => (/^[0-9a-f]{64}$/.test(text ?? '') ? text! : '');

/** Scheme, host and port and nothing else: it is put in front of what agents are told to fetch. */
function baseUrl(text: string | undefined, protocol: string): string {
  if (text === undefined || text === '') return '';
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isBase = url?.protocol === protocol && url.origin === text.toLowerCase() && text.length <= 400;
  if (!isBase) throw new Error(`${text.slice(0, 100)} is not the address of a package server`);
  return url.origin;
}

/** A share, and folders below it if need be, in names that no shell or browser takes for more. */
export const isUncPath = (text: string): boolean =>
  text.length <= 200 && /^\\\\[\p{L}\p{N}.-]+(\\[\p{L}\p{N} ._$-]*[\p{L}\p{N}_$-]){1,8}$/u.test(text);

function uncPath(text: string | undefined): string {
  if (text === undefined || text === '') return '';
  if (!isUncPath(text)) throw new Error(`${text.slice(0, 100)} is not the path of a share`);
  return text;
}

function readClientDay({ attributes }: XmlElement): ClientDay {
  const packageGuid = parseGuid(attributes.package);
  const day = attributes.date ?? '';
  const isDay = /^\d{4}-\d\d-\d\d$/.test(day) && !Number.isNaN(Date.parse(day));
  if (packageGuid === undefined || !isDay) throw new Error('a day of the report has no package or no date');
  return {
    packageGuid,
    day,
    clients: count(attributes.clients, 0),
    requests: count(attributes.requests, 0),
    bytes: count(attributes.bytes, 0),
  };
}

function readHeld({ attributes }: XmlElement): HeldPackage {
  const guid = parseGuid(attributes.guid);
  const state = HOLDING_STATES.find((candidate) => candidate === attributes.state);
  if (guid === undefined || state === undefined) throw new Error('a package of the report has no GUID or no state');
  const version = count(attributes.version, 0);
  return {
    guid,
    version: version === 0 ? undefined : version,
    hash: /^[0-9a-f]{64}$/.test(attributes.hash ?? '') ? attributes.hash! : '',
    versions: (attributes.versions ?? '')
      .split(' ')
      .map(Number)
      .filter((number) => number > 0)
      .slice(0, 50),
    state,
    detail: (attributes.detail ?? '').slice(0, 1000),
    doneBytes: count(attributes.done, 0),
    totalBytes: count(attributes.total, 0),
  };
}

export interface ReportAnswer {
  /** The server does not know the digest: the next report is to list the packages. */
  wantsPackages: boolean;
  /** Hash of the policy that is in force; another one than the held: ask for policies. Empty: no package server. */
  policyHash: string;
}

export function writeReportAnswer({ wantsPackages, policyHash }: ReportAnswer): string {
  return XML_DECLARATION + xml`<packageServerAnswer wantsPackages="${wantsPackages}" policy="${policyHash}"/>`.text;
}

/** @throws XmlError, Error */
export function readReportAnswer(text: string): ReportAnswer {
  const { name, attributes } = parseXml(text);
  if (name !== 'packageServerAnswer') throw new Error('not an answer to a report');
  return { wantsPackages: attributes.wantsPackages === 'true', policyHash: attributes.policy ?? '' };
}

/** A whole number from 0 up that JavaScript holds exactly. */
function count(text: string | undefined, whenMissing: number): number {
  const number = Number(text);
  return text !== undefined && text !== '' && Number.isSafeInteger(number) && number >= 0 ? number : whenMissing;
}
