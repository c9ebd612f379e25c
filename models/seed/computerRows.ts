/** The rows of one computer, as registration and a basic inventory would have written them. */
import { braces, type Guid } from '../../wire/guid.ts';
import { DATA_CLASS, RESOURCE_TYPE } from '../../wire/wellKnown.ts';
import { xml } from '../../wire/xml.ts';
import { attributeTime, utc } from '../clock.ts';
import { HOUR, type SeededComputer } from './computers.ts';
import { addLogOns, addMoreInventory } from './moreInventory.ts';
import type { Random } from './random.ts';
import type { RowWriter } from './rowWriter.ts';

export function addComputer(writer: RowWriter, random: Random, computer: SeededComputer): void {
  addResource(writer, computer);
  addRegistration(writer, random, computer);
  addInventory(writer, computer);
  addLogOns(writer, computer);
}

function addResource(writer: RowWriter, computer: SeededComputer): void {
  const { guid, name, site } = computer;
  const key = (keyName: string, value: string): void =>
    writer.add('ResourceKey', { ResourceGuid: guid, KeyName: keyName, KeyValue: value });
  writer.add('Resource', {
    Guid: guid,
    Name: name,
    ResourceTypeGuid: RESOURCE_TYPE.computer,
    IsManaged: 1,
    CreatedAt: utc(computer.registeredAt),
    ModifiedAt: utc(computer.lastInventoryAt),
    DeletedAt: null,
  });
  key('name.domain', `${name}.${site.office.domain}`);
  key('fqdn', computer.fqdn);
  key('uniqueid', computer.uniqueId);
  key('macaddress', computer.mac);
  writer.add('Computer', {
    ResourceGuid: guid,
    Name: name,
    Domain: site.office.domain,
    Fqdn: computer.fqdn,
    OsName: computer.system.name,
    OsVersion: computer.system.version,
    SystemType: computer.system.systemType,
    IpAddress: computer.address,
    MacAddress: computer.mac,
    AgentVersion: computer.agentVersion,
    UserName: computer.user,
    SiteGuid: site.guid,
    LastInventoryAt: utc(computer.lastInventoryAt),
  });
  writer.add('ComputerContact', {
    ResourceGuid: guid,
    LastContactAt: utc(computer.lastContactAt),
    LastPolicyAt: utc(computer.lastContactAt),
    LastEventAt: utc(computer.lastInventoryAt),
    LastAddress: computer.address,
  });
  writer.add('Timeline', {
    ResourceGuid: guid,
    At: utc(computer.registeredAt),
    Kind: 'registered',
    Detail: `Registered from ${computer.address}.`,
  });
}

/** Without a key, as the original agents: such a computer is known by its GUID, from a legacy range only. */
function addRegistration(writer: RowWriter, random: Random, computer: SeededComputer): void {
  const decidedAt = utc(computer.registeredAt + random.between(0, 20 * HOUR));
  writer.add('AgentRegistration', {
    ...registrationOf(random, computer, computer.guid),
    State: 'allowed',
    Reason: 'Allowed by an administrator.',
    DecidedBy: 'seed',
    DecidedAt: decidedAt,
    FirstSeenAt: utc(computer.registeredAt),
    LastSeenAt: decidedAt,
    RequestCount: random.between(1, 4),
  });
}

/** The part of a registration request that the machine itself tells. */
export function registrationOf(random: Random, computer: SeededComputer, resource: Guid): object {
  return {
    Guid: random.guid(),
    ResourceGuid: resource,
    Name: computer.name,
    Domain: computer.site.office.domain,
    Fqdn: computer.fqdn,
    Address: computer.address,
    MacAddress: computer.mac,
    UserName: computer.user,
    PolicyKey: '',
    KeyHash: '',
    IsKeyOpaque: 1,
    RequestXml: xml`<resource guid="${braces(resource)}" name="${computer.name}"/>`.text,
    DuplicateOfGuid: null,
  };
}

function addInventory(writer: RowWriter, computer: SeededComputer): void {
  const owner = { _ResourceGuid: computer.guid };
  const { site, system } = computer;
  const sent = new Date(computer.lastInventoryAt);
  writer.add('Inv_AeX_AC_Identification', {
    ...owner,
    Name: computer.name,
    Domain: site.office.domain,
    FQDN: computer.fqdn,
    'OS Name': system.name,
    'OS Version': system.version,
    'System Type': system.systemType,
    'Last Logon User': computer.user,
    'Client Date': attributeTime(computer.lastInventoryAt),
    'OS Build Number': system.build,
    'Time Zone': site.office.timeZone,
    UniqueID: computer.uniqueId,
    'System Manufacturer': computer.maker,
    'System Model': computer.model,
  });
  writer.add('Inv_AeX_AC_TCPIP', {
    ...owner,
    'Host Name': computer.name.toLowerCase(),
    'Primary DNS Suffix': site.office.dnsSuffix,
    'IP Address': computer.address,
    'Subnet Mask': '255.255.252.0',
    Subnet: computer.network,
    'MAC Address': computer.mac,
    'Default Gateway': computer.gateway,
    'DNS Server 1': `10.${site.octet}.0.2`,
    'DNS Server 2': `10.${site.octet}.0.3`,
    Adapter: computer.kind === 'NB' ? 'Wi-Fi' : 'Ethernet',
    'DHCP Enabled': computer.kind === 'SRV' ? '0' : '1',
  });
  const agents = ['Altiris Agent', 'Altiris Inventory Agent', 'Software Management Solution Agent'];
  for (const agent of agents) {
    writer.add('Inv_AeX_AC_Client_Agent', {
      ...owner,
      'Agent Name': agent,
      'Product Version': computer.agentVersion,
      'Build Number': computer.agentVersion.split('.')[2],
      'Install Path': system.systemType === 'Win64' ? 'C:\\Program Files\\Altiris\\Altiris Agent' : '/opt/altiris',
      'Agent Class Guid': '',
    });
  }
  writer.add('Inv_AeX_AC_Primary_User', {
    ...owner,
    Month: String(sent.getUTCMonth() + 1),
    Year: String(sent.getUTCFullYear()),
    User: computer.user,
    Domain: computer.user === '' ? '' : site.office.domain,
    'Server Generated': '0',
  });
  writer.add('Inv_AeX_AC_Location', {
    ...owner,
    Location: site.office.city,
    Site: site.name,
    'Time Zone': site.office.timeZone,
  });
  const virtual = computer.maker === 'QEMU' || computer.maker.startsWith('VMware');
  writer.add('Inv_AeX_AC_VirtualMachine', {
    ...owner,
    'Is Virtual': virtual ? '1' : '0',
    Hypervisor: virtual ? computer.maker : '',
    Host: '',
  });
  const classes: readonly (readonly [Guid, number])[] = [
    [DATA_CLASS.identification, 1],
    [DATA_CLASS.tcpip, 1],
    [DATA_CLASS.clientAgent, agents.length],
    [DATA_CLASS.primaryUser, 1],
    [DATA_CLASS.location, 1],
    [DATA_CLASS.virtualMachine, 1],
    ...addMoreInventory(writer, computer),
  ];
  for (const [dataClass, rows] of classes) {
    writer.add('ResourceUpdate', {
      ResourceGuid: computer.guid,
      InventoryClassGuid: dataClass,
      CreatedAt: utc(computer.registeredAt),
      ModifiedAt: utc(computer.lastInventoryAt),
      EventAt: utc(computer.lastInventoryAt),
      RowCount: rows,
      // No hash: the computer's own first inventory always counts as different and replaces the seeded rows.
      DataHash: '',
    });
  }
}
