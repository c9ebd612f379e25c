/** What basic inventory knows of the computer; one collector per platform fills it in. */

export interface AdapterAddress {
  /** Name of the adapter: `eth0`, `Ethernet`. */
  adapter: string;
  address: string;
  mask: string;
  /** `AA:BB:CC:DD:EE:FF`; empty for an adapter without one (a tunnel). */
  mac: string;
  family: 4 | 6;
}

/** What the operating system's own tools say; every field may be empty. */
export interface PlatformFacts {
  osName: string;
  osVersion: string;
  osBuild: string;
  /** DNS domain, or the workgroup's name on Windows. */
  domain: string;
  manufacturer: string;
  model: string;
  /** Identifies this installation; sent only as a hash. */
  machineId: string;
  /** Person at the console or in the newest session. */
  user: string;
  userDomain: string;
  /** Empty for a computer of metal. */
  hypervisor: string;
  dnsServers: string[];
  /** Default gateway by adapter. */
  gateways: Record<string, string>;
  /** DHCP by adapter, where it can be told. */
  dhcp: Record<string, boolean>;
}

export interface HostFacts extends PlatformFacts {
  hostName: string;
  /** Empty when the computer has no DNS domain. */
  fqdn: string;
  architecture: string;
  timeZone: string;
  addresses: AdapterAddress[];
}

export const noPlatformFacts: PlatformFacts = {
  osName: '',
  osVersion: '',
  osBuild: '',
  domain: '',
  manufacturer: '',
  model: '',
  machineId: '',
  user: '',
  userDomain: '',
  hypervisor: '',
  dnsServers: [],
  gateways: {},
  dhcp: {},
};
