/**
 * The simulated company: computer number N is always the same one for a seed. Nothing is kept of a computer that can
 * be made again from its number, so ten thousand of them need little memory.
 */
import { createHash, createPrivateKey, type KeyObject } from 'node:crypto';
import { guid, type Guid } from '../../wire/guid.ts';
import { noPlatformFacts, type HostFacts } from '../../client/inventory/facts.ts';
import { Random } from './random.ts';

const OFFICES = [
  { code: 'HAM', timeZone: 'Europe/Berlin' },
  { code: 'LYO', timeZone: 'Europe/Paris' },
  { code: 'BOS', timeZone: 'America/New_York' },
  { code: 'AUS', timeZone: 'America/Chicago' },
  { code: 'OSA', timeZone: 'Asia/Tokyo' },
  { code: 'PER', timeZone: 'Australia/Perth' },
  { code: 'GDN', timeZone: 'Europe/Warsaw' },
  { code: 'CPT', timeZone: 'Africa/Johannesburg' },
] as const;

const SYSTEMS = [
  ['Microsoft Windows 11 Enterprise', '10.0.26100', '26100', 'x64', 50],
  ['Microsoft Windows 10 Enterprise', '10.0.19045', '19045', 'x64', 25],
  ['Microsoft Windows Server 2022 Standard', '10.0.20348', '20348', 'x64', 8],
  ['macOS 15.6', '15.6', '24G84', 'arm64', 9],
  ['Debian GNU/Linux 12 (bookworm)', '12', '6.1.0-37-amd64', 'x64', 8],
] as const;

const MODELS = [
  ['Dell Inc.', 'Latitude 7450'],
  ['Dell Inc.', 'OptiPlex 7020'],
  ['LENOVO', 'ThinkPad T14 Gen 5'],
  ['HP', 'EliteBook 840 G11'],
  ['HP', 'ProDesk 400 G9'],
  ['VMware, Inc.', 'VMware20,1'],
] as const;

const FIRST_NAMES = [
  'anna',
  'ben',
  'carla',
  'david',
  'elif',
  'felix',
  'grace',
  'hugo',
  'ines',
  'jonas',
  'kenji',
  'lena',
  'marta',
  'noah',
  'olga',
  'paul',
  'rosa',
  'sven',
  'tara',
  'yusuf',
];
const LAST_NAMES = [
  'adams',
  'bauer',
  'costa',
  'dubois',
  'evans',
  'fischer',
  'garcia',
  'hansen',
  'ito',
  'jansen',
  'kovac',
  'lang',
  'moreau',
  'novak',
  'olsen',
  'patel',
  'rossi',
  'schmidt',
  'tanaka',
  'weber',
];

// PKCS #8 of an Ed25519 key is this and the 32 secret bytes (RFC 8410).
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');

export class Fleet {
  readonly #seed: string;

  constructor(seed: string) {
    this.#seed = seed;
  }

  guidOf(number: number): Guid {
    const hex = this.#digest('guid', number).toString('hex');
    return guid(
      `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`,
    );
  }

  /** Whoever knows the seed has the keys of all simulated computers. */
  keyOf(number: number): KeyObject {
    return createPrivateKey({
      key: Buffer.concat([PKCS8_HEAD, this.#digest('key', number)]),
      format: 'der',
      type: 'pkcs8',
    });
  }

  factsOf(number: number): HostFacts {
    const random = new Random(this.#seed, `computer ${number}`);
    const office = random.pick(OFFICES);
    const [osName, osVersion, osBuild, architecture] = weighted(random);
    const [manufacturer, model] = random.pick(MODELS);
    const hostName = `${office.code}-${osName.includes('Server') ? 'SRV' : 'WS'}-${String(number).padStart(6, '0')}`;
    const domain = `${office.code.toLowerCase()}.example.com`;
    const site = OFFICES.indexOf(office) * 16 + random.below(16);
    return {
      ...noPlatformFacts,
      ...{ osName, osVersion, osBuild, architecture, manufacturer, model, hostName, domain },
      fqdn: `${hostName}.${domain}`.toLowerCase(),
      machineId: `${this.#seed} ${number}`,
      user: `${random.pick(FIRST_NAMES)}.${random.pick(LAST_NAMES)}`,
      userDomain: office.code,
      hypervisor: manufacturer === 'VMware, Inc.' ? 'VMware' : '',
      timeZone: office.timeZone,
      dnsServers: [`10.${site}.0.10`, `10.${site}.0.11`],
      ...network(number, site, random),
    };
  }

  #digest(purpose: string, number: number): Buffer {
    return createHash('sha256').update(`${this.#seed}\n${purpose}\n${number}`).digest();
  }
}

function weighted(random: Random): (typeof SYSTEMS)[number] {
  let left = random.below(100);
  return SYSTEMS.find((system) => (left -= system[4]) < 0) ?? SYSTEMS[0];
}

function network(number: number, site: number, random: Random): Pick<HostFacts, 'gateways' | 'addresses' | 'dhcp'> {
  const third = 1 + (number % 250);
  const mac =
    `02:5A:${[number >> 16, number >> 8, number].map((byte) => (byte & 0xff).toString(16).padStart(2, '0')).join(':')}`.toUpperCase();
  const address = `10.${site}.${third}.${20 + random.below(230)}`;
  const first = { adapter: 'Ethernet', address, mask: '255.255.255.0', mac: `${mac}:01`, family: 4 as const };
  const second = {
    adapter: 'Wi-Fi',
    address: `172.20.${third}.${20 + random.below(230)}`,
    mask: '255.255.252.0',
    mac: `${mac}:02`,
    family: 4 as const,
  };
  return {
    gateways: { Ethernet: `10.${site}.${third}.1` },
    dhcp: { Ethernet: true, 'Wi-Fi': true },
    addresses: random.fraction() < 0.4 ? [first, second] : [first],
  };
}
