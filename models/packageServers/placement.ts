/** Where package servers stand: by site and by subnet. Made anew when one of them, a site or a subnet changes. */
import type { Guid } from '../../wire/guid.ts';
import type { DownloadTokens } from '../../wire/downloadToken.ts';
import type { SiteIndex } from '../sites/siteIndex.ts';
import type { ServerRecord, SiteRule } from './records.ts';
import type { ServiceSettings } from './serviceSettings.ts';

export interface KnownServer {
  readonly guid: Guid;
  readonly name: string;
  readonly record: ServerRecord;
  /** Sites that it serves. */
  readonly sites: readonly Guid[];
  /** Subnets that its addresses lie in, as `network/prefix`. */
  readonly subnets: readonly string[];
  readonly isSilent: boolean;
  /** Base addresses for agents, the safest first. */
  readonly bases: readonly { url: string; pin: string }[];
  /** Share of its files for agents, as `\\\\host\\share`; empty: none is published. */
  readonly unc: string;
  readonly tokens: DownloadTokens;
}

export interface Placement {
  readonly servers: ReadonlyMap<Guid, KnownServer>;
  readonly bySite: ReadonlyMap<Guid, readonly KnownServer[]>;
  readonly bySubnet: ReadonlyMap<string, readonly KnownServer[]>;
  readonly sites: ReadonlyMap<Guid, SiteRule>;
  /** There is a site other than for the Internet: without any, every server is everybody's. */
  readonly hasSites: boolean;
  readonly settings: ServiceSettings;
}

type Places = Pick<SiteIndex, 'siteOf'>;

/** A server that was given no site serves the sites of its addresses. */
export function placeServer(
  record: ServerRecord,
  places: Places,
  more: { isSilent: boolean; tokens: DownloadTokens },
): KnownServer {
  const matches = record.addresses.map((address) => places.siteOf(address));
  const own = matches.flatMap(({ site }) => (site === undefined ? [] : [site.guid]));
  const sites = record.givenSites.length > 0 ? record.givenSites : [...new Set(own)];
  const subnets = [...new Set(matches.flatMap(({ subnet }) => subnet ?? []))];
  return {
    guid: record.guid,
    name: record.name,
    record,
    sites,
    subnets,
    bases: basesOf(record),
    unc: uncOf(record),
    ...more,
  };
}

const uncOf = ({ settings, uncPath }: ServerRecord): string => (settings.IsUncPublished === 1 ? uncPath : '');

function basesOf({ settings, httpUrl, httpsUrl, pin }: ServerRecord): { url: string; pin: string }[] {
  const bases: { url: string; pin: string }[] = [];
  if (settings.IsHttpsPublished === 1 && httpsUrl !== '') bases.push({ url: httpsUrl, pin });
  if (settings.IsHttpPublished === 1 && httpUrl !== '') bases.push({ url: httpUrl, pin: '' });
  return bases;
}

/** Servers in the order of their names, so that an explanation reads the same on every node. */
export function placementOf(
  servers: readonly KnownServer[],
  sites: ReadonlyMap<Guid, SiteRule>,
  settings: ServiceSettings,
): Placement {
  const ordered = [...servers].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.guid < b.guid ? -1 : 1));
  const bySite = new Map<Guid, KnownServer[]>();
  const bySubnet = new Map<string, KnownServer[]>();
  for (const server of ordered) {
    for (const site of server.sites) add(bySite, site, server);
    for (const subnet of server.subnets) add(bySubnet, subnet, server);
  }
  const hasSites = [...sites.values()].some(({ isInternet }) => isInternet !== true);
  const known = new Map(ordered.map((server) => [server.guid, server]));
  return { servers: known, bySite, bySubnet, sites, hasSites, settings };
}

function add<K>(map: Map<K, KnownServer[]>, key: K, server: KnownServer): void {
  const there = map.get(key);
  if (there === undefined) map.set(key, [server]);
  else there.push(server);
}
