import { expect } from 'chai';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { utc } from '../../models/clock.ts';
import { assignTargeted } from '../../models/packageServers/assignTargeted.ts';
import { assignSite, changeDistribution } from '../../models/packageServers/distribution.ts';
import { insertItem } from '../../models/items/itemStore.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { ITEM_CLASS, RESOURCE_TYPE, TARGET } from '../../wire/wellKnown.ts';
import { JANE } from '../packages/support.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { World } from './world.ts';

const DAY = 86_400_000;

describe('automatic assignment by policies', function () {
  this.timeout(300_000);
  forEachEngine((_engine, open) => {
    let cmdb: AnyCmdb;
    let world: World;
    before(async () => (cmdb = await open()));
    after(() => cmdb.close());
    const empty = async () => {
      for (const table of ['PolicyTarget', 'Policy', 'TargetMember', 'Computer'] as const) {
        await cmdb.db.deleteFrom(table).execute();
      }
      await cmdb.db.deleteFrom('Target').where('Guid', '<>', TARGET.allComputers).execute();
      await cmdb.db.deleteFrom('Resource').execute();
      await World.clear(cmdb);
    };
    beforeEach(async () => {
      await empty();
      world = await World.make(cmdb);
      await changeDistribution(cmdb, world.clock, JANE, world.package, { mode: 'automatic' });
    });

    const computers = async (site: Guid, count: number, more: { DeletedAt?: string; IsManaged?: 0 | 1 } = {}) => {
      const now = utc(world.clock.now());
      const guids = Array.from({ length: count }, newGuid);
      const resource = { Name: 'PC', ResourceTypeGuid: RESOURCE_TYPE.computer, CreatedAt: now, ModifiedAt: now };
      await cmdb.insertMany(
        'Resource',
        guids.map((Guid) => ({ ...resource, Guid, IsManaged: 1 as const, DeletedAt: null, ...more })),
      );
      const empty = { Domain: '', Fqdn: '', OsName: '', OsVersion: '', SystemType: '', IpAddress: '', MacAddress: '' };
      await cmdb.insertMany(
        'Computer',
        guids.map((ResourceGuid) => ({
          ...empty,
          ResourceGuid,
          Name: 'PC',
          AgentVersion: '',
          UserName: '',
          SiteGuid: site,
          LastInventoryAt: null,
        })),
      );
      return guids;
    };
    const policyFor = async (target: Guid, packageGuid = world.package): Promise<Guid> => {
      const item = { name: 'Policy', description: '', classGuid: ITEM_CLASS.target };
      const guid = await insertItem(cmdb, world.clock, JANE, item);
      const row = { Guid: guid, Kind: 'softwareDelivery', ProgramGuid: null, Settings: '{}', Version: 1 };
      await cmdb.db
        .insertInto('Policy')
        .values({ ...row, IsEnabled: 1, PackageGuid: packageGuid })
        .execute();
      await cmdb.db.insertInto('PolicyTarget').values({ PolicyGuid: guid, TargetGuid: target }).execute();
      return guid;
    };
    const targetOf = async (members: readonly Guid[]): Promise<Guid> => {
      const item = { name: 'Target', description: '', classGuid: ITEM_CLASS.target };
      const guid = await insertItem(cmdb, world.clock, JANE, item);
      await cmdb.db.insertInto('Target').values({ Guid: guid, Kind: 'list' }).execute();
      await cmdb.insertMany(
        'TargetMember',
        members.map((ResourceGuid) => ({ TargetGuid: guid, ResourceGuid })),
      );
      return guid;
    };
    const look = (days = 0) => assignTargeted(cmdb, world.clock, days);
    const sites = async () =>
      (await cmdb.db.selectFrom('PackageDistributionSite').select('SiteGuid').execute()).map(
        ({ SiteGuid }) => SiteGuid,
      );

    it('goes by the sites of targeted computers that are there and managed', async () => {
      const [inBerlin] = await computers(world.berlin, 1);
      const [deleted] = await computers(world.lyon, 1, { DeletedAt: utc(world.clock.now()) });
      const [retired] = await computers(world.lyon, 1, { IsManaged: 0 });
      await policyFor(await targetOf([inBerlin!, deleted!, retired!]));
      expect(await look()).to.deep.equal({ assigned: 1, released: 0 });
      expect(await sites()).to.deep.equal([world.berlin]);
      expect(await look()).to.deep.equal({ assigned: 0, released: 0 });
    });

    it('tells other nodes of what is new, and of nothing when nothing is', async () => {
      await computers(world.berlin, 1);
      await policyFor(TARGET.allComputers);
      const changes = async () =>
        (await cmdb.db.selectFrom('ChangeLog').select('Id').where('Kind', '=', 'package').execute()).length;
      const before = await changes();
      await look();
      expect(await changes()).to.equal(before + 1);
      world.clock.pass(2 * DAY);
      // Noted as needed once a day, which is nobody else's news.
      await look();
      expect(await changes()).to.equal(before + 1);
      const row = await cmdb.db.selectFrom('PackageDistributionSite').selectAll().executeTakeFirstOrThrow();
      expect(row.NeededAt).to.equal(utc(world.clock.now()));
    });

    it('is given up some days after the last need, but not what was assigned by hand', async () => {
      const members = await computers(world.berlin, 2);
      const policy = await policyFor(await targetOf(members));
      await changeDistribution(cmdb, world.clock, JANE, world.package, { mode: 'automatic', sites: [world.lyon] });
      expect(await look(30)).to.deep.equal({ assigned: 1, released: 0 });
      world.clock.pass(20 * DAY);
      expect(await look(30)).to.deep.equal({ assigned: 0, released: 0 });
      await cmdb.db.updateTable('Policy').set({ IsEnabled: 0 }).where('Guid', '=', policy).execute();
      world.clock.pass(29 * DAY);
      expect(await look(30)).to.deep.equal({ assigned: 0, released: 0 });
      world.clock.pass(DAY);
      expect(await look(0)).to.deep.equal({ assigned: 0, released: 0 });
      expect(await look(30)).to.deep.equal({ assigned: 0, released: 1 });
      expect(await sites()).to.deep.equal([world.lyon]);
      // Who asks after that has it assigned again, for as long.
      expect(await assignSite(cmdb, world.clock, world.package, world.berlin)).to.equal(true);
      world.clock.pass(29 * DAY);
      expect((await look(30)).released).to.equal(0);
      world.clock.pass(DAY);
      expect((await look(30)).released).to.equal(1);
    });

    it('leaves packages alone that go elsewhere by hand', async () => {
      await computers(world.berlin, 1);
      await policyFor(TARGET.allComputers);
      await changeDistribution(cmdb, world.clock, JANE, world.package, { mode: 'sites', sites: [world.lyon] });
      expect(await look(1)).to.deep.equal({ assigned: 0, released: 0 });
      expect(await sites()).to.deep.equal([world.lyon]);
    });

    // Taking so many rows away again takes a SQL Server longer than a database of its own.
    describe('with 35,000 computers', () => {
      before(async () => {
        await cmdb.close();
        cmdb = await open();
      });

      it('finds every site', async () => {
        const half = 17_500;
        await computers(world.berlin, half);
        const members = await computers(world.lyon, half);
        await policyFor(await targetOf(members));
        const forAll = await world.addPackage('For all');
        await changeDistribution(cmdb, world.clock, JANE, forAll, { mode: 'automatic' });
        await policyFor(TARGET.allComputers, forAll);
        expect(await look()).to.deep.equal({ assigned: 3, released: 0 });
        expect((await sites()).sort()).to.deep.equal([world.berlin, world.lyon, world.lyon].sort());
      });
    });
  });
});
