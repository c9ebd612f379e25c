/** The rules of docs/sites.md and docs/packages.md as one would write them down without a thought for speed. */
import type { Guid } from '../../wire/guid.ts';
import {
  computerGuid,
  isInside,
  membersOf,
  OWN_ADDRESS,
  PACKAGE,
  serverGuid,
  SUBNETS,
  VERSION,
  type Question,
  type SourceWorld,
  type WorldLink,
  type WorldServer,
} from './sourceWorlds.ts';

const ID = encodeURIComponent(`{${PACKAGE}}`);

/** An address as its bits; IPv4 that is mapped into IPv6 is IPv4. Naive: good for what these tests write. */
export function bitsOf(address: string): string | undefined {
  const mapped = /^::ffff:(\d.*)$/i.exec(address);
  const text = mapped === null ? address : mapped[1]!;
  if (/^\d+\.\d+\.\d+\.\d+$/.test(text)) {
    return text
      .split('.')
      .map((octet) => Number(octet).toString(2).padStart(8, '0'))
      .join('');
  }
  if (!text.includes(':')) return undefined;
  const [left, right] = text.split('::') as [string, string?];
  const groups = (part: string | undefined): string[] => (part === undefined || part === '' ? [] : part.split(':'));
  const [head, tail] = [groups(left), groups(right)];
  const zeros = right === undefined ? [] : Array.from({ length: 8 - head.length - tail.length }, () => '0');
  return [...head, ...zeros, ...tail].map((group) => parseInt(group, 16).toString(2).padStart(16, '0')).join('');
}

/** Looks at every subnet and keeps the longest that contains the address; its place in the list. */
export function longestPrefix(subnets: readonly (string | undefined)[], address: string): number | undefined {
  const bits = bitsOf(address);
  let best: number | undefined;
  let longest = -1;
  subnets.forEach((text, index) => {
    if (text === undefined || bits === undefined) return;
    const [network, prefix] = text.split('/') as [string, string];
    const own = bitsOf(network)!;
    if (own.length !== bits.length || !bits.startsWith(own.slice(0, Number(prefix)))) return;
    if (Number(prefix) <= longest) return;
    longest = Number(prefix);
    best = index;
  });
  return best;
}

interface NaivePlace {
  site: number | undefined;
  subnet: number | undefined;
}

function placeOf(world: SourceWorld, address: string): NaivePlace {
  const subnet = longestPrefix(
    SUBNETS.map((text, index) => (world.subnets[index] === undefined ? undefined : text)),
    address,
  );
  const site = subnet === undefined ? undefined : world.subnets[subnet];
  return { site: isInside(world, site) ? site! : undefined, subnet };
}

const present = <T>(values: readonly (T | undefined)[]): T[] => values.filter((value) => value !== undefined);

/** Links that hold for a computer, only those of itself if there are any. */
function linksOf(world: SourceWorld, computer: Guid | undefined, kind: 'site' | 'server'): WorldLink[] {
  if (computer === undefined) return [];
  const links = world.links.filter((link) => {
    if (!(kind in link.to)) return false;
    if ('site' in link.to && !world.sites.some(({ number }) => number === (link.to as { site: number }).site))
      return false;
    if (link.who === 'all') return true;
    return link.who === 'one' ? computerGuid(link.computer) === computer : membersOf(link).includes(computer);
  });
  const own = links.filter(({ who }) => who === 'one');
  return own.length > 0 ? own : links;
}

export function served(world: SourceWorld, server: WorldServer): number[] {
  const given = server.givenSites.filter((number) => world.sites.some((site) => site.number === number));
  return given.length > 0 ? given : present([placeOf(world, server.address).site]);
}

function isAssigned(world: SourceWorld, server: WorldServer): boolean {
  if (world.mode === 'all') return true;
  if (world.mode === 'servers') return world.toServers.includes(server.number);
  return served(world, server).some((site) => world.toSites.includes(site));
}

function canServe(world: SourceWorld, server: WorldServer, question: Question): boolean {
  return (
    server.isEnabled &&
    !server.isDraining &&
    !server.isSilent &&
    serverGuid(server.number) !== question.computer &&
    isAssigned(world, server) &&
    server.holds === 'ready' &&
    (server.https || server.http || server.unc) &&
    !(server.isProbed && server.probeProblem !== '')
  );
}

/** Servers by number, tier by tier, and whether the Notification Server comes last. Tiers without anybody are left out. */
export function naiveChoice(world: SourceWorld, question: Question): { tiers: number[][]; server: boolean } {
  if (!world.isPackageEnabled) return { tiers: [], server: false };
  const { sites, servers, settings } = world;
  const places = question.addresses.map((address) => placeOf(world, address));
  const given = linksOf(world, question.computer, 'site').map(({ to }) => (to as { site: number }).site);
  const asking = servers.find((server) => serverGuid(server.number) === question.computer && server.isEnabled);
  const inSites = given.length > 0 ? [...new Set(given)].sort() : present(places.map(({ site }) => site));
  const isOutside = given.some((number) => sites.find((site) => site.number === number)!.isInternet);
  const subnets = isOutside ? [] : present(places.map(({ subnet }) => subnet));
  const around = asking === undefined ? inSites : served(world, asking);

  const byHand = linksOf(world, question.computer, 'server').map(({ to }) => (to as { server: number }).server);
  const assigned = servers.filter(({ number }) => byHand.includes(number));
  const ofSite = servers.filter((server) => served(world, server).some((site) => around.includes(site)));
  const next = servers.filter((server) => subnets.includes(placeOf(world, server.address).subnet!));
  const isFree = (server: WorldServer): boolean => canServe(world, server, question);

  const seen = new Set<WorldServer>();
  const tier = (candidates: readonly WorldServer[]): number[] => {
    const fresh = candidates.filter((server) => !seen.has(server));
    for (const server of fresh) seen.add(server);
    return fresh.filter(isFree).map(({ number }) => number);
  };
  let near = [tier(assigned), tier(ofSite), tier(next)];
  if (near[0]!.length > 0) near = [near[0]!];
  const hasSites = sites.some(({ isInternet }) => !isInternet);
  if (near.flat().length === 0 && !hasSites && around.length === 0) near.push(tier(servers));
  const isNear = near.flat().length > 0;

  let far: number[][] = [];
  let server: boolean;
  if (asking !== undefined) server = !asking.isConstrained;
  else {
    const rule = sites.find(({ number }) => number === inSites[0]) ?? {
      fallback: 'server',
      fallbackSite: 0,
      fallbackMinutes: 0,
    };
    const isDue = rule.fallbackMinutes > 0 ? question.minutes >= rule.fallbackMinutes : !isNear;
    const isTooLate = settings.maxTryingMinutes > 0 && question.minutes > settings.maxTryingMinutes;
    // A site without a time is never early: after the longest time of all, its fallback depends on what is near as before.
    const others = servers.filter((other) => served(world, other).includes(rule.fallbackSite));
    if (rule.fallback === 'site' && (isDue || (isTooLate && rule.fallbackMinutes > 0))) far.push(tier(others));
    const own = placeOf(world, OWN_ADDRESS).site;
    if (isTooLate) far.push(tier(servers.filter((other) => own !== undefined && served(world, other).includes(own))));
    server = (rule.fallback === 'server' && isDue) || isTooLate;
  }
  far = far.filter((numbers) => numbers.length > 0);
  return {
    tiers: [...near.filter((numbers) => numbers.length > 0), ...far],
    server: server && ownAddresses(world).length > 0,
  };
}

/** Addresses of the Notification Server's own files, in order. */
export function ownAddresses({ settings, uncSource }: SourceWorld): string[] {
  const folder = `Altiris/PackageShare/OWN/${ID}/${VERSION}`;
  return [
    ...(settings.offerHttps ? [`https://ns.test/${folder}`] : []),
    ...(settings.offerHttp === 'always' ? [`http://ns.test/${folder}`] : []),
    ...(settings.offerUnc && uncSource ? ['\\\\files.test\\source\\viewer'] : []),
  ];
}

/** Addresses of a package server, in order. */
export function addressesOf({ number, https, http, unc }: WorldServer): string[] {
  const host = `ps${number}.test`;
  const folder = `Altiris/PS/Share/PS${number}/${ID}/${VERSION}`;
  return [
    ...(https ? [`https://${host}/${folder}`] : []),
    ...(http ? [`http://${host}/${folder}`] : []),
    ...(unc ? [`\\\\${host}\\packages\\{${PACKAGE}}\\${VERSION}`] : []),
  ];
}
