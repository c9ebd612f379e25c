/** The classes of basic inventory that say how the computer is connected, what it is for and what runs on it. */
import { localTime, type NseValues } from '../../wire/nse.ts';
import type { HostFacts } from './facts.ts';

export function connectivityRow(
  facts: HostFacts,
  server: URL,
  now: Date,
): { row: NseValues<'clientConnectivity'>; lasting: NseValues<'clientConnectivity'> } {
  const isHttps = server.protocol === 'https:';
  const lasting = {
    server: server.hostname,
    port: server.port === '' ? (isHttps ? '443' : '80') : server.port,
    protocol: isHttps ? 'HTTPS' : 'HTTP',
    connectionType: 'Direct',
    proxy: '',
    localAddress: facts.addresses[0]?.address,
    timeZoneOffset: offsetOf(now.getTimezoneOffset()),
  };
  return { row: { ...lasting, lastConnected: localTime(now, now.getTimezoneOffset()) }, lasting };
}

/** `+02:00`, of minutes to add to local time to get UTC. */
function offsetOf(biasMinutes: number): string {
  const minutes = Math.abs(biasMinutes);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${biasMinutes > 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

export const roleRows = (facts: HostFacts): NseValues<'roles'>[] => facts.roles.map((role) => ({ role, detail: '' }));

export const serviceRows = (facts: HostFacts): NseValues<'ntServices'>[] =>
  facts.services.map((service) => ({ ...service }));

export function ipv6Rows(facts: HostFacts): NseValues<'tcpipv6'>[] {
  const servers = facts.dnsServers.filter((server) => server.includes(':'));
  return facts.addresses
    .filter((address) => address.family === 6)
    .map((address) => ({
      hostName: facts.hostName,
      adapter: address.adapter,
      ipAddress: address.address,
      prefixLength: address.prefixLength === undefined ? undefined : String(address.prefixLength),
      scope: /^f[cd]/i.test(address.address) ? 'Private' : 'Global',
      macAddress: address.mac,
      dnsServer1: servers[0],
      dnsServer2: servers[1],
    }));
}
