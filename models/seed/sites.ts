/** Sites by office, their subnets, and how many computers each holds. */
import type { Guid } from '../../wire/guid.ts';
import { ITEM_CLASS } from '../../wire/wellKnown.ts';
import type { Utc } from '../cmdb/schema.ts';
import { OFFICES, type Office } from './company.ts';
import type { Random } from './random.ts';
import type { RowWriter } from './rowWriter.ts';

/** A /16 a site, from 10.16.0.0 up. */
const FIRST_OCTET = 16;
/** Clients' subnets are /22: 64 of them in a /16, each filled at most this far. */
const SUBNETS_PER_SITE = 64;
const COMPUTERS_PER_SUBNET = 1000;
const USUAL_PER_SUBNET = 700;

export const MOST_SITES = 200;
export const MOST_COMPUTERS_PER_SITE = SUBNETS_PER_SITE * COMPUTERS_PER_SUBNET;

export interface SeededSite {
  guid: Guid;
  name: string;
  office: Office;
  /** Begins computer names; the second round of offices is told apart by a number. */
  code: string;
  octet: number;
  computers: number;
  /** Computers in one of its /22 subnets. */
  perSubnet: number;
}

/** `first`: how many sites there are already; the new ones take the next networks. */
export function planSites(random: Random, count: number, first: number, computers: number): SeededSite[] {
  return shares(computers, count).map((share, index) => {
    const number = first + index;
    const office = OFFICES[number % OFFICES.length]!;
    const round = Math.floor(number / OFFICES.length) + 1;
    return {
      guid: random.guid(),
      name: round === 1 ? office.city : `${office.city} ${round}`,
      office,
      code: round === 1 ? office.code : `${office.code}${round}`,
      octet: FIRST_OCTET + number,
      computers: share,
      perSubnet: Math.max(USUAL_PER_SUBNET, Math.ceil(share / SUBNETS_PER_SITE)),
    };
  });
}

/** Splits a company into offices: the largest holds several times the smallest; the shares add up. */
function shares(total: number, count: number): number[] {
  const weights = Array.from({ length: count }, (_, index) => 1 / (index + 2));
  const sum = weights.reduce((all, weight) => all + weight, 0);
  const result = weights.map((weight) => Math.floor((total * weight) / sum));
  let left = total - result.reduce((all, share) => all + share, 0);
  for (let at = 0; left > 0; at = (at + 1) % count, left--) result[at]!++;
  return result;
}

/** IPv4 address of a site's n-th computer: its /22 by number, hosts from .10 on. */
export function addressIn(site: SeededSite, computer: number): { address: string; network: string; gateway: string } {
  const subnet = Math.floor(computer / site.perSubnet);
  const host = (computer % site.perSubnet) + 10;
  const third = subnet * 4;
  return {
    address: `10.${site.octet}.${third + (host >> 8)}.${host & 255}`,
    network: `10.${site.octet}.${third}.0`,
    gateway: `10.${site.octet}.${third}.1`,
  };
}

export function addSites(writer: RowWriter, random: Random, sites: readonly SeededSite[], at: Utc): void {
  for (const site of sites) {
    writer.add('Item', {
      Guid: site.guid,
      Name: site.name,
      Description: `Office in ${site.office.city}`,
      ClassGuid: ITEM_CLASS.site,
      ProductGuid: null,
      Attributes: 0,
      CreatedAt: at,
      CreatedBy: 'seed',
      ModifiedAt: at,
      ModifiedBy: 'seed',
    });
    writer.add('Site', { Guid: site.guid, IsInternet: 0, Fallback: 'server' });
    const subnet = (network: string, prefix: number, name: string, siteGuid: Guid | null, source: string): void =>
      writer.add('Subnet', {
        Guid: random.guid(),
        Network: network,
        PrefixLength: prefix,
        Name: name,
        SiteGuid: siteGuid,
        Source: source,
        ModifiedAt: at,
      });
    const used = Math.max(1, Math.ceil(site.computers / site.perSubnet));
    for (let number = 0; number < used; number++) {
      subnet(`10.${site.octet}.${number * 4}.0`, 22, `${site.name} floor ${number + 1}`, site.guid, 'manual');
    }
    subnet(`2001:db8:${site.octet.toString(16)}::`, 48, `${site.name} IPv6`, site.guid, 'manual');
    // Found in inventory, not yet assigned by anybody: what an administrator has to look at.
    subnet(`172.${(site.octet & 15) | 16}.${site.octet}.0`, 24, `${site.name} guests`, null, 'discovered');
  }
}
