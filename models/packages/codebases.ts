/**
 * Where an agent may fetch a package from, in order, each place with the reason why it is offered or not (packages.md
 * section 2, "How the server chooses sources"): package servers that it was given by hand, those of its site, those of its
 * subnet, then the site's fallback. What is chosen here is chosen for everybody in the same places; only the order among
 * equals is the agent's own (agentOrder.ts).
 */
import type { Guid } from '../../wire/guid.ts';
import { assignmentReason } from '../packageServers/distribution.ts';
import { stateOf } from '../packageServers/holdingState.ts';
import type { PackageServerIndex } from '../packageServers/packageServerIndex.ts';
import type { KnownServer } from '../packageServers/placement.ts';
import type { OwnSchemes } from '../packageServers/withoutSource.ts';
import type { Places, SiteMatch } from '../sites/siteIndex.ts';
import type { CatalogueEntry } from './catalogue.ts';
import { fallbackOf, fallbackOfServer, type Fallback } from './fallback.ts';
import { ownBases, ownCandidate, ownShare } from './ownCodebases.ts';

/** In the order in which agents are to try them. */
export const TIERS = ['assigned', 'site', 'subnet', 'anywhere', 'fallbackSite', 'ownSite', 'server'] as const;
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
  /** A share beside them, which agents like less (KB 181098): of a package server its root, of this server the package's source. */
  unc: string;
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
  servers: Pick<PackageServerIndex, 'placement' | 'get' | 'distributionOf' | 'holdingsOf'>;
  /** The Notification Server's own base addresses by scheme; undefined where it does not serve that scheme. */
  own: OwnSchemes;
  /** Addresses of the machine that the server runs on: its own site. */
  ownPlaces: () => readonly SiteMatch[];
}

export interface Asker {
  places: Places;
  /** How long the agent has been trying. */
  totalTimeMinutes: number;
  computer?: Guid;
}

/** With `everything`, servers that stand elsewhere are named, too, with the reason why they are not offered. */
export function chooseCodebases(
  entry: CatalogueEntry | undefined,
  publicUrl: string,
  sources: Sources | undefined,
  asker: Asker,
  { everything = false } = {},
): CodebaseChoice {
  const { site } = asker.places;
  const obstacle = obstacleOf(entry);
  if (obstacle !== undefined || sources === undefined) {
    const reason = obstacle ?? 'The Notification Server offers its packages to every site.';
    const bases = sources === undefined ? [publicUrl] : ownBases(sources.servers.placement.settings, sources.own);
    const server = ownCandidate(bases, '', obstacle === undefined, reason);
    return choiceOf(site, [server], obstacle ?? 'valid', 'The Notification Server.');
  }
  const chooser = new Chooser(entry!, sources, asker);
  const { candidates, fallback } = chooser.choose();
  const { settings } = sources.servers.placement;
  const { offersServer, serverReason } = fallback;
  candidates.push(ownCandidate(ownBases(settings, sources.own), ownShare(settings, entry), offersServer, serverReason));
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

const isOffered = ({ offered }: CodebaseCandidate): boolean => offered;

/** Looks at package servers, one tier after the other; each server counts in the first tier that it is in. */
class Chooser {
  readonly #entry: CatalogueEntry;
  readonly #sources: Sources;
  readonly #asker: Asker;
  /** The asker, when it is a package server itself. */
  readonly #asking: KnownServer | undefined;
  readonly #seen = new Set<Guid>();

  constructor(entry: CatalogueEntry, sources: Sources, asker: Asker) {
    this.#entry = entry;
    this.#sources = sources;
    this.#asker = asker;
    const asking = asker.computer === undefined ? undefined : sources.servers.get(asker.computer);
    this.#asking = asking?.record.settings.IsEnabled === 1 ? asking : undefined;
  }

  choose(): { candidates: CodebaseCandidate[]; fallback: Fallback } {
    const candidates = this.#nearby();
    const isNear = candidates.some(isOffered);
    const { servers, ownPlaces } = this.#sources;
    const { places, totalTimeMinutes } = this.#asker;
    const fallback =
      this.#asking === undefined
        ? fallbackOf(this.#sources, places.site, totalTimeMinutes, isNear)
        : fallbackOfServer(this.#asking);
    candidates.push(...this.#tier('fallbackSite', fallback.site, fallback.siteReason));
    if (fallback.offersOwnSite) {
      // MaxAgentDownloadTryingTimeMins: "the server answers with the package servers of its own site" (KB 179445).
      const own = sitesOf(ownPlaces()).flatMap((site) => servers.placement.bySite.get(site) ?? []);
      const why = "It serves the Notification Server's own site, and the agent has tried for long.";
      candidates.push(...this.#tier('ownSite', own, why));
    }
    return { candidates, fallback };
  }

  #nearby(): CodebaseCandidate[] {
    const { bySite, bySubnet, hasSites, servers } = this.#sources.servers.placement;
    const { matches, servers: given, serversReason } = this.#asker.places;
    const byHand = this.#tier('assigned', known(servers, given), serversReason);
    // A package server fetches from its peers: those of the sites that it serves, wherever it stands.
    const sites = this.#asking?.sites ?? sitesOf(matches);
    const ofSite = sites.flatMap((site) => bySite.get(site) ?? []);
    const next = matches.flatMap(({ subnet }) => (subnet === undefined ? [] : (bySubnet.get(subnet) ?? [])));
    const around = [
      ...this.#tier('site', ofSite, 'It serves the site.'),
      ...this.#tier('subnet', next, 'It stands in the same subnet.'),
    ];
    if (byHand.some(isOffered)) return [...byHand, ...around.map(besideAssigned)];
    const near = [...byHand, ...around];
    // "No site defined: servers in the same subnet first, else all" (console-pages 2).
    if (hasSites || sites.length > 0 || near.some(isOffered)) return near;
    return [
      ...near,
      ...this.#tier('anywhere', [...servers.values()], 'No site is defined, so that it serves everybody.'),
    ];
  }

  #tier(tier: Tier, servers: readonly KnownServer[], why: string): CodebaseCandidate[] {
    return servers.flatMap((server) => {
      if (this.#seen.has(server.guid)) return [];
      this.#seen.add(server.guid);
      const problem = this.#problemOf(server);
      return [
        {
          source: 'packageServer' as const,
          baseUrl: server.bases[0]?.url ?? server.unc,
          offered: problem === undefined,
          reason: problem === undefined ? why : `${why.replace(/\.$/, '')}, but ${problem}`,
          tier,
          server,
          bases: server.bases,
          unc: server.unc,
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
    if (server.bases.length === 0 && server.unc === '') return 'it publishes over no scheme that is switched on.';
    if (settings.IsProbed === 1 && probeProblem !== '') return `this server could not reach it: ${probeProblem}`;
    return undefined;
  }
}

const known = (servers: ReadonlyMap<Guid, KnownServer>, guids: readonly Guid[]): KnownServer[] =>
  guids.flatMap((guid) => servers.get(guid) ?? []);

const sitesOf = (matches: readonly SiteMatch[]): Guid[] => [
  ...new Set(matches.flatMap(({ site }) => (site === undefined ? [] : [site.guid]))),
];

/** Whoever gave computers to a package server by hand wants them off the others, as long as it can serve them. */
function besideAssigned(candidate: CodebaseCandidate): CodebaseCandidate {
  if (!candidate.offered) return candidate;
  const reason = `${candidate.reason.replace(/\.$/, '')}, but the computer is assigned to other package servers by hand.`;
  return { ...candidate, offered: false, reason };
}

function elsewhere({ servers }: Sources, named: readonly CodebaseCandidate[]): CodebaseCandidate[] {
  const seen = new Set(named.flatMap(({ server }) => server?.guid ?? []));
  return [...servers.placement.servers.values()]
    .filter(({ guid }) => !seen.has(guid))
    .map((server) => ({
      source: 'packageServer' as const,
      baseUrl: server.bases[0]?.url ?? server.unc,
      offered: false,
      reason: server.sites.length === 0 ? 'It serves no site, and stands in another subnet.' : 'It serves other sites.',
      tier: 'site' as const,
      server,
      bases: server.bases,
      unc: server.unc,
    }));
}
