/**
 * Who would have no place left to fetch packages from, if a change were made: said before it is made (user-pains 10: "warn
 * when saving a setting that leaves zero codebases for somebody"). Worked out in memory, over sets: sites with the same
 * servers are looked at once.
 */
import type { Guid } from '../../wire/guid.ts';
import type { CatalogueEntry } from '../packages/catalogue.ts';
import type { SiteIndex, SubnetChanges } from '../sites/siteIndex.ts';
import { assignmentReason, type Distribution } from './distribution.ts';
import { placementOf, placeServer, type KnownServer, type Placement } from './placement.ts';
import type { ServerRecord, SiteRule } from './records.ts';
import type { ServiceSettings } from './serviceSettings.ts';
import { isUsable, offersItself, type OwnSchemes } from './withoutSource.ts';

/** All that decides where packages come from. */
export interface SourceState {
  placement: Placement;
  sites: Pick<SiteIndex, 'siteOf' | 'with' | 'subnetsOf'>;
  distributionOf: (packageGuid: Guid) => Distribution;
  packages: Iterable<CatalogueEntry>;
  own: OwnSchemes;
  /** Addresses of this machine: its own site's servers are everybody's after the longest time (KB 179445). */
  ownAddresses?: readonly string[];
}

/** A package server as it is to be; what is left out stays. */
export interface ServerChange {
  isEnabled?: boolean;
  isDraining?: boolean;
  publishHttps?: boolean;
  publishHttp?: boolean;
  publishUnc?: boolean;
  /** Sites that it is given; none: those of its addresses. */
  sites?: readonly Guid[];
}

export interface SourceChange {
  /** Sites as they are to be, new ones as well. */
  rules?: readonly SiteRule[];
  goneSites?: readonly Guid[];
  settings?: ServiceSettings;
  servers?: ReadonlyMap<Guid, ServerChange | 'gone'>;
  subnets?: SubnetChanges;
  distributions?: ReadonlyMap<Guid, Distribution>;
}

export interface SourceLoss {
  /** A site, the computers of a subnet that moves, or those outside every site. */
  who: string;
  site: Guid | undefined;
  /** Packages that they can get now, and could not any more; undefined: none at all. */
  packages: { guid: Guid; name: string }[] | undefined;
}

export function whoLosesSources(state: SourceState, change: SourceChange): SourceLoss[] {
  return lossesBetween(state, stateAfter(state, change), change);
}

const NAMED = 3;

/** The loss in a sentence. */
export function lossLine({ who, packages }: SourceLoss): string {
  if (packages === undefined) return `${who}: no source for any package`;
  const names = packages.slice(0, NAMED).map(({ name }) => name);
  const rest = packages.length - names.length;
  return `${who}: no source for ${names.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

/** The state as it would be; nothing of what is handed in is altered. */
export function stateAfter(state: SourceState, change: SourceChange): SourceState {
  const { placement } = state;
  const gone = new Set(change.goneSites);
  const subnets = new Map(change.subnets);
  for (const site of gone) for (const text of state.sites.subnetsOf(site)) subnets.set(text, subnets.get(text));
  const sites = subnets.size === 0 ? state.sites : state.sites.with(subnets);
  const servers = [...placement.servers.values()].flatMap((server) => {
    const changed = change.servers?.get(server.guid);
    if (changed === 'gone') return [];
    if (changed === undefined && sites === state.sites && gone.size === 0) return [server];
    const { isSilent, tokens } = server;
    const placed = placeServer(recordAfter(server.record, changed ?? {}, gone), sites, { isSilent, tokens });
    // One that stands where it stood stays the same object: of those nothing has to be asked (isSameServers).
    return [changed === undefined && isAtSamePlace(server, placed) ? server : placed];
  });
  const { distributions } = change;
  return {
    ...state,
    sites,
    placement: placementOf(servers, rulesAfter(placement.sites, change), change.settings ?? placement.settings),
    distributionOf: (guid) => distributions?.get(guid) ?? state.distributionOf(guid),
  };
}

const isAtSamePlace = (a: KnownServer, b: KnownServer): boolean =>
  a.sites.join() === b.sites.join() && a.subnets.join() === b.subnets.join();

const bit = (value: boolean | undefined, now: 0 | 1): 0 | 1 => (value === undefined ? now : value ? 1 : 0);

function recordAfter(record: ServerRecord, change: ServerChange, gone: ReadonlySet<Guid>): ServerRecord {
  const { settings } = record;
  return {
    ...record,
    settings: {
      ...settings,
      IsEnabled: bit(change.isEnabled, settings.IsEnabled),
      IsDraining: bit(change.isDraining, settings.IsDraining),
      IsHttpsPublished: bit(change.publishHttps, settings.IsHttpsPublished),
      IsHttpPublished: bit(change.publishHttp, settings.IsHttpPublished),
      IsUncPublished: bit(change.publishUnc, settings.IsUncPublished),
    },
    givenSites: [...(change.sites ?? record.givenSites)].filter((site) => !gone.has(site)),
  };
}

/** Who fell back to a site that goes falls back to this server (changeSites.ts). */
function rulesAfter(rules: ReadonlyMap<Guid, SiteRule>, change: SourceChange): Map<Guid, SiteRule> {
  const after = new Map(rules);
  for (const rule of change.rules ?? []) after.set(rule.guid, rule);
  const gone = new Set(change.goneSites);
  for (const guid of gone) after.delete(guid);
  for (const rule of after.values()) {
    if (rule.fallbackSite === null || !gone.has(rule.fallbackSite)) continue;
    after.set(rule.guid, { ...rule, fallback: 'server', fallbackSite: null });
  }
  return after;
}

/** What the computers of a place can be sent to. */
interface Offer {
  /** Those of the site, and those of its fallback. */
  near: readonly KnownServer[];
  far: readonly KnownServer[];
  /** This server itself, at some time. */
  server: boolean;
  site: Guid | undefined;
}

const NOTHING: readonly KnownServer[] = [];

function offerOf(state: SourceState, site: Guid | undefined, subnet?: string): Offer {
  const { placement, own } = state;
  const { bySite, bySubnet, hasSites, servers, settings } = placement;
  const rule = site === undefined ? undefined : placement.sites.get(site);
  const isLate = settings.maxTryingMinutes > 0;
  const server = (isLate || rule === undefined || rule.fallback === 'server') && offersItself(settings, own);
  const next = subnet === undefined ? NOTHING : (bySubnet.get(subnet) ?? NOTHING);
  const late = isLate ? serversOfOwnSite(state) : NOTHING;
  if (rule === undefined) {
    // "No site defined: servers in the same subnet first, else all".
    const all = hasSites ? NOTHING : [...servers.values()];
    return { near: [...next, ...all].filter(isUsable), far: late.filter(isUsable), server, site };
  }
  const near = [...(bySite.get(rule.guid) ?? NOTHING), ...next];
  const other = rule.fallback === 'site' ? (bySite.get(rule.fallbackSite!) ?? NOTHING) : NOTHING;
  return { near: near.filter(isUsable), far: [...other, ...late].filter(isUsable), server, site };
}

function serversOfOwnSite({ placement, sites, ownAddresses = [] }: SourceState): readonly KnownServer[] {
  const own = new Set(ownAddresses.flatMap((address) => sites.siteOf(address).site?.guid ?? []));
  return [...own].flatMap((site) => placement.bySite.get(site) ?? NOTHING);
}

interface Group {
  who: string;
  site: Guid | undefined;
  before: Offer;
  after: Offer;
}

function* groupsOf(before: SourceState, after: SourceState, change: SourceChange): Generator<Group> {
  for (const { guid, name } of after.placement.sites.values()) {
    // The computers of a new site have been outside of all.
    const known = before.placement.sites.has(guid) ? guid : undefined;
    yield { who: name, site: guid, before: offerOf(before, known), after: offerOf(after, guid) };
  }
  const outside = { before: offerOf(before, undefined), after: offerOf(after, undefined) };
  yield { who: 'Computers outside every site', site: undefined, ...outside };
  const moved = new Set([
    ...(change.subnets?.keys() ?? []),
    ...(change.goneSites ?? []).flatMap((site) => before.sites.subnetsOf(site)),
  ]);
  for (const subnet of moved) {
    const address = subnet.split('/')[0]!;
    const [was, will] = [before.sites.siteOf(address).site, after.sites.siteOf(address).site];
    if (was?.guid === will?.guid) continue;
    const offers = { before: offerOf(before, was?.guid, subnet), after: offerOf(after, will?.guid, subnet) };
    yield { who: `Computers of ${subnet}`, site: will?.guid, ...offers };
  }
}

/** Losses from one state to another; for callers that have made the second one themselves. */
export function lossesBetween(before: SourceState, after: SourceState, change: SourceChange = {}): SourceLoss[] {
  const lostWith = lostPackages(before, after, change);
  const losses: SourceLoss[] = [];
  for (const group of groupsOf(before, after, change)) {
    if (group.after.server) continue;
    const { who, site } = group;
    const had = group.before.server || group.before.near.length + group.before.far.length > 0;
    if (!had) continue;
    const packages = group.after.near.length + group.after.far.length === 0 ? undefined : lostWith(group);
    if (packages === undefined || packages.length > 0) losses.push({ who, site, packages });
  }
  return losses;
}

interface Narrow {
  /** What a loss says of it. */
  named: { guid: Guid; name: string };
  before: Distribution;
  after: Distribution;
}

/** Packages that do not go to all: "to all" is wherever a server is left. */
function narrowPackages(before: SourceState, after: SourceState): Narrow[] {
  const narrow: Narrow[] = [];
  for (const { guid, name, isEnabled, version } of after.packages) {
    const distribution = after.distributionOf(guid);
    if (!isEnabled || version === undefined || distribution.mode === 'all') continue;
    narrow.push({ named: { guid, name }, before: before.distributionOf(guid), after: distribution });
  }
  return narrow;
}

/** Of all packages, or those whose distribution changes, what a group could get and cannot any more. */
function lostPackages(before: SourceState, after: SourceState, { distributions }: SourceChange) {
  let narrow: Narrow[] | undefined;
  const known = new Map<string, Narrow['named'][]>();
  return (group: Group): Narrow['named'][] => {
    narrow ??= narrowPackages(before, after);
    const isSame = keyOf(group.before) === keyOf(group.after) && isSameServers(group.before, group.after);
    const key = `${keyOf(group.before)} > ${keyOf(group.after)} ${isSame}`;
    let lost = known.get(key);
    if (lost === undefined) {
      const asked = isSame ? narrow.filter(({ named }) => distributions?.has(named.guid) === true) : narrow;
      const gone = asked.filter((one) => covers(group.before, one.before) && !covers(group.after, one.after));
      known.set(key, (lost = gone.map(({ named }) => named)));
    }
    return lost;
  };
}

const guidsOf = (servers: readonly KnownServer[]): string => servers.map(({ guid }) => guid).join();
const keyOf = ({ near, far, server, site }: Offer): string =>
  `${guidsOf(near)}|${guidsOf(far)}|${server}|${near.length === 0 ? '' : site}`;
/** The same objects: a server whose sites have changed is another one. */
const isSameServers = (a: Offer, b: Offer): boolean =>
  [...a.near, ...a.far].every((server, index) => server === [...b.near, ...b.far][index]);

/** What goes on demand comes to the servers of the site that asks. */
function covers({ near, far, server, site }: Offer, distribution: Distribution): boolean {
  const holds = (known: KnownServer): boolean =>
    assignmentReason(distribution, known) !== undefined ||
    (distribution.mode === 'automatic' && site !== undefined && known.sites.includes(site));
  return server || near.some(holds) || far.some(holds);
}
