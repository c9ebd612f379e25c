import { expect } from 'chai';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { COMPUTER_SORTS, listComputers, type ComputerQuery } from '../../models/computers/computerList.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { RESOURCE_TYPE } from '../../wire/wellKnown.ts';
import { forEachEngine } from '../support/cmdb.ts';

const NOW = '2031-01-10T00:00:00.000Z';
const WEEK_AGO = '2031-01-03T00:00:00.000Z';

/** Name, domain, user, address, last contact (null: never). Domains and times are equal on purpose. */
const COMPUTERS = [
  ['alpha', 'EAST', 'ann', '10.0.0.1', '2031-01-09T00:00:00.000Z'],
  ['bravo', 'EAST', '', '10.0.0.2', '2030-12-01T00:00:00.000Z'],
  ['Charlie', 'EAST', 'bob', '10.0.1.3', null],
  ['delta_1', 'WEST', 'bob', '10.0.1.4', '2031-01-09T00:00:00.000Z'],
  ['deltaX1', 'WEST', '', '', null],
] as const;

async function addComputer({ db }: AnyCmdb, [name, domain, user, address, contact]: (typeof COMPUTERS)[number]) {
  const guid = newGuid();
  const resource = { Name: name, ResourceTypeGuid: RESOURCE_TYPE.computer, IsManaged: 1 as const, DeletedAt: null };
  await db
    .insertInto('Resource')
    .values({ Guid: guid, ...resource, CreatedAt: NOW, ModifiedAt: NOW })
    .execute();
  const rest = { Fqdn: '', OsVersion: '', SystemType: '', MacAddress: '', AgentVersion: '', SiteGuid: null };
  await db
    .insertInto('Computer')
    .values({
      ResourceGuid: guid,
      Name: name,
      Domain: domain,
      OsName: `Os of ${domain}`,
      UserName: user,
      IpAddress: address,
      LastInventoryAt: contact,
      ...rest,
    })
    .execute();
  if (contact !== null) {
    const times = { LastContactAt: contact, LastPolicyAt: null, LastEventAt: null, LastAddress: address };
    await db
      .insertInto('ComputerContact')
      .values({ ResourceGuid: guid, ...times })
      .execute();
  }
  return guid;
}

describe('the list of computers', () => {
  forEachEngine((_engine, open) => {
    let cmdb: AnyCmdb;
    const guids = new Map<string, Guid>();
    before(async () => {
      cmdb = await open();
      for (const computer of COMPUTERS) guids.set(computer[0], await addComputer(cmdb, computer));
    });
    after(() => cmdb.close());

    const list = (query: Partial<ComputerQuery>) =>
      listComputers(cmdb, { sort: 'Name', descending: false, offset: 0, limit: 100, ...query });
    const names = async (query: Partial<ComputerQuery>) => (await list(query)).rows.map((row) => row.Name);

    it('sorts by each of its columns, and turns the order round', async () => {
      for (const sort of COMPUTER_SORTS) {
        const up = await names({ sort });
        expect(up, sort).to.have.length(COMPUTERS.length);
        expect(await names({ sort, descending: true }), sort).to.deep.equal(up.toReversed());
      }
      expect(await names({})).to.deep.equal(['alpha', 'bravo', 'Charlie', 'delta_1', 'deltaX1']);
    });

    it('puts computers that were never heard of before those of long ago', async () => {
      const order = await names({ sort: 'LastContactAt' });
      expect(order.slice(0, 2)).to.have.members(['Charlie', 'deltaX1']);
      expect(order[2]).to.equal('bravo');
      expect((await list({ sort: 'LastContactAt' })).rows[2]).to.include({ LastContactAt: COMPUTERS[1][4] });
    });

    it('shows each computer on exactly one page, also where all are equal', async () => {
      for (const sort of ['Domain', 'LastContactAt', 'MacAddress'] as const) {
        const seen: string[] = [];
        for (let offset = 0; offset < COMPUTERS.length; offset += 2) {
          const { rows, total } = await list({ sort, offset, limit: 2 });
          expect(total).to.equal(COMPUTERS.length);
          seen.push(...rows.map((row) => row.Name));
        }
        expect(seen, sort).to.deep.equal(await names({ sort }));
        expect(new Set(seen).size).to.equal(COMPUTERS.length);
      }
      expect((await list({ offset: 50 })).rows).to.deep.equal([]);
    });

    it('finds by name, domain, address and user in any letter case, and takes wildcards as they are', async () => {
      expect(await names({ search: 'CHARLIE' })).to.deep.equal(['Charlie']);
      expect(await names({ search: 'west' })).to.deep.equal(['delta_1', 'deltaX1']);
      expect(await names({ search: '10.0.1.' })).to.deep.equal(['Charlie', 'delta_1']);
      expect(await names({ search: ' bob ' })).to.deep.equal(['Charlie', 'delta_1']);
      expect(await names({ search: 'a_1' })).to.deep.equal(['delta_1']);
      expect(await names({ search: '%' })).to.deep.equal([]);
      expect(await names({ search: "' OR 1=1 --" })).to.deep.equal([]);
      expect(await names({ search: `{${guids.get('bravo')!.toUpperCase()}}` })).to.deep.equal(['bravo']);
    });

    it('finds those that have been silent since an instant, or never spoke, whatever it is sorted by', async () => {
      for (const sort of ['Name', 'LastContactAt'] as const) {
        const { rows, total } = await list({ silentSince: WEEK_AGO, sort });
        expect(rows.map((row) => row.Name)).to.have.members(['bravo', 'Charlie', 'deltaX1']);
        expect(total).to.equal(3);
      }
      expect(await names({ silentSince: WEEK_AGO, osName: 'Os of EAST', search: 'bravo' })).to.deep.equal(['bravo']);
    });

    it('tells those that are managed from those that are retired', async () => {
      const all = await names({});
      expect(await names({ kept: 'managed' })).to.deep.equal(all);
      expect(await list({ kept: 'retired' })).to.deep.equal({ rows: [], total: 0 });
      const guid = guids.get('bravo')!;
      await cmdb.db.updateTable('Resource').set({ RetiredAt: NOW }).where('Guid', '=', guid).execute();
      expect(await names({ kept: 'managed' })).to.deep.equal(all.filter((name) => name !== 'bravo'));
      expect(await list({ kept: 'managed' })).to.include({ total: all.length - 1 });
      expect(await names({ kept: 'retired' })).to.deep.equal(['bravo']);
      expect(await names({ kept: 'retired', search: 'alpha' })).to.deep.equal([]);
    });
  });
});
