/** Addresses of the computer as Node tells them on every platform, with their subnets. */
import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os';
import type { AdapterAddress } from './facts.ts';

const NO_MAC = '00:00:00:00:00:00';

/** All addresses that others could reach: loopback and link-local ones are left out. Adapters with a gateway come first. */
export function addressesOf(
  gateways: Readonly<Record<string, string>>,
  interfaces: NodeJS.Dict<NetworkInterfaceInfo[]> = networkInterfaces(),
): AdapterAddress[] {
  const found = Object.entries(interfaces).flatMap(([adapter, infos]) =>
    (infos ?? []).filter((info) => !info.internal && !isLinkLocal(info.address)).map((info) => row(adapter, info)),
  );
  const rank = (row: AdapterAddress): number => (row.adapter in gateways ? 0 : 2) + (row.family === 4 ? 0 : 1);
  return found.sort((a, b) => rank(a) - rank(b) || compare(a.adapter, b.adapter) || compare(a.address, b.address));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function row(adapter: string, info: NetworkInterfaceInfo): AdapterAddress {
  return {
    adapter,
    address: info.address,
    mask: info.netmask,
    mac: info.mac === NO_MAC ? '' : info.mac.toUpperCase(),
    family: info.family === 'IPv4' ? 4 : 6,
    ...prefixOf(info.cidr),
  };
}

function prefixOf(cidr: string | null): { prefixLength?: number } {
  const bits = Number(cidr?.split('/')[1] ?? Number.NaN);
  return Number.isInteger(bits) ? { prefixLength: bits } : {};
}

function isLinkLocal(address: string): boolean {
  return /^fe[89ab]/i.test(address) || address.startsWith('169.254.');
}

/** Network address: `192.0.2.77` with mask `255.255.255.0` is in `192.0.2.0`. IPv6 comes as eight groups. */
export function subnetOf(address: string, mask: string): string {
  if (!address.includes(':')) {
    const bits = mask.split('.').map(Number);
    return address
      .split('.')
      .map((part, index) => Number(part) & bits[index]!)
      .join('.');
  }
  const bits = groups(mask);
  return groups(address)
    .map((group, index) => (group & bits[index]!).toString(16))
    .join(':');
}

function groups(address: string): number[] {
  const [left = '', right] = address.split('%')[0]!.split('::');
  const numbers = (text: string): number[] => (text === '' ? [] : text.split(':').map((part) => parseInt(part, 16)));
  const [head, tail] = [numbers(left), numbers(right ?? '')];
  return [...head, ...new Array<number>(Math.max(0, 8 - head.length - tail.length)).fill(0), ...tail];
}
