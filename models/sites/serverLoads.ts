/** What a change means for those who hand out packages: how many computers come to each, and what it would have to fetch. */
import type { Guid } from '../../wire/guid.ts';
import type { WantedPackage } from '../../wire/packageServer.ts';
import { assignmentReason } from '../packageServers/distribution.ts';
import type { PackageServerIndex } from '../packageServers/packageServerIndex.ts';
import type { KnownServer, Placement } from '../packageServers/placement.ts';
import { wantedOf } from '../packageServers/wantedLists.ts';
import type { SourceState } from '../packageServers/whoLosesSources.ts';
import { isUsable, offersItself } from '../packageServers/withoutSource.ts';
import type { Places } from './siteIndex.ts';

/** Computers by who serves them: servers of their site, of their subnet or given by hand; else by the site's fallback. */
export class LoadCount {
  readonly placement: Placement;
  readonly #own: SourceState['own'];
  readonly #groups = new Map<string, { servers: readonly Guid[]; computers: number }>();

  constructor({ placement, own }: Pick<SourceState, 'placement' | 'own'>) {
    this.placement = placement;
    this.#own = own;
  }

  add({ site, matches, servers }: Places, computers: number): void {
    const key = `${site.site?.guid} ${matches.map(({ site: { guid } = {}, subnet }) => `${guid} ${subnet}`).join()} ${servers.join()}`;
    const group = this.#groups.get(key);
    if (group !== undefined) group.computers += computers;
    else this.#groups.set(key, { servers: this.#serversOf({ site, matches, servers }), computers });
  }

  /** By package server; the Notification Server itself under its own key. */
  get totals(): Map<Guid | typeof OWN, number> {
    const totals = new Map<Guid | typeof OWN, number>();
    for (const { servers, computers } of this.#groups.values()) {
      for (const server of servers) totals.set(server, (totals.get(server) ?? 0) + computers);
    }
    return totals;
  }

  /** Computers that would be sent nowhere. */
  get unserved(): number {
    let total = 0;
    for (const { servers, computers } of this.#groups.values()) if (servers.length === 0) total += computers;
    return total;
  }

  #serversOf({ site, matches, servers }: Omit<Places, 'serversReason'>): Guid[] {
    const { bySite, bySubnet, hasSites, servers: known, sites } = this.placement;
    const usable = (found: readonly (KnownServer | undefined)[]): Guid[] =>
      found.flatMap((server) => (server !== undefined && isUsable(server) ? [server.guid] : []));
    const near = usable([
      ...servers.map((guid) => known.get(guid)),
      ...matches.flatMap(({ site: found }) => (found === undefined ? [] : (bySite.get(found.guid) ?? []))),
      ...matches.flatMap(({ subnet }) => (subnet === undefined ? [] : (bySubnet.get(subnet) ?? []))),
    ]);
    if (near.length > 0) return [...new Set(near)];
    // While no site is defined, every server is everybody's (choice of sources).
    const anywhere = hasSites ? [] : usable([...known.values()]);
    if (anywhere.length > 0) return anywhere;
    const rule = site.site && sites.get(site.site.guid);
    if (rule?.fallback === 'none') return [];
    if (rule?.fallback === 'site') {
      return rule.fallbackSite === null ? [] : usable(bySite.get(rule.fallbackSite) ?? []);
    }
    return offersItself(this.placement.settings, this.#own) ? [OWN] : [];
  }
}

/** Key of the Notification Server among those that serve. */
export const OWN = '' as Guid;

export interface ServerLoad {
  /** Null: the Notification Server itself. */
  guid: Guid | null;
  name: string;
  /** Computers that come to it. */
  before: number;
  after: number;
  sitesBefore: string[];
  sitesAfter: string[];
  /** Packages that it has to hold afterwards, does not have to now, and does not hold. */
  fetches: { guid: Guid; name: string; bytes: number }[];
  bytes: number;
  /** Packages that it need not hold any more. */
  drops: number;
}

export interface Holdings {
  /** What package servers hold of a package. */
  holdingsOf: PackageServerIndex['holdingsOf'];
}

type Packages = Pick<SourceState, 'distributionOf' | 'packages'> & Holdings;

/** Servers for which the change makes a difference, those that gain most first. */
export function loadChanges(packages: Packages, before: LoadCount, after: LoadCount): ServerLoad[] {
  const totals = { before: before.totals, after: after.totals };
  const own: ServerLoad = { ...NOTHING, guid: null, name: 'Notification Server', ...counts(OWN) };
  const pairs = [...after.placement.servers.values()].map((server) => ({
    former: before.placement.servers.get(server.guid) ?? server,
    server,
  }));
  const bySite = packagesBySite(packages, new Set(pairs.flatMap(({ former, server }) => otherSites(former, server))));
  const servers = pairs.map(({ former, server }): ServerLoad => {
    const names = (sites: readonly Guid[], { sites: rules }: Placement): string[] =>
      sites.map((site) => rules.get(site)?.name ?? '').sort();
    return {
      guid: server.guid,
      name: server.name,
      ...counts(server.guid),
      sitesBefore: names(former.sites, before.placement),
      sitesAfter: names(server.sites, after.placement),
      ...packagesOf(packages, bySite, former, server),
    };
  });
  function counts(key: Guid) {
    return { before: totals.before.get(key) ?? 0, after: totals.after.get(key) ?? 0 };
  }
  return [own, ...servers]
    .filter((load) => load.before !== load.after || load.fetches.length > 0 || load.drops > 0)
    .sort((a, b) => b.after - b.before - (a.after - a.before) || (a.name < b.name ? -1 : 1));
}

const NOTHING = { sitesBefore: [], sitesAfter: [], fetches: [], bytes: 0, drops: 0 };

/** Sites that a server gains or loses. */
const otherSites = (before: KnownServer, after: KnownServer): Guid[] => [
  ...before.sites.filter((site) => !after.sites.includes(site)),
  ...after.sites.filter((site) => !before.sites.includes(site)),
];

/** What goes to these sites by name: of a server's packages the others stay, whatever sites it gains or loses. */
function packagesBySite({ packages, distributionOf }: Packages, sites: ReadonlySet<Guid>): Map<Guid, WantedPackage[]> {
  const bySite = new Map<Guid, WantedPackage[]>([...sites].map((site) => [site, []]));
  if (sites.size === 0) return bySite;
  for (const entry of packages) {
    const wanted = wantedOf(entry);
    if (wanted === undefined) continue;
    for (const site of distributionOf(wanted.guid).sites) bySite.get(site)?.push(wanted);
  }
  return bySite;
}

function packagesOf(
  state: Packages,
  bySite: ReadonlyMap<Guid, readonly WantedPackage[]>,
  before: KnownServer,
  after: KnownServer,
) {
  const named = new Set(otherSites(before, after).flatMap((site) => bySite.get(site) ?? []));
  const isWanted = ({ guid }: WantedPackage, server: KnownServer): boolean =>
    assignmentReason(state.distributionOf(guid), server) !== undefined;
  const come = [...named].filter((one) => isWanted(one, after) && !isWanted(one, before));
  const go = [...named].filter((one) => isWanted(one, before) && !isWanted(one, after));
  const isHeld = ({ guid, version }: WantedPackage): boolean => {
    const holding = state.holdingsOf(guid).byServer.get(after.guid);
    return holding?.state === 'ready' && holding.version === version;
  };
  const fetches = come
    .filter((one) => !isHeld(one))
    .map(({ guid, name, size }) => ({ guid, name, bytes: size }))
    .sort((a, b) => (a.guid < b.guid ? -1 : 1));
  return { fetches, bytes: fetches.reduce((sum, { bytes }) => sum + bytes, 0), drops: go.length };
}
