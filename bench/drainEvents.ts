/** Events as fleets send them, each by a computer of its own: what the drain rows put into the queue. */
import { hash } from 'node:crypto';
import { guid, type Guid } from '../wire/guid.ts';
import { nseClass, writeNse, type NseClass, type NseClassName, type NseValues } from '../wire/nse.ts';
import { CAPTURE_ITEM } from '../wire/wellKnown.ts';

export interface MadeEvent {
  sender: Guid;
  body: Buffer;
}

const digits = (index: number): string => index.toString(16).padStart(12, '0');
/** In no order, as GUIDs come. */
export function computerGuid(index: number): Guid {
  const hex = hash('sha256', `computer ${index}`);
  return guid(
    `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(12, 15)}-8${hex.slice(15, 18)}-${hex.slice(18, 30)}`,
  );
}
/** `run` sets the events of one run apart from those of another. */
const messageGuid = (run: number, index: number): Guid =>
  guid(`${run.toString(16).padStart(8, '0')}-0001-4000-8000-${digits(index)}`);

const rows = <C extends NseClassName>(dataClass: C, count: number, make: (index: number) => NseValues<C>): NseClass =>
  nseClass(
    dataClass,
    Array.from({ length: count }, (_, index) => make(index)),
  );

/** Eight classes and about 6 KB: what a computer with two adapters and a dozen plug-ins sends. */
function inventoryClasses(index: number, version: string): NseClass[] {
  const name = `PC-${String(index).padStart(6, '0')}`;
  const fqdn = `${name.toLowerCase()}.branch.example.test`;
  const address = `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;
  return [
    rows('identification', 1, () => ({
      name,
      domain: 'EXAMPLE',
      fqdn,
      osName: 'Example OS 11 Enterprise',
      osVersion: '10.0.26100',
      systemType: 'Win64',
      lastLogonUser: `user${index % 9973}`,
      clientDate: '2026-03-01 08:00:00',
      osBuildNumber: version,
      timeZone: 'W. Europe Standard Time',
      uniqueId: `hardware-${digits(index)}`,
      systemManufacturer: 'Example Computers Inc.',
      systemModel: `Model ${index % 40}`,
    })),
    rows('tcpip', 2, (adapter) => ({
      hostName: name,
      primaryDnsSuffix: 'branch.example.test',
      ipAddress: adapter === 0 ? address : `192.168.${index & 255}.7`,
      subnetMask: '255.255.255.0',
      subnet: `10.${(index >> 16) & 255}.${(index >> 8) & 255}.0`,
      macAddress: `02-00-5E-${digits(index * 2 + adapter)
        .slice(-6)
        .replace(/(..)(?=.)/g, '$1-')}`,
      defaultGateway: '10.0.0.1',
      dnsServer1: '10.0.0.53',
      dnsServer2: '10.0.1.53',
      adapter: adapter === 0 ? 'Example Gigabit Network Connection' : 'Example Wireless Adapter',
      dhcpEnabled: 'True',
    })),
    rows('clientAgent', 11, (plugIn) => ({
      agentName: plugIn === 0 ? 'Altiris Agent' : `Example plug-in number ${plugIn}`,
      productVersion: `8.8.${version}.${plugIn}`,
      buildNumber: version,
      installPath: `C:\\Program Files\\Altiris\\Agents\\Plug-in ${plugIn}`,
      agentClassGuid: `{c0c0c0c0-0000-4000-8000-${digits(plugIn)}}`,
    })),
    rows('primaryUser', 3, (month) => ({
      month: ['January', 'February', 'March'][month]!,
      year: '2026',
      user: `user${index % 9973}`,
      domain: 'EXAMPLE',
      serverGenerated: '0',
    })),
    rows('location', 1, () => ({ location: `Branch ${index % 300}`, site: `Site ${index % 60}`, timeZone: 'CET' })),
    rows('virtualMachine', 1, () => ({ isVirtual: 'False', hypervisor: '', host: '' })),
    {
      guid: guid('5d5d5d5d-0000-4000-8000-000000000206'),
      name: 'AeX AC Client Connectivity',
      rows: [['ns.example.test', '443', 'https', 'LAN', '', address, '60', '2026-03-01 08:00:00']],
    },
    {
      guid: guid('5d5d5d5d-0000-4000-8000-000000000207'),
      name: 'AeX AC NT Services',
      rows: Array.from({ length: 10 }, (_, service) => [
        `ExampleService${service}`,
        `Example service number ${service}`,
        service % 3 === 0 ? 'Stopped' : 'Running',
        'Automatic',
        'LocalSystem',
        `C:\\Windows\\System32\\example${service}.exe -k`,
      ]),
    },
  ];
}

function event(index: number, run: number, to: Guid, classes: NseClass[], keys: boolean): MadeEvent {
  const sender = computerGuid(index);
  const name = `PC-${String(index).padStart(6, '0')}`;
  const text = writeNse({
    to,
    priority: 1,
    msgId: messageGuid(run, index),
    time: new Date(Date.UTC(2026, 2, 1, 8) + run * 1000),
    biasMinutes: 0,
    resource: {
      guid: sender,
      name,
      keys: keys
        ? [
            { name: 'fqdn', value: `${name.toLowerCase()}.branch.example.test` },
            { name: 'name.domain', value: `${name}.EXAMPLE` },
            { name: 'uniqueid', value: `hardware-${digits(index)}` },
          ]
        : [],
    },
    classes,
  });
  return { sender, body: Buffer.from(text) };
}

export function basicInventory(index: number, run = 1): MadeEvent {
  return event(index, run, CAPTURE_ITEM.basicInventory, inventoryClasses(index, String(4000 + run)), true);
}

/** A program has run: about 1 KB. */
export function status(index: number, run = 1): MadeEvent {
  const classes = [
    rows('swdExecution', 1, () => ({
      advertisementGuid: `{d0d0d0d0-0000-4000-8000-${digits(index % 25)}}`,
      advertisementName: `Example editor 4.2 for ring ${index % 25}`,
      packageGuid: `{e0e0e0e0-0000-4000-8000-${digits(index % 25)}}`,
      packageName: 'Example editor 4.2',
      programName: 'Install silently',
      status: 'Command executed',
      start: '2026-03-01 07:58:12',
      end: '2026-03-01 07:59:47',
      returnCode: '0',
    })),
  ];
  return event(index, run, CAPTURE_ITEM.swdExecution, classes, false);
}

/** One class of 3,000 rows, about 377 KB. */
export function fullInventory(index: number, run = 1): MadeEvent {
  const classes = [
    rows('clientAgent', 3000, (plugIn) => ({
      agentName: `Example software product ${plugIn}`,
      productVersion: `${plugIn % 20}.${run}`,
      buildNumber: String(26_000 + (plugIn % 800)),
      installPath: `C:\\Program Files\\Example\\Product ${plugIn}`,
      agentClassGuid: digits(plugIn),
    })),
  ];
  return event(index, run, CAPTURE_ITEM.basicInventory, classes, true);
}
