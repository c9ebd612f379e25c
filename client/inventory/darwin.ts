/** macOS: the command-line tools that every Mac has; none needs privileges. */
import { noPlatformFacts, type PlatformFacts } from './facts.ts';
import { readResolvConf } from './linux.ts';
import { outputOf, textOf } from './tool.ts';

export async function darwinFacts(): Promise<PlatformFacts> {
  const [versions, platform, model, route, console, isVirtual] = await Promise.all([
    outputOf('/usr/bin/sw_vers', []),
    outputOf('/usr/sbin/ioreg', ['-rd1', '-c', 'IOPlatformExpertDevice']),
    outputOf('/usr/sbin/sysctl', ['-n', 'hw.model']),
    outputOf('/sbin/route', ['-n', 'get', 'default']),
    outputOf('/usr/bin/stat', ['-f', '%Su', '/dev/console']),
    outputOf('/usr/sbin/sysctl', ['-n', 'kern.hv_vmm_present']),
  ]);
  const resolver = readResolvConf(textOf('/etc/resolv.conf'));
  const user = console.trim();
  return {
    ...noPlatformFacts,
    ...readSwVers(versions),
    domain: resolver.domain,
    manufacturer: 'Apple Inc.',
    model: model.trim(),
    machineId: /"IOPlatformUUID" = "([^"]+)"/.exec(platform)?.[1] ?? '',
    // At the login window the console belongs to root.
    user: user === 'root' ? '' : user,
    users: user === 'root' || user === '' ? [] : [{ user, domain: '' }],
    roles: ['Workstation'],
    hypervisor: isVirtual.trim() === '1' ? 'unknown' : '',
    dnsServers: resolver.servers,
    gateways: readDefaultRoute(route),
  };
}

export function readSwVers(text: string): Pick<PlatformFacts, 'osName' | 'osVersion' | 'osBuild'> {
  const value = (name: string): string => new RegExp(`^${name}:\\s*(.+)$`, 'm').exec(text)?.[1]?.trim() ?? '';
  const osVersion = value('ProductVersion');
  return {
    osName: `${value('ProductName') || 'macOS'} ${osVersion}`.trim(),
    osVersion,
    osBuild: value('BuildVersion'),
  };
}

export function readDefaultRoute(text: string): Record<string, string> {
  const gateway = /^\s*gateway:\s*(\S+)/m.exec(text)?.[1];
  const adapter = /^\s*interface:\s*(\S+)/m.exec(text)?.[1];
  return gateway === undefined || adapter === undefined ? {} : { [adapter]: gateway };
}
