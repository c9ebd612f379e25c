/**
 * Which servers a package source may lie on. Whoever may make packages makes this server send requests and hand out what
 * comes back: without limits that would be a way to services that trust this machine or its network (SSRF). Names are
 * judged by the addresses that they have at the moment of the connection, so that a name that changes in between is no
 * way around.
 */
import { lookup, type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { SourceProblem, type UrlLimits } from '../source.ts';

/** Kinds of addresses where repositories lie; the others are this machine, its link, or lead to either in disguise. */
const ORDINARY: readonly string[] = ['unicast', 'private', 'uniqueLocal', 'carrierGradeNat'];
/** Clouds answer with keys of the machine here (Azure's is a public address); 169.254.169.254 is link-local anyway. */
const METADATA: readonly string[] = ['100.100.100.200', '168.63.129.16', 'fd00:ec2::254'];

/** @param ranges address ranges of the setting; none: the ordinary ones */
export function mayCall(address: string, ranges: readonly string[]): boolean {
  if (!ipaddr.isValid(address)) return false;
  const ip = ipaddr.process(address);
  if (ranges.length === 0) return ORDINARY.includes(ip.range()) && !METADATA.includes(ip.toString());
  return ranges.some((range) => isIn(ip, range));
}

function isIn(ip: ipaddr.IPv4 | ipaddr.IPv6, range: string): boolean {
  const [net, bits] = range.includes('/')
    ? ipaddr.parseCIDR(range)
    : [ipaddr.parse(range), range.includes(':') ? 128 : 32];
  return net.kind() === ip.kind() && ip.match(net, bits);
}

/** The address as it is called; or a sentence that says what is wrong with it. */
export function parseAddress(text: string, limits: UrlLimits): URL | string {
  if (!URL.canParse(text)) return 'Enter an address such as https://files.example.com/viewer/.';
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'The address must begin with https:// or http://.';
  if (url.username !== '' || url.password !== '') {
    return 'The address must not hold a name or a password: everybody who may read packages sees it.';
  }
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  if (limits.own.includes(`${url.hostname}:${port}`)) {
    return 'The address is that of this server: a package cannot be made of its own downloads.';
  }
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  if (ipaddr.isValid(literal) && !mayCall(literal, limits.ranges)) return notAllowed(literal);
  url.hash = '';
  return url;
}

/** An address in words for people and the log. What stands behind its question mark may be what lets somebody in. */
export const shown = ({ origin, pathname }: URL): string => `${origin}${pathname}`.slice(0, 300);

const notAllowed = (host: string): string =>
  `Package sources may not lie on ${host}; an administrator of the server can allow it (NS_URL_SOURCE_RANGES).`;

/** Resolves names for connections; addresses that may not be called are left out. */
export function allowedLookup(ranges: readonly string[]): LookupFunction {
  return (host, options, answer) => {
    lookup(host, { ...options, all: true }, (error, found: LookupAddress[]) => {
      if (error !== null) return answer(error, '', 0);
      const allowed = found.filter(({ address }) => mayCall(address, ranges));
      if (allowed.length === 0) return answer(new SourceProblem('failed', notAllowed(host)), '', 0);
      if (options.all === true) return answer(null, allowed);
      answer(null, allowed[0]!.address, allowed[0]!.family);
    });
  };
}
