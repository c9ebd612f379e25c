import { expect } from 'chai';
import type { NetworkInterfaceInfo } from 'node:os';
import { inventoryBlocks, SentInventory } from '../../client/inventory/basicInventory.ts';
import { readDefaultRoute, readSwVers } from '../../client/inventory/darwin.ts';
import { noPlatformFacts, type HostFacts } from '../../client/inventory/facts.ts';
import { hostFacts, resourceKeys, splitHostName, uniqueId } from '../../client/inventory/host.ts';
import { allUsers, firstUser, readOsRelease, readResolvConf, readRoutes } from '../../client/inventory/linux.ts';
import { addressesOf, subnetOf } from '../../client/inventory/network.ts';
import { readReport } from '../../client/inventory/windows.ts';
import { removeTemporaryFolders, temporaryFolder } from './support/agents.ts';

describe('what the platforms tell', () => {
  it('Linux: os-release with and without quotes', () => {
    const values = readOsRelease(
      `PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID='12'\nID=debian\n# NAME="no"\n`,
    );
    expect(values).to.deep.equal({ PRETTY_NAME: 'Debian GNU/Linux 12 (bookworm)', VERSION_ID: '12', ID: 'debian' });
  });

  it('Linux: default gateways from the routing table', () => {
    const table =
      'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\n' +
      'eth0\t00000000\t0100A8C0\t0003\t0\t0\t100\t00000000\n' +
      'eth0\t0000A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\n' +
      'tun0\t00000000\t00000000\t0001\t0\t0\t50\t00000000\n';
    expect(readRoutes(table)).to.deep.equal({ eth0: '192.168.0.1' });
  });

  it('Linux: name servers and domain', () => {
    const text = '# nameserver 10.9.9.9\nnameserver 10.0.0.1\nnameserver  fd00::1\nsearch corp.example.test lan\n';
    expect(readResolvConf(text)).to.deep.equal({ servers: ['10.0.0.1', 'fd00::1'], domain: 'corp.example.test' });
    expect(readResolvConf('search .\n').domain).to.equal('');
  });

  it('Linux: the person at the screen before one who came over the network', () => {
    expect(firstUser('bob pts/0 2026-01-01 (10.0.0.9)\nann tty2 2026-01-01\n')).to.equal('ann');
    expect(firstUser('bob pts/0 2026-01-01 (10.0.0.9)\n')).to.equal('bob');
    expect(firstUser('')).to.equal('');
    expect(allUsers('bob pts/0 x\nann tty2 x\nbob pts/1 x\n').map(({ user }) => user)).to.deep.equal(['bob', 'ann']);
    expect(allUsers('')).to.deep.equal([]);
  });

  it('macOS: version and default route', () => {
    expect(readSwVers('ProductName:\t\tmacOS\nProductVersion:\t\t15.1\nBuildVersion:\t\t24B83\n')).to.deep.equal({
      osName: 'macOS 15.1',
      osVersion: '15.1',
      osBuild: '24B83',
    });
    expect(readDefaultRoute('   route to: default\n    gateway: 10.0.0.1\n  interface: en0\n')).to.deep.equal({
      en0: '10.0.0.1',
    });
    expect(readDefaultRoute('')).to.deep.equal({});
  });

  it('Windows: the report, also with what CIM leaves out', () => {
    const facts = readReport(
      JSON.stringify({
        caption: 'Microsoft Windows 11 Pro ',
        version: '10.0.26100',
        build: '26100',
        domain: 'example.test',
        manufacturer: 'VMware, Inc.',
        model: 'VMware20,1',
        user: 'EXAMPLE\\ann',
        uuid: 'U',
        productType: 2,
        services: [
          {
            name: 'BITS',
            displayName: 'Transfer',
            state: 'Running',
            startMode: 'Auto',
            account: 'LocalSystem',
            path: null,
          },
          { name: 'CDPUserSvc_4a1b2', displayName: 'Of a session', state: 'Running' },
        ],
        machineGuid: 'G',
        adapters: [
          { name: 'Ethernet', gateway: '10.0.0.1', dns: ['10.0.0.2', '10.0.0.3'], dhcp: true },
          { name: null, gateway: null, dns: [null] },
        ],
      }),
    );
    expect(facts).to.deep.include({
      osName: 'Microsoft Windows 11 Pro',
      domain: 'example.test',
      user: 'ann',
      userDomain: 'EXAMPLE',
      machineId: 'G+U',
      hypervisor: 'VMware',
      users: [{ user: 'ann', domain: 'EXAMPLE' }],
      roles: ['Server', 'Domain controller'],
    });
    expect(facts.services.map((service) => service.name)).to.deep.equal(['BITS']);
    expect(facts.services[0]).to.include({ displayName: 'Transfer', state: 'Running', startMode: 'Auto', path: '' });
    expect(facts.gateways).to.deep.equal({ Ethernet: '10.0.0.1' });
    expect(facts.dnsServers).to.deep.equal(['10.0.0.2', '10.0.0.3']);
    expect(readReport('')).to.deep.equal({ ...noPlatformFacts, osName: 'Windows' });
    expect(readReport('{"user":null,"adapters":null}')).to.deep.include({ user: '', userDomain: '', machineId: '' });
  });
});

describe('addresses', () => {
  const info = (address: string, netmask: string, more: Partial<NetworkInterfaceInfo> = {}): NetworkInterfaceInfo =>
    ({
      address,
      netmask,
      mac: '02:fc:00:00:00:01',
      internal: false,
      cidr: null,
      family: address.includes(':') ? 'IPv6' : 'IPv4',
      ...more,
    }) as NetworkInterfaceInfo;

  it('leave out what others cannot reach, and begin with the adapter that has a gateway', () => {
    const rows = addressesOf(
      { eth0: '10.0.0.1' },
      {
        lo: [info('127.0.0.1', '255.0.0.0', { internal: true })],
        docker0: [info('172.17.0.1', '255.255.0.0')],
        eth0: [
          info('fe80::1', 'ffff:ffff:ffff:ffff::'),
          info('fd00::2', 'ffff:ffff:ffff:ffff::'),
          info('10.0.0.5', '255.255.255.0'),
        ],
        tun0: [info('10.8.0.2', '255.255.255.0', { mac: '00:00:00:00:00:00' }), info('169.254.3.4', '255.255.0.0')],
      },
    );
    expect(rows.map((row) => row.address)).to.deep.equal(['10.0.0.5', 'fd00::2', '172.17.0.1', '10.8.0.2']);
    expect(rows.map((row) => row.mac)).to.deep.equal([
      '02:FC:00:00:00:01',
      '02:FC:00:00:00:01',
      '02:FC:00:00:00:01',
      '',
    ]);
  });

  it('tell their subnet', () => {
    expect(subnetOf('192.0.2.77', '255.255.255.192')).to.equal('192.0.2.64');
    expect(subnetOf('fd00:1:2:3:4:5:6:7', 'ffff:ffff:ffff:ffff::')).to.equal('fd00:1:2:3:0:0:0:0');
    expect(subnetOf('fd00::2', 'ffff:ffff:ffff::')).to.equal('fd00:0:0:0:0:0:0:0');
  });
});

describe('the computer', () => {
  it('this test runs on can be described', async () => {
    const facts = await hostFacts({ fallbackMachineId: 'none' });
    expect(facts.hostName).to.match(/^[^.]+$/);
    expect(facts.osName).to.not.equal('');
    expect(facts.architecture).to.equal(process.arch);
    expect(facts.machineId).to.not.equal('');
  });

  it('has keys that tell it from others and give no machine id away', async () => {
    const [one, again, other] = await Promise.all([
      hostFacts({ name: 'ONE', fallbackMachineId: 'x' }),
      hostFacts({ name: 'ONE', fallbackMachineId: 'x' }),
      hostFacts({ name: 'TWO.example.test', fallbackMachineId: 'x' }),
    ]);
    expect(resourceKeys(one)).to.deep.equal(resourceKeys(again));
    expect(uniqueId(one)).to.not.equal(uniqueId(other));
    expect(uniqueId(one)).to.not.include(one.machineId);
    expect(resourceKeys(other)).to.deep.include.members([
      { name: 'fqdn', value: 'two.example.test' },
      { name: 'name.domain', value: 'TWO.EXAMPLE.TEST' },
    ]);
  });

  it('may keep its full name as host name', () => {
    expect(splitHostName('a.b.test', '')).to.deep.equal({ name: 'a', domain: 'b.test' });
    expect(splitHostName('a', 'b.test')).to.deep.equal({ name: 'a', domain: 'b.test' });
  });
});

describe('which inventory is sent', () => {
  const facts: HostFacts = {
    ...noPlatformFacts,
    hostName: 'WKS',
    fqdn: '',
    architecture: 'x64',
    timeZone: 'UTC',
    addresses: [],
    user: 'ann',
  };
  const HOUR = 3_600_000;
  const DAY = 24 * HOUR;
  let state: string;
  beforeEach(() => (state = temporaryFolder()));
  afterEach(removeTemporaryFolders);

  function send(sent: SentInventory, of: HostFacts, at: number): string[] {
    const blocks = inventoryBlocks(of, '1.0', new Date(at));
    const classes = sent.select(blocks, DAY, at).map((dataClass) => dataClass.name);
    if (classes.length > 0) sent.remember(blocks, DAY, at);
    return classes;
  }

  it('all of it at each start of the agent and once a day', () => {
    const all = [
      'AeX AC Identification',
      'AeX AC TCPIP',
      'AeX AC Client Agent',
      'AeX AC Primary User',
      'AeX AC VirtualMachine',
      'AeX AC TCPIPv6',
    ];
    const sent = new SentInventory(state);
    expect(send(sent, facts, DAY)).to.deep.equal(all);
    expect(send(sent, facts, DAY + HOUR)).to.deep.equal([]);
    expect(send(sent, facts, 2 * DAY - 1)).to.deep.equal([]);
    expect(send(sent, facts, 2 * DAY)).to.deep.equal(all);
    expect(send(new SentInventory(state), facts, 2 * DAY + HOUR)).to.deep.equal(all);
  });

  it('in between what has changed, and the day counts from the last full one', () => {
    const sent = new SentInventory(state);
    send(sent, facts, DAY);
    const changed = { ...facts, hypervisor: 'KVM' };
    expect(send(sent, changed, DAY + HOUR)).to.deep.equal(['AeX AC VirtualMachine']);
    expect(send(sent, changed, DAY + 2 * HOUR)).to.deep.equal([]);
    expect(send(sent, changed, 2 * DAY)).to.have.length(6);
  });

  it('with what is known of connection, roles, services and IPv6', () => {
    const address = {
      adapter: 'eth0',
      address: '2001:db8::5',
      mask: 'ffff:ffff:ffff:ffff::',
      mac: '',
      family: 6 as const,
    };
    const service = { name: 'S', displayName: 'Service', state: 'Running', startMode: 'Auto', account: '', path: '' };
    const more = { ...facts, roles: ['Server'], services: [service], addresses: [{ ...address, prefixLength: 64 }] };
    const server = new URL('https://ns1.example.test:8443');
    const at = (day: number) => {
      const primaryUser = { user: 'joe', domain: 'EXAMPLE' };
      return inventoryBlocks(more, '1.0', new Date(day * DAY), { server, primaryUser });
    };
    const rows = Object.fromEntries(at(1).map(({ dataClass }) => [dataClass.name, dataClass.rows]));
    expect(rows['AeX AC Client Connectivity']![0]!.slice(0, 3)).to.deep.equal(['ns1.example.test', '8443', 'HTTPS']);
    expect(rows['AeX AC Roles']).to.deep.equal([['Server', '']]);
    expect(rows['AeX AC NT Services']![0]!.slice(0, 3)).to.deep.equal(['S', 'Service', 'Running']);
    expect(rows['AeX AC TCPIPv6']![0]!.slice(1, 5)).to.deep.equal(['eth0', '2001:db8::5', '64', 'Global']);
    expect(rows['AeX AC Primary User']![0]!.slice(2)).to.deep.equal(['joe', 'EXAMPLE', '0']);
    // Nothing but the times differs the day after.
    expect(at(2).map(({ hash }) => hash)).to.deep.equal(at(1).map(({ hash }) => hash));
  });

  it('all of it when the server knows the computer under another GUID', () => {
    const sent = new SentInventory(state);
    send(sent, facts, DAY);
    sent.forget();
    expect(send(sent, facts, DAY + 1)).to.have.length(6);
  });
});
