/** Linux: files of /etc, /proc and /sys that anybody may read. */
import { existsSync, readlinkSync } from 'node:fs';
import { release } from 'node:os';
import { noPlatformFacts, type PlatformFacts, type UserName } from './facts.ts';
import { outputOf, textOf } from './tool.ts';

export async function linuxFacts(): Promise<PlatformFacts> {
  const os = readOsRelease(textOf('/etc/os-release'));
  const dmi = (name: string): string => textOf(`/sys/class/dmi/id/${name}`).trim();
  const resolver = readResolvConf(resolvConf());
  const who = await outputOf('who', []);
  return {
    ...noPlatformFacts,
    osName: os.PRETTY_NAME ?? os.NAME ?? 'Linux',
    osVersion: os.VERSION_ID ?? '',
    osBuild: release(),
    domain: resolver.domain,
    manufacturer: dmi('sys_vendor'),
    model: dmi('product_name'),
    machineId: textOf('/etc/machine-id').trim() || textOf('/var/lib/dbus/machine-id').trim(),
    user: firstUser(who),
    users: allUsers(who),
    roles: [hasScreen() ? 'Workstation' : 'Server'],
    hypervisor: hypervisorOf(dmi('sys_vendor'), dmi('product_name'), textOf('/proc/cpuinfo')),
    dnsServers: resolver.servers,
    gateways: readRoutes(textOf('/proc/net/route')),
  };
}

// systemd-resolved puts itself into /etc/resolv.conf and keeps the real servers beside it.
function resolvConf(): string {
  const text = textOf('/etc/resolv.conf');
  return /^nameserver\s+127\.0\.0\.53/m.test(text) ? textOf('/run/systemd/resolve/resolv.conf') || text : text;
}

/** `NAME="value"` lines. */
export function readOsRelease(text: string): Record<string, string | undefined> {
  const values: Record<string, string> = {};
  for (const match of text.matchAll(/^([A-Z_]+)=(?:"([^"]*)"|'([^']*)'|(.*))$/gm)) {
    values[match[1]!] = (match[2] ?? match[3] ?? match[4] ?? '').trim();
  }
  return values;
}

export function readResolvConf(text: string): { servers: string[]; domain: string } {
  const values = (keyword: string): string[] =>
    [...text.matchAll(new RegExp(`^\\s*${keyword}\\s+(\\S+)`, 'gm'))].map((match) => match[1]!);
  const domain = values('domain')[0] ?? values('search')[0] ?? '';
  return { servers: values('nameserver'), domain: domain === '.' ? '' : domain };
}

/** Default gateways of /proc/net/route: the address is hexadecimal in the byte order of the machine, here little-endian. */
export function readRoutes(text: string): Record<string, string> {
  const gateways: Record<string, string> = {};
  for (const line of text.split('\n').slice(1)) {
    const [adapter, destination, gateway] = line.trim().split(/\s+/);
    if (adapter === undefined || destination !== '00000000' || !/^[0-9A-F]{8}$/i.test(gateway ?? '')) continue;
    const bytes = Buffer.from(gateway!, 'hex').reverse();
    if (bytes.some((byte) => byte !== 0)) gateways[adapter] ??= [...bytes].join('.');
  }
  return gateways;
}

/** Who sits at a screen comes before who came over the network. */
export function firstUser(who: string): string {
  const lines = who.split('\n').filter((line) => line.trim() !== '');
  const local = lines.find((line) => /\s(tty\d|:\d|seat\d)/.test(line));
  return (local ?? lines[0] ?? '').trim().split(/\s+/)[0] ?? '';
}

/** Everybody with a session, once. */
export function allUsers(who: string): UserName[] {
  const names = who.split('\n').map((line) => line.trim().split(/\s+/)[0] ?? '');
  return [...new Set(names.filter((name) => name !== ''))].map((user) => ({ user, domain: '' }));
}

/** A system that starts into its graphical target is one that somebody sits at. */
function hasScreen(): boolean {
  for (const link of ['/etc/systemd/system/default.target', '/usr/lib/systemd/system/default.target']) {
    try {
      return readlinkSync(link).endsWith('graphical.target');
    } catch {
      // Not set there, or no systemd.
    }
  }
  return false;
}

const HYPERVISORS: readonly [RegExp, string][] = [
  [/vmware/i, 'VMware'],
  [/virtualbox|innotek/i, 'VirtualBox'],
  [/microsoft corporation.*virtual machine/i, 'Hyper-V'],
  [/qemu|kvm/i, 'KVM'],
  [/xen/i, 'Xen'],
  [/amazon ec2/i, 'Amazon EC2'],
  [/google/i, 'Google Compute Engine'],
  [/parallels/i, 'Parallels'],
];

function hypervisorOf(vendor: string, model: string, cpuinfo: string): string {
  const named = HYPERVISORS.find(([pattern]) => pattern.test(`${vendor} ${model}`));
  if (named !== undefined) return named[1];
  if (existsSync('/.dockerenv')) return 'Docker';
  return /^flags\s*:.*\bhypervisor\b/m.test(cpuinfo) ? 'unknown' : '';
}
