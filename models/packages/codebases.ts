/**
 * Where an agent may fetch a package from, in order, each place with the reason why it is offered or not (packages.md
 * section 2, "How the server chooses sources"): package servers of the agent's site, those of its subnet, then the site's
 * fallback. What is chosen here is chosen for everybody in the same places; only the order among equals is the agent's
 * own (`inOrderFor`).
 */
import type { Guid } from '../../wire/guid.ts';
import { assignmentReason } from '../packageServers/distribution.ts';
import { stateOf } from '../packageServers/holdingState.ts';
import type { PackageServerIndex } from '../packageServers/packageServerIndex.ts';
import type { KnownServer } from '../packageServers/placement.ts';
import type { SiteRule } from '../packageServers/records.ts';
import type { SiteMatch } from '../sites/siteIndex.ts';
import type { CatalogueEntry } from './catalogue.ts';

/** In the order in which agents are to try them. */
export const TIERS = ['site', 'subnet', 'fallbackSite', 'ownSite', 'server'] as const;
export type Tier = (typeof TIERS)[number];

export interface CodebaseCandidate {
  /** Whose files these are. */
  source: 'server' | 'packageServer';
  /** Base address of that server, no trailing slash; empty when it publishes none. */
  baseUrl: string;
  offered: boolean;
  /** One sentence for the Explain page. */
  reason: string;
  tier: Tier;
  /** The package server; undefined for the Notification Server. */
  server?: KnownServer;
  /** Every base address with the SHA-256 of its TLS key, where no authority vouches for it. */
  bases: readonly { url: string; pin: string }[];
}

export interface CodebaseChoice {
  site: SiteMatch;
  /** In the order in which the agent is to try them; those that are not offered are kept for the explanation. */
  candidates: CodebaseCandidate[];
  /** `Package/@status`: `valid`, or `notready` when nothing can be offered. */
  status: 'valid' | 'notready';
  statusDescription: string;
  /** What happens when no package server of its places has the package, in a sentence. */
  fallback: string;
}

/** What is chosen among. */
export interface Sources {
  servers: PackageServerIndex;
  /** The Notification Server's own base addresses by scheme; undefined where it does not serve that scheme. */
  own: { https: string | undefined; http: string | undefined };
  /** Addresses of the machine that the server runs on: its own site. */
  ownPlaces: () => readonly SiteMatch[];
}

export interface Asker {
  /** One match for each of its addresses. */
  matches: readonly SiteMatch[];
  /** How long the agent has been trying. */
  totalTimeMinutes: number;
  computer?: Guid;
}

/** With `everything`, servers that stand elsewhere are named, too, with the reason why they are not offered. */
export function chooseCodebases(
  entry: CatalogueEntry | undefined,
  site: SiteMatch,
  publicUrl: string,
  sources?: Sources,
  asker: Asker = { matches: [site], totalTimeMinutes: 0 },
  { everything = false } = {},
): CodebaseChoice {
  const obstacle = obstacleOf(entry);
  const bases = ownBases(publicUrl, sources);
  if (obstacle !== undefined || sources === undefined) {
    const reason = obstacle ?? 'The Notification Server offers its packages to every site.';
    const server = ownCandidate(bases, obstacle === undefined, reason);
    return choiceOf(site, [server], obstacle ?? 'valid', 'The Notification Server.');
  }
  const candidates = new Chooser(entry!, sources, asker).nearby();
  const fallback = fallbackFor(entry!, site, sources, asker, candidates);
  candidates.push(...fallback.candidates, ownCandidate(bases, fallback.offersServer, fallback.serverReason));
  if (everything) candidates.push(...elsewhere(sources, candidates));
  const isOffered = candidates.some(({ offered }) => offered);
  return choiceOf(site, candidates, isOffered ? 'valid' : fallback.nothing, fallback.sentence);
}

function choiceOf(
  site: SiteMatch,
  candidates: CodebaseCandidate[],
  statusDescription: string,
  fallback: string,
): CodebaseChoice {
  const status = candidates.some(({ offered }) => offered) ? 'valid' : 'notready';
  return { site, candidates, status, statusDescription: status === 'valid' ? 'valid' : statusDescription, fallback };
}

/** Why nothing can be offered, whatever the site. */
function obstacleOf(entry: CatalogueEntry | undefined): string | undefined {
  if (entry === undefined) return 'There is no such package.';
  if (!entry.isEnabled) return 'The package is switched off.';
  if (entry.version === undefined) return 'No snapshot of the package has been published.';
  return undefined;
}

/** Looks at package servers, one tier after the other; each server counts in the first tier that it is in. */
class Chooser {
  readonly #entry: CatalogueEntry;
  readonly #sources: Sources;
  readonly #asker: Asker;
  readonly #seen: Set<Guid>;

  constructor(entry: CatalogueEntry, sources: Sources, asker: Asker, seen = new Set<Guid>()) {
    this.#entry = entry;
    this.#sources = sources;
    this.#asker = asker;
    this.#seen = seen;
  }

  nearby(): CodebaseCandidate[] {
    const { bySite, bySubnet } = this.#sources.servers.placement;
    const sites = sitesOf(this.#asker.matches).flatMap((site) => bySite.get(site) ?? []);
    const subnets = this.#asker.matches.flatMap(({ subnet }) =>
      subnet === undefined ? [] : (bySubnet.get(subnet) ?? []),
    );
    return [
      ...this.tier('site', sites, 'It serves the site.'),
      ...this.tier('subnet', subnets, 'It stands in the same subnet.'),
    ];
  }

  tier(tier: Tier, servers: readonly KnownServer[], why: string): CodebaseCandidate[] {
    return servers.flatMap((server) => {
      if (this.#seen.has(server.guid)) return [];
      this.#seen.add(server.guid);
      const problem = this.#problemOf(server);
      return [
        {
          source: 'packageServer' as const,
          baseUrl: server.bases[0]?.url ?? '',
          offered: problem === undefined,
          reason: problem === undefined ? why : `${why.replace(/\.$/, '')}, but ${problem}`,
          tier,
          server,
          bases: server.bases,
        },
      ];
    });
  }

  #problemOf(server: KnownServer): string | undefined {
    const { settings, probeProblem } = server.record;
    const { servers } = this.#sources;
    const { guid, version, snapshots } = this.#entry;
    if (settings.IsEnabled === 0) return 'its package service is switched off.';
    if (server.guid === this.#asker.computer) return 'it is the computer that asks.';
    if (settings.IsDraining === 1) return 'it is being drained.';
    if (assignmentReason(servers.distributionOf(guid), server) === undefined)
      return 'the package is not assigned to it.';
    const current = { version: version!, hash: snapshots.get(version!)!.hash };
    const found = stateOf(current, servers.holdingsOf(guid).byServer.get(server.guid), server.isSilent);
    if (found.state !== 'ready') return `its state is ${found.state}: ${found.detail || 'nothing more is known.'}`;
    if (server.bases.length === 0) return 'it publishes over no scheme that is switched on.';
    if (settings.IsProbed === 1 && probeProblem !== '') return `this server could not reach it: ${probeProblem}`;
    return undefined;
  }
}

const sitesOf = (matches: readonly SiteMatch[]): Guid[] => [
  ...new Set(matches.flatMap(({ site }) => (site === undefined ? [] : [site.guid]))),
];

interface Fallback {
  candidates: CodebaseCandidate[];
  offersServer: boolean;
  serverReason: string;
  /** `Package/@statusDescription` when nothing is offered. */
  nothing: string;
  sentence: string;
}

/** Where no site rules: the Notification Server, at once. */
const NO_RULE: Omit<SiteRule, 'guid'> = { name: 'no site', fallback: 'server', fallbackSite: null, fallbackMinutes: 0 };

/** The rule of the agent's first site; package servers have one of their own. */
export function ruleFor(sources: Sources, site: SiteMatch): Omit<SiteRule, 'guid'> {
  return (site.site && sources.servers.placement.sites.get(site.site.guid)) ?? NO_RULE;
}

/** Which limits of time the agent has passed: with the places, all that the choice rests on. */
export function patience(sources: Sources, site: SiteMatch, minutes: number): 'early' | 'late' | 'tooLate' {
  const { maxTryingMinutes } = sources.servers.placement.settings;
  if (maxTryingMinutes > 0 && minutes > maxTryingMinutes) return 'tooLate';
  return minutes >= ruleFor(sources, site).fallbackMinutes ? 'late' : 'early';
}

function fallbackFor(
  entry: CatalogueEntry,
  site: SiteMatch,
  sources: Sources,
  asker: Asker,
  nearby: readonly CodebaseCandidate[],
): Fallback {
  const asking = asker.computer === undefined ? undefined : sources.servers.get(asker.computer);
  if (asking !== undefined && asking.record.settings.IsEnabled === 1) return forPackageServer(asking);
  const rule = ruleFor(sources, site);
  const isNear = nearby.some(({ offered }) => offered);
  const when = patience(sources, site, asker.totalTimeMinutes);
  // With a time to wait, the fallback comes beside what is near; without one, only when nothing is.
  const isDue = rule.fallbackMinutes > 0 ? when !== 'early' : !isNear;
  const chooser = new Chooser(entry, sources, asker, new Set(nearby.map(({ server }) => server!.guid)));
  const candidates = isDue ? fallbackSite(chooser, sources, rule) : [];
  if (when === 'tooLate') candidates.push(...ownSite(chooser, sources));
  const byRule = rule.fallback === 'server' && isDue;
  return {
    candidates,
    offersServer: byRule || when === 'tooLate',
    serverReason: serverReason(rule, { isDue, isNear, when }),
    nothing: nothingReady(rule),
    sentence: sentenceOf(rule),
  };
}

/** "Constrained" ones fetch from servers of their own site only, the others from this server, too (packages.md 2). */
function forPackageServer({ record }: KnownServer): Fallback {
  const isFree = record.settings.IsConstrained === 0;
  const sentence = isFree
    ? 'A package server fetches from the Notification Server when no server of its site has the package.'
    : 'A constrained package server fetches from servers of its own site only.';
  const nothing = 'No other package server of the site has the package yet.';
  return { candidates: [], offersServer: isFree, serverReason: sentence, nothing, sentence };
}

function fallbackSite(chooser: Chooser, { servers }: Sources, rule: Omit<SiteRule, 'guid'>): CodebaseCandidate[] {
  if (rule.fallback !== 'site' || rule.fallbackSite === null) return [];
  const { bySite, sites } = servers.placement;
  const name = sites.get(rule.fallbackSite)?.name ?? 'a site that is gone';
  return chooser.tier(
    'fallbackSite',
    bySite.get(rule.fallbackSite) ?? [],
    `It serves ${name}, the fallback of ${rule.name}.`,
  );
}

/** MaxAgentDownloadTryingTimeMins: "the server answers with the package servers of its own site" (KB 179445). */
function ownSite(chooser: Chooser, { servers, ownPlaces }: Sources): CodebaseCandidate[] {
  const own = sitesOf(ownPlaces()).flatMap((site) => servers.placement.bySite.get(site) ?? []);
  return chooser.tier(
    'ownSite',
    own,
    "It serves the Notification Server's own site, and the agent has tried for long.",
  );
}

function serverReason(
  rule: Omit<SiteRule, 'guid'>,
  { isDue, isNear, when }: { isDue: boolean; isNear: boolean; when: string },
): string {
  if (when === 'tooLate') return 'The agent has tried for longer than the longest time that is set for all sites.';
  if (rule.fallback === 'none') return `Agents of ${rule.name} are offered nothing but its package servers.`;
  if (rule.fallback === 'site') return `The fallback of ${rule.name} is another site.`;
  if (isDue && rule.fallbackMinutes > 0) return `The agent has tried for ${rule.fallbackMinutes} minutes or more.`;
  if (isDue) return `The Notification Server is the fallback of ${rule.name}, and no package server is ready.`;
  if (isNear && rule.fallbackMinutes === 0) return 'A package server is ready: the Notification Server is not needed.';
  return `The fallback of ${rule.name} comes after ${rule.fallbackMinutes} minutes of trying.`;
}

function nothingReady({ name, fallback, fallbackMinutes }: Omit<SiteRule, 'guid'>): string {
  const later =
    fallback === 'none' || fallbackMinutes === 0 ? '' : ` The fallback comes after ${fallbackMinutes} minutes.`;
  return `No package server for ${name} has the package yet.${later}`;
}

function sentenceOf({ name, fallback, fallbackMinutes }: Omit<SiteRule, 'guid'>): string {
  if (fallback === 'none') return `${name}: no fallback.`;
  const where = fallback === 'site' ? 'the package servers of another site' : 'the Notification Server';
  const when = fallbackMinutes === 0 ? 'at once when no package server is ready' : `after ${fallbackMinutes} minutes`;
  return `${name}: ${where}, ${when}.`;
}

function ownBases(publicUrl: string, sources: Sources | undefined): string[] {
  if (sources === undefined) return [publicUrl];
  const { offerHttps, offerHttp } = sources.servers.placement.settings;
  const { https, http } = sources.own;
  const isHttpOffered = offerHttp === 'always' || (offerHttp === 'alone' && https === undefined);
  return [offerHttps ? https : undefined, isHttpOffered ? http : undefined].filter((url) => url !== undefined);
}

function ownCandidate(bases: readonly string[], offered: boolean, reason: string): CodebaseCandidate {
  const isMute = offered && bases.length === 0;
  return {
    source: 'server',
    baseUrl: bases[0] ?? '',
    offered: offered && !isMute,
    reason: isMute ? "The Notification Server's own codebases are switched off for every scheme it serves." : reason,
    tier: 'server',
    bases: bases.map((url) => ({ url, pin: '' })),
  };
}

function elsewhere({ servers }: Sources, known: readonly CodebaseCandidate[]): CodebaseCandidate[] {
  const named = new Set(known.flatMap(({ server }) => server?.guid ?? []));
  return [...servers.placement.servers.values()]
    .filter(({ guid }) => !named.has(guid))
    .map((server) => ({
      source: 'packageServer' as const,
      baseUrl: server.bases[0]?.url ?? '',
      offered: false,
      reason: server.sites.length === 0 ? 'It serves no site, and stands in another subnet.' : 'It serves other sites.',
      tier: 'site' as const,
      server,
      bases: server.bases,
    }));
}

/**
 * Equal servers in an order that is the agent's own and stays the same, so that load spreads and a resumed download finds
 * its server again: each server gets a rank from its GUID and the agent's, and one that goes or comes moves no other.
 */
export function inOrderFor<C extends { seed: number }>(agent: Guid, equals: readonly C[]): readonly C[] {
  if (equals.length < 2) return equals;
  return equals
    .map((candidate) => ({ candidate, rank: mixed(candidate.seed, agent) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ candidate }) => candidate);
}

export const seedOf = (server: Guid): number => mixed(0x811c9dc5, server);

/** FNV-1a, and a last stir: its low bits alone would put neighbours side by side. */
function mixed(seed: number, text: string): number {
  let hash = seed;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 12)) >>> 0;
}
