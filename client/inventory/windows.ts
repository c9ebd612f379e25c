/** Windows: one call of PowerShell over CIM, which needs no privileges for these classes. */
import { noPlatformFacts, type PlatformFacts, type ServiceFacts } from './facts.ts';
import { outputOf } from './tool.ts';

const SCRIPT = `
$ErrorActionPreference = 'SilentlyContinue'
[Console]::OutputEncoding = [Text.Encoding]::UTF8
$s = Get-CimInstance Win32_ComputerSystem
$o = Get-CimInstance Win32_OperatingSystem
$p = Get-CimInstance Win32_ComputerSystemProduct
$n = @(Get-CimInstance Win32_NetworkAdapterConfiguration -Filter 'IPEnabled=True')
$a = @(Get-CimInstance Win32_NetworkAdapter -Filter 'NetEnabled=True')
$v = @(Get-CimInstance Win32_Service)
@{
  caption = $o.Caption; productType = $o.ProductType; version = $o.Version; build = $o.BuildNumber
  domain = $s.Domain; manufacturer = $s.Manufacturer; model = $s.Model; user = $s.UserName; uuid = $p.UUID
  machineGuid = (Get-ItemProperty 'HKLM:\\SOFTWARE\\Microsoft\\Cryptography').MachineGuid
  adapters = @($n | ForEach-Object { $i = $_; @{
    name = ($a | Where-Object { $_.Index -eq $i.Index } | Select-Object -First 1).NetConnectionID
    gateway = @($i.DefaultIPGateway)[0]; dns = @($i.DNSServerSearchOrder); dhcp = $i.DHCPEnabled } })
  services = @($v | ForEach-Object { @{ name = $_.Name; displayName = $_.DisplayName; state = $_.State
    startMode = $_.StartMode; account = $_.StartName; path = $_.PathName } })
} | ConvertTo-Json -Depth 4 -Compress`;

interface Report {
  caption?: string | null;
  version?: string | null;
  /** 1 workstation, 2 domain controller, 3 server. */
  productType?: number | null;
  services?: Partial<Record<keyof ServiceFacts, string | null>>[] | null;
  build?: string | null;
  domain?: string | null;
  manufacturer?: string | null;
  model?: string | null;
  /** `DOMAIN\user`. */
  user?: string | null;
  uuid?: string | null;
  machineGuid?: string | null;
  adapters?: { name?: string | null; gateway?: string | null; dns?: (string | null)[] | null; dhcp?: boolean | null }[];
}

export async function windowsFacts(): Promise<PlatformFacts> {
  const encoded = Buffer.from(SCRIPT, 'utf16le').toString('base64');
  const args = ['-NoProfile', '-NonInteractive', '-ExecutionPolicy', 'Bypass', '-EncodedCommand', encoded];
  return readReport(await outputOf('powershell.exe', args));
}

export function readReport(text: string): PlatformFacts {
  let report: Report;
  try {
    report = JSON.parse(text) as Report;
  } catch {
    return { ...noPlatformFacts, osName: 'Windows' };
  }
  const [userDomain, user] = splitUser(report.user ?? '');
  const named = (report.adapters ?? []).filter((adapter) => typeof adapter.name === 'string');
  const gateways = named.filter((adapter) => typeof adapter.gateway === 'string' && adapter.gateway !== '');
  const dns = (report.adapters ?? []).flatMap((adapter) => adapter.dns ?? []).filter((server) => server !== null);
  return {
    osName: report.caption?.trim() ?? 'Windows',
    osVersion: report.version ?? '',
    osBuild: report.build ?? '',
    domain: report.domain ?? '',
    manufacturer: report.manufacturer ?? '',
    model: report.model ?? '',
    machineId: [report.machineGuid, report.uuid].filter((part) => typeof part === 'string' && part !== '').join('+'),
    user,
    userDomain,
    users: user === '' ? [] : [{ user, domain: userDomain }],
    roles: ROLES[report.productType ?? 0] ?? [],
    services: (report.services ?? []).flatMap(readService),
    hypervisor: hypervisorOf(report),
    dnsServers: [...new Set(dns)],
    gateways: Object.fromEntries(gateways.map((adapter) => [adapter.name!, adapter.gateway!])),
    dhcp: Object.fromEntries(named.map((adapter) => [adapter.name!, adapter.dhcp === true])),
  };
}

const ROLES: Readonly<Record<number, string[]>> = {
  1: ['Workstation'],
  2: ['Server', 'Domain controller'],
  3: ['Server'],
};

function readService(service: NonNullable<Report['services']>[number]): ServiceFacts[] {
  const text = (name: keyof ServiceFacts): string => service[name] ?? '';
  // Services of a session have a number behind their names that is another one each time: they say nothing lasting.
  if (text('name') === '' || /_[0-9a-f]{4,8}$/.test(text('name'))) return [];
  return [
    {
      name: text('name'),
      displayName: text('displayName'),
      state: text('state'),
      startMode: text('startMode'),
      account: text('account'),
      path: text('path'),
    },
  ];
}

function splitUser(text: string): [domain: string, user: string] {
  const at = text.indexOf('\\');
  return at === -1 ? ['', text] : [text.slice(0, at), text.slice(at + 1)];
}

function hypervisorOf({ manufacturer, model }: Report): string {
  const text = `${manufacturer ?? ''} ${model ?? ''}`;
  if (/vmware/i.test(text)) return 'VMware';
  if (/virtualbox|innotek/i.test(text)) return 'VirtualBox';
  if (/qemu|kvm/i.test(text)) return 'KVM';
  return /microsoft corporation virtual machine/i.test(text) ? 'Hyper-V' : '';
}
