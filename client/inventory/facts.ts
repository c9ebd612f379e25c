/** What basic inventory knows of the computer; one collector per platform fills it in. */

export interface UserName {
  user: string;
  /** Empty for an account of the computer itself. */
  domain: string;
}

export interface ServiceFacts {
  name: string;
  displayName: string;
  /** Running, Stopped … */
  state: string;
  /** Auto, Manual, Disabled … */
  startMode: string;
  account: string;
  path: string;
}

export interface AdapterAddress {
  /** Name of the adapter: `eth0`, `Ethernet`. */
  adapter: string;
  address: string;
  mask: string;
  /** `AA:BB:CC:DD:EE:FF`; empty for an adapter without one (a tunnel). */
  mac: string;
  family: 4 | 6;
  /** Bits of the network part, where they are known. */
  prefixLength?: number;
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
  /** Who has a session now: at the screen or over the network. */
  users: UserName[];
  /** Workstation, Server, Domain controller. */
  roles: string[];
  /** Windows only. */
  services: ServiceFacts[];
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
  users: [],
  roles: [],
  services: [],
  hypervisor: '',
  dnsServers: [],
  gateways: {},
  dhcp: {},
};
