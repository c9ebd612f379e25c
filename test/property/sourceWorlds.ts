/** Worlds of sites, subnets and package servers, as small as they can be and still have every rule in them. */
import fc from 'fast-check';
import type { CatalogueEntry } from '../../models/packages/catalogue.ts';
import type { Sources } from '../../models/packages/codebases.ts';
import { MODE_WORDS, type Distribution, type DistributionMode } from '../../models/packageServers/distribution.ts';
import type { Holding } from '../../models/packageServers/holdingState.ts';
import { placementOf, placeServer } from '../../models/packageServers/placement.ts';
import type { ServerRecord, SiteRule } from '../../models/packageServers/records.ts';
import {
  defaultServiceSettings,
  OFFER_HTTP,
  type ServiceSettings,
} from '../../models/packageServers/serviceSettings.ts';
import type { AssignmentLink } from '../../models/sites/assignmentRows.ts';
import { SiteAssignments } from '../../models/sites/siteAssignments.ts';
import { SiteIndex } from '../../models/sites/siteIndex.ts';
import { guid, type Guid } from '../../wire/guid.ts';
import { DownloadTokens } from '../../wire/downloadToken.ts';

const numbered = (kind: number, number: number): Guid =>
  guid(`${String(kind).repeat(8)}-0000-4000-8000-${String(number).padStart(12, '0')}`);
export const siteGuid = (number: number): Guid => numbered(1, number);
export const serverGuid = (number: number): Guid => numbered(2, number);
export const computerGuid = (number: number): Guid => numbered(3, number);
const targetGuid = (number: number): Guid => numbered(4, number);
export const PACKAGE = numbered(5, 0);
export const VERSION = 7;
const HASH = 'ab'.repeat(32);

const SITES = 4;
const SERVERS = 5;
const COMPUTERS = 3;
export const SUBNETS = ['0.0.0.0/0', '10.0.0.0/8', '10.1.0.0/16', '10.1.2.0/24', '2001:db8::/32', '2001:db8:1::/48'];
export const ADDRESSES = [
  '10.1.2.3',
  '10.1.9.9',
  '10.200.0.1',
  '192.0.2.1',
  '2001:db8:1::7',
  '2001:db9::1',
  '::ffff:10.1.2.9',
  '',
];

export interface WorldSite {
  number: number;
  isInternet: boolean;
  fallback: 'server' | 'site' | 'none';
  fallbackSite: number;
  fallbackMinutes: number;
}

export interface WorldServer {
  number: number;
  address: string;
  givenSites: number[];
  isEnabled: boolean;
  isDraining: boolean;
  isConstrained: boolean;
  isProbed: boolean;
  probeProblem: string;
  isSilent: boolean;
  https: boolean;
  http: boolean;
  unc: boolean;
  share: number;
  holds: 'ready' | 'stale' | 'downloading' | 'nothing' | 'damaged';
}

/** `who`: a computer that is named itself, a list of two, or everybody. `to`: a site or a server by number. */
export interface WorldLink {
  who: 'one' | 'list' | 'all';
  computer: number;
  to: { site: number } | { server: number };
}

export interface SourceWorld {
  sites: WorldSite[];
  /** By place in SUBNETS: the site's number, null for none, undefined for no such subnet. */
  subnets: (number | null | undefined)[];
  servers: WorldServer[];
  links: WorldLink[];
  mode: DistributionMode;
  toServers: number[];
  toSites: number[];
  settings: ServiceSettings;
  isPackageEnabled: boolean;
  uncSource: boolean;
}

const site = fc.record({
  number: fc.nat(SITES - 1),
  isInternet: fc.integer({ min: 0, max: 4 }).map((number) => number === 0),
  fallback: fc.constantFrom('server', 'site', 'none'),
  fallbackSite: fc.nat(SITES - 1),
  fallbackMinutes: fc.constantFrom(0, 0, 30),
});

const mostly = fc.integer({ min: 0, max: 5 }).map((number) => number > 0);
const seldom = mostly.map((is) => !is);

const server = fc.record({
  number: fc.nat(SERVERS - 1),
  address: fc.constantFrom(...ADDRESSES.slice(0, 6)),
  givenSites: fc.oneof(fc.constant([]), fc.uniqueArray(fc.nat(SITES - 1), { maxLength: 2 })),
  isEnabled: mostly,
  isDraining: seldom,
  isConstrained: fc.boolean(),
  isProbed: fc.boolean(),
  probeProblem: fc.constantFrom('', '', '', 'no answer'),
  isSilent: seldom,
  https: mostly,
  http: fc.boolean(),
  unc: fc.boolean(),
  share: fc.constantFrom(0, 1, 100, 100, 400),
  holds: fc.constantFrom('ready', 'ready', 'ready', 'stale', 'downloading', 'nothing', 'damaged'),
});

const link = fc.record({
  who: fc.constantFrom('one', 'list', 'all'),
  computer: fc.nat(COMPUTERS - 1),
  to: fc.oneof(fc.record({ site: fc.nat(SITES - 1) }), fc.record({ server: fc.nat(SERVERS - 1) })),
});

const settings: fc.Arbitrary<ServiceSettings> = fc
  .record({
    offerHttps: mostly,
    offerHttp: fc.constantFrom(...OFFER_HTTP),
    offerUnc: fc.boolean(),
    speedTest: fc.boolean(),
    maxTryingMinutes: fc.constantFrom(0, 60),
  })
  .map((some) => ({ ...defaultServiceSettings, ...some }));

export const anyWorld: fc.Arbitrary<SourceWorld> = fc.record({
  sites: fc.uniqueArray(site, { maxLength: SITES, selector: ({ number }) => number }),
  subnets: fc.tuple(...SUBNETS.map(() => fc.constantFrom(undefined, null, 0, 1, 2, 3))),
  servers: fc.uniqueArray(server, { maxLength: SERVERS, selector: ({ number }) => number }),
  links: fc.uniqueArray(link, {
    maxLength: 3,
    selector: ({ who, computer, to }) => JSON.stringify([who, computer, to]),
  }),
  mode: fc.constantFrom('all', 'all', ...(Object.keys(MODE_WORDS) as DistributionMode[])),
  toServers: fc.uniqueArray(fc.nat(SERVERS - 1)),
  toSites: fc.uniqueArray(fc.nat(SITES - 1)),
  settings,
  isPackageEnabled: mostly,
  uncSource: fc.boolean(),
}) as fc.Arbitrary<SourceWorld>;

export interface Question {
  /** A computer, a package server that asks itself, or an address alone. */
  computer: Guid | undefined;
  addresses: string[];
  minutes: number;
}

export const anyQuestion: fc.Arbitrary<Question> = fc.record({
  computer: fc.oneof(
    { weight: 3, arbitrary: fc.nat(COMPUTERS - 1).map(computerGuid) },
    { weight: 1, arbitrary: fc.nat(SERVERS - 1).map(serverGuid) },
    { weight: 1, arbitrary: fc.constant(undefined) },
  ),
  addresses: fc.array(fc.constantFrom(...ADDRESSES), { minLength: 1, maxLength: 2 }),
  minutes: fc.constantFrom(0, 29, 30, 60, 61),
});

export const OWN = { https: 'https://ns.test', http: 'http://ns.test' };
export const OWN_ADDRESS = '10.1.2.250';
export const siteName = (number: number): string => `Site ${number}`;

/** Members of the list that begins with a computer: it and the next one. */
export const membersOf = ({ computer }: WorldLink): Guid[] => [computer, (computer + 1) % COMPUTERS].map(computerGuid);

/** What the product makes of a world, and the package in it. */
export interface Built {
  sites: SiteIndex;
  sources: Sources;
  entry: CatalogueEntry;
}

export function build(world: SourceWorld): Built {
  const rules = new Map(world.sites.map((known) => [siteGuid(known.number), ruleOf(known)]));
  const named = (number: number) => ({ guid: siteGuid(number), name: siteName(number) });
  const subnets = SUBNETS.flatMap((text, index) => {
    const number = world.subnets[index];
    if (number === undefined) return [];
    return [{ text, site: isInside(world, number) ? named(number!) : undefined }];
  });
  const sites = SiteIndex.of(subnets, assignmentsOf(world));
  const servers = world.servers.map((known) =>
    placeServer(recordOf(known, rules), sites, {
      isSilent: known.isSilent,
      tokens: new DownloadTokens(Buffer.alloc(32, known.number)),
    }),
  );
  const placement = placementOf(servers, rules, world.settings);
  const byServer = new Map(
    world.servers.flatMap((known): [Guid, Holding][] => {
      const holding = holdingOf(known);
      return holding === undefined ? [] : [[serverGuid(known.number), holding]];
    }),
  );
  const distribution: Distribution = {
    mode: world.mode,
    servers: new Set(world.toServers.map(serverGuid)),
    sites: new Set(world.toSites.map(siteGuid)),
  };
  const holdings = { byServer };
  const index = {
    placement,
    get: (guid_: Guid) => placement.servers.get(guid_),
    distributionOf: () => distribution,
    holdingsOf: () => holdings,
  };
  const ownPlaces = () => sites.matchesOf([OWN_ADDRESS]);
  return { sites, sources: { servers: index, own: OWN, ownPlaces }, entry: entryOf(world) };
}

/** Subnets belong to sites that are there and not for the Internet. */
export const isInside = ({ sites }: SourceWorld, number: number | null | undefined): boolean =>
  sites.some((known) => known.number === number && !known.isInternet);

const ruleOf = (known: WorldSite): SiteRule => ({
  guid: siteGuid(known.number),
  name: siteName(known.number),
  fallback: known.fallback,
  fallbackSite: known.fallback === 'site' ? siteGuid(known.fallbackSite) : null,
  fallbackMinutes: known.fallbackMinutes,
  isInternet: known.isInternet,
});

const bit = (value: boolean): 0 | 1 => (value ? 1 : 0);

function recordOf(known: WorldServer, rules: ReadonlyMap<Guid, SiteRule>): ServerRecord {
  const host = `ps${known.number}.test`;
  return {
    guid: serverGuid(known.number),
    name: `PS ${known.number}`,
    settings: {
      ResourceGuid: serverGuid(known.number),
      KeySalt: 'salt',
      IsEnabled: bit(known.isEnabled),
      IsDraining: bit(known.isDraining),
      IsConstrained: bit(known.isConstrained),
      IsProbed: bit(known.isProbed),
      IsHttpPublished: bit(known.http),
      IsHttpsPublished: bit(known.https),
      IsUncPublished: bit(known.unc),
      Share: known.share,
    } as ServerRecord['settings'],
    givenSites: known.givenSites.map(siteGuid).filter((given) => rules.has(given)),
    addresses: [known.address],
    httpUrl: `http://${host}`,
    httpsUrl: `https://${host}`,
    uncPath: `\\\\${host}\\packages`,
    pin: 'ab'.repeat(32),
    digest: '',
    reportedAt: 0,
    probeProblem: known.probeProblem,
    refetch: new Map(),
  };
}

function holdingOf({ holds }: WorldServer): Holding | undefined {
  if (holds === 'nothing') return undefined;
  return {
    version: holds === 'stale' ? VERSION - 1 : holds === 'downloading' ? undefined : VERSION,
    hash: HASH,
    state: holds === 'downloading' ? 'downloading' : 'ready',
    detail: '',
    doneBytes: 0,
    totalBytes: 10,
    probeProblem: holds === 'damaged' ? 'other bytes than ours' : '',
  };
}

function assignmentsOf(world: SourceWorld): SiteAssignments {
  const links = world.links.flatMap((known, index): AssignmentLink[] => {
    const place = placeOf(world, known);
    if (place === undefined) return [];
    const common = { id: `${index}`, target: targetGuid(index), targetName: `Target ${index}` };
    return [{ ...common, isForAll: known.who === 'all', isOwn: known.who === 'one', ...place }];
  });
  const members = world.links.flatMap((known, index) => {
    const computers =
      known.who === 'one' ? [computerGuid(known.computer)] : known.who === 'list' ? membersOf(known) : [];
    return computers.map((computer) => ({ computer, target: targetGuid(index) }));
  });
  // In the order in which they are read from the CMDB.
  const nameOf = (known: AssignmentLink): string => known.site?.name ?? '';
  links.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : nameOf(a) > nameOf(b) ? 1 : 0));
  return SiteAssignments.of(links, members);
}

function placeOf({ sites }: SourceWorld, { to }: WorldLink): Pick<AssignmentLink, 'site' | 'server'> | undefined {
  if ('server' in to) return { server: serverGuid(to.server) };
  const known = sites.find(({ number }) => number === to.site);
  return known && { site: { guid: siteGuid(to.site), name: siteName(to.site), isInternet: known.isInternet } };
}

const entryOf = ({ isPackageEnabled, uncSource }: SourceWorld): CatalogueEntry => ({
  guid: PACKAGE,
  name: 'Viewer & more',
  isEnabled: isPackageEnabled,
  priority: 'Normal',
  version: VERSION,
  totalSize: 10,
  uncSource: uncSource ? '\\\\files.test\\source\\viewer' : undefined,
  snapshots: new Map([[VERSION, { version: VERSION, hash: HASH, signature: '', keyName: '', totalSize: 10 }]]),
});
