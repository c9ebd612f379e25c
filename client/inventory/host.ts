/** Collects what basic inventory and registration say about this computer. */
import { createHash } from 'node:crypto';
import { arch, hostname, userInfo } from 'node:os';
import type { ResourceKey } from '../identity/register.ts';
import { darwinFacts } from './darwin.ts';
import { noPlatformFacts, type AdapterAddress, type HostFacts, type PlatformFacts } from './facts.ts';
import { linuxFacts } from './linux.ts';
import { addressesOf } from './network.ts';
import { windowsFacts } from './windows.ts';

const COLLECTORS: Partial<Record<NodeJS.Platform, () => Promise<PlatformFacts>>> = {
  linux: linuxFacts,
  darwin: darwinFacts,
  win32: windowsFacts,
};

/**
 * `name`: reported instead of the computer's own, and then another computer as far as the server can tell. `address`:
 * reported instead of the computer's own.
 */
export async function hostFacts(options: {
  name?: string;
  address?: string;
  fallbackMachineId: string;
}): Promise<HostFacts> {
  const collect = COLLECTORS[process.platform];
  const platform = collect === undefined ? { ...noPlatformFacts, osName: process.platform } : await collect();
  const { name, domain } = splitHostName(options.name ?? hostname(), platform.domain);
  const machineId = platform.machineId === '' ? options.fallbackMachineId : platform.machineId;
  return {
    ...platform,
    domain,
    hostName: name,
    fqdn: domain.includes('.') ? `${name}.${domain}`.toLowerCase() : '',
    user: platform.user === '' ? ownUser() : platform.user,
    machineId: options.name === undefined ? machineId : `${machineId}+${options.name}`,
    architecture: arch(),
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    addresses: options.address === undefined ? addressesOf(platform.gateways) : [givenAddress(options.address)],
  };
}

/** Of its network no more is known than that it is as large as most are. */
function givenAddress(address: string): AdapterAddress {
  const isIpv6 = address.includes(':');
  const mask = isIpv6 ? 'ffff:ffff:ffff:ffff::' : '255.255.255.0';
  return { adapter: 'given', address, mask, mac: '', family: isIpv6 ? 6 : 4 };
}

/** Some systems keep the full name as host name. */
export function splitHostName(hostName: string, domain: string): { name: string; domain: string } {
  const dot = hostName.indexOf('.');
  if (dot === -1) return { name: hostName, domain };
  return { name: hostName.slice(0, dot), domain: hostName.slice(dot + 1) };
}

function ownUser(): string {
  try {
    return userInfo().username;
  } catch {
    return '';
  }
}

/**
 * The keys by which the server knows this computer again (agent-contract.md 4.1). `uniqueid` is a hash: the machine id
 * itself is not for others, and many services on a computer derive secrets of their own from it.
 */
export function resourceKeys(facts: HostFacts): ResourceKey[] {
  const keys = [
    {
      name: 'name.domain',
      value: `${facts.hostName}.${facts.domain === '' ? 'WORKGROUP' : facts.domain}`.toUpperCase(),
    },
    { name: 'uniqueid', value: uniqueId(facts) },
  ];
  return facts.fqdn === '' ? keys : [{ name: 'fqdn', value: facts.fqdn }, ...keys];
}

export function uniqueId(facts: HostFacts): string {
  return createHash('sha256').update(`notification-server uniqueid\n${facts.machineId}`).digest('hex').slice(0, 40);
}
