import { expect } from 'chai';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import type { Cmdb } from '../../models/cmdb/types.ts';
import { adapterNetwork } from '../../models/sites/adapterNetwork.ts';
import { takeCensus, countSubnets } from '../../models/sites/census.ts';
import { createSubnet, deleteSubnets } from '../../models/sites/changeSubnets.ts';
import type { Guid } from '../../wire/guid.ts';
import { addComputers, clock, JANE } from '../policies/support.ts';
import { forEachEngine } from '../support/cmdb.ts';

describe('the network of an adapter', () => {
  const of = (address: string, mask: string, adapter = 'Ethernet') => {
    const found = adapterNetwork(address, mask, adapter);
    return found && `${found.network}/${found.prefixLength} ${found.kind}`;
  };

  it('comes from address and mask, however the mask is told', () => {
    expect(of('10.1.7.9', '255.255.252.0')).to.equal('10.1.4.0/22 network');
    expect(of('10.1.7.9', '24')).to.equal('10.1.7.0/24 network');
    expect(of('2001:db8:1:2::9', '64')).to.equal('2001:db8:1:2::/64 network');
    expect(of('2001:db8:1:2::9', 'ffff:ffff:ffff:ffff::')).to.equal('2001:db8:1:2::/64 network');
  });

  it('is none when one of them says nothing', () => {
    for (const [address, mask] of [
      ['', '255.255.255.0'],
      ['10.1.1.1', ''],
      ['10.1.1.1', '255.0.255.0'],
      ['10.1.1.1', '33'],
      ['10.1.1.1', '0.0.0.0'],
      ['0.0.0.0', '255.0.0.0'],
      ['10.1.1.1', 'ffff::'],
      ["10.1.1.1'; --", '24'],
    ] as const)
      expect(of(address, mask), `${address} ${mask}`).to.equal(undefined);
  });

  it('is told apart when it is no place that a site would have', () => {
    expect(of('127.0.0.1', '255.0.0.0')).to.match(/loopback$/);
    expect(of('::1', '128')).to.match(/loopback$/);
    expect(of('169.254.8.8', '255.255.0.0')).to.match(/linkLocal$/);
    expect(of('fe80::1', '64')).to.match(/linkLocal$/);
    expect(of('10.8.0.6', '255.255.255.255')).to.match(/host$/);
    expect(of('172.17.0.1', '255.255.0.0', 'bridge')).to.match(/virtual$/);
    expect(of('192.168.122.1', '255.255.255.0', 'virbr0')).to.match(/virtual$/);
    expect(of('172.28.0.1', '255.255.240.0', 'vEthernet (WSL)')).to.match(/virtual$/);
    expect(of('172.17.4.1', '255.255.255.0', 'eth0')).to.match(/network$/);
  });
});

describe('the census of subnets', () => {
  forEachEngine((_engine, open) => {
    let cmdb: AnyCmdb;
    before(async () => (cmdb = await open()));
    after(() => cmdb.close());

    const place = async (guid: Guid, day: number, ...adapters: [address: string, mask: string, name?: string][]) => {
      const LastInventoryAt = `2030-01-0${day}T11:00:00.000Z`;
      const values = { IpAddress: adapters[0]![0], LastInventoryAt };
      await cmdb.db.updateTable('Computer').set(values).where('ResourceGuid', '=', guid).execute();
      for (const [address, mask, name = 'Ethernet'] of adapters) {
        const isIpv6 = address.includes(':');
        const common = { _ResourceGuid: guid, 'IP Address': address, Adapter: name };
        const row = isIpv6 ? { ...common, 'Prefix Length': Number(mask) } : { ...common, 'Subnet Mask': mask };
        await cmdb.insertMany((isIpv6 ? 'Inv_AeX_AC_TCPIPv6' : 'Inv_AeX_AC_TCPIP') as never, [row]);
      }
    };
    const uses = async () =>
      (
        await cmdb.db
          .selectFrom('SubnetUse as u')
          .innerJoin('Subnet as n', 'n.Guid', 'u.SubnetGuid')
          .select(['n.Network', 'u.Computers', 'u.LastSeenAt'])
          .orderBy('n.Network')
          .execute()
      ).map(({ Network, Computers, LastSeenAt }) => `${Network} ${Computers} ${LastSeenAt?.slice(0, 10)}`);
    const seen = async () =>
      (await cmdb.db.selectFrom('SeenNetwork').selectAll().execute())
        .map((row) => `${row.Network}/${row.PrefixLength} ${row.Kind} ${row.Computers} ${row.LastSeenAt?.slice(8, 10)}`)
        .sort();

    it('counts a computer in the longest prefix of its address, and its adapters in every network', async () => {
      const [wide, narrow] = [
        await createSubnet(cmdb, clock, JANE, { subnet: '10.0.0.0/8' }),
        await createSubnet(cmdb, clock, JANE, { subnet: '10.1.0.0/16' }),
      ];
      const [a, b, c] = (await addComputers(cmdb, 4)) as [Guid, Guid, Guid, Guid];
      await place(a, 1, ['10.1.0.5', '255.255.255.0'], ['10.1.0.6', '255.255.255.0'], ['2001:db8::5', '64']);
      await place(b, 3, ['10.1.0.7', '255.255.255.0', 'veth1'], ['172.17.0.1', '255.255.0.0', 'docker0']);
      await place(c, 2, ['10.9.0.7', '255.255.255.0']);
      await takeCensus(cmdb);
      expect(await uses()).to.deep.equal(['10.0.0.0 1 2030-01-02', '10.1.0.0 2 2030-01-03']);
      expect(await seen()).to.deep.equal([
        '10.1.0.0/24 network 2 03',
        '10.9.0.0/24 network 1 02',
        '172.17.0.0/16 virtual 1 03',
        '2001:db8::/64 network 1 01',
      ]);
      await cmdb.db.updateTable('Computer').set({ IpAddress: '10.9.0.8' }).where('ResourceGuid', '=', b).execute();
      await deleteSubnets(cmdb, clock, JANE, [narrow]);
      await countSubnets(cmdb);
      expect(await uses()).to.deep.equal(['10.0.0.0 3 2030-01-03']);
      await deleteSubnets(cmdb, clock, JANE, [wide]);
      await cmdb.db.deleteFrom('Inv_AeX_AC_TCPIPv6' as never).execute();
      await takeCensus(cmdb);
      expect(await uses()).to.deep.equal([]);
      expect(await seen()).to.have.length(3);
    });

    it('holds up nobody for long when thousands of networks are gone, as those of homes are every night', async () => {
      const old = Array.from({ length: 1300 }, (_, index) => {
        const Network = `2001:db8:${(index + 1).toString(16)}::`;
        return { Network, PrefixLength: index % 2 === 0 ? 56 : 64, Kind: 'network', Computers: 1, LastSeenAt: null };
      });
      await takeCensus(cmdb);
      const before = await seen();
      await cmdb.insertMany('SeenNetwork', old);
      let most = 0;
      const count = async (): Promise<number> => (await seen()).length;
      const watched: Cmdb = {
        ...cmdb,
        transaction: async (work, options) => {
          const there = await count();
          const done = await cmdb.transaction(work, options);
          most = Math.max(most, there - (await count()));
          return done;
        },
      };
      await takeCensus(watched);
      expect(await seen()).to.deep.equal(before);
      expect(most).to.be.within(1, 500);
    });
  });
});
