import { expect } from 'chai';
import { newGuid, type Guid } from '../../wire/guid.ts';
import type { Change } from '../../models/changes/changeLog.ts';
import type { Clock } from '../../models/clock.ts';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { InvalidInput, type FieldError } from '../../models/fieldErrors.ts';
import { assignComputers } from '../../models/sites/assignComputers.ts';
import { createSite, deleteSite, readSite, updateSite } from '../../models/sites/changeSites.ts';
import {
  assignSubnets,
  createSubnet,
  deleteSubnets,
  readSubnet,
  updateSubnet,
} from '../../models/sites/changeSubnets.ts';
import { getSite, listSites, SITE_SORTS, siteNames } from '../../models/sites/listSites.ts';
import { listSubnets, SUBNET_SORTS, type SubnetQuery } from '../../models/sites/listSubnets.ts';
import { SiteIndex } from '../../models/sites/siteIndex.ts';
import { DEFAULT_INTERNET_SITE } from '../../wire/wellKnown.ts';
import { addComputers } from '../policies/support.ts';
import { forEachEngine } from '../support/cmdb.ts';

const clock: Clock = { now: () => Date.parse('2030-01-07T12:00:00.000Z') };
const JANE = { name: 'jane', address: '10.9.9.9' };
const PAGE = { descending: false, offset: 0, limit: 50 };

describe('sites and subnets', () => {
  forEachEngine((_engine, open) => {
    let cmdb: AnyCmdb;
    beforeEach(async () => (cmdb = await open()));
    afterEach(() => cmdb.close());

    const site = (name: string, fields: Record<string, unknown> = {}) =>
      createSite(cmdb, clock, JANE, { name, ...fields });
    const subnet = (text: string, siteGuid: Guid | null = null, name = '') =>
      createSubnet(cmdb, clock, JANE, { subnet: text, siteGuid: siteGuid ?? '', name });
    const faultsOf = async (promise: Promise<unknown>): Promise<readonly FieldError[]> => {
      const error: unknown = await promise.then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error).to.be.instanceOf(InvalidInput);
      return (error as InvalidInput).errors;
    };
    const addComputerAt = async (...addresses: string[]): Promise<Guid[]> => {
      const guids = await addComputers(cmdb, addresses.length);
      for (const [index, address] of addresses.entries()) {
        await cmdb.db
          .updateTable('Computer')
          .set({ IpAddress: address, LastInventoryAt: '2030-01-07T11:00:00.000Z' })
          .where('ResourceGuid', '=', guids[index]!)
          .execute();
      }
      return guids;
    };
    const sitesOf = async (guids: readonly Guid[]): Promise<(Guid | null)[]> => {
      const rows = await cmdb.db.selectFrom('Computer').select(['ResourceGuid', 'SiteGuid']).execute();
      return guids.map((guid) => rows.find((row) => row.ResourceGuid === guid)!.SiteGuid);
    };

    it('tell the site of an address, and why', async () => {
      const berlin = await site('Berlin');
      const factory = await site('Factory');
      await subnet('10.0.0.0/8', berlin);
      await subnet('10.1.0.0/16', factory);
      await subnet('10.1.9.0/24');
      await subnet('2001:db8::/32', berlin);
      const index = await SiteIndex.load(cmdb);
      expect(index.siteOf('10.2.3.4')).to.deep.equal({
        site: { guid: berlin, name: 'Berlin' },
        subnet: '10.0.0.0/8',
        reason: '10.2.3.4 lies in 10.0.0.0/8, the longest prefix that contains it, which belongs to Berlin.',
      });
      expect(index.siteOf('10.1.3.4').site?.name).to.equal('Factory');
      expect(index.siteOf('::ffff:10.1.3.4').site?.name).to.equal('Factory');
      expect(index.siteOf('2001:DB8::7').site?.name).to.equal('Berlin');
      expect(index.siteOf('10.1.9.4')).to.deep.equal({
        site: undefined,
        subnet: '10.1.9.0/24',
        reason: '10.1.9.4 lies in 10.1.9.0/24, which belongs to no site.',
      });
      expect(index.siteOf('192.0.2.1')).to.deep.equal({
        site: undefined,
        subnet: undefined,
        reason: 'No subnet contains 192.0.2.1.',
      });
      expect(index.siteOf('2001:db9::1').subnet).to.equal(undefined);
      expect(index.siteOf('rubbish').reason).to.equal('rubbish is not an address.');
      expect(index.siteOfAddresses(['192.0.2.1', '10.1.9.4', '10.1.3.4', '10.2.3.4']).site?.name).to.equal('Factory');
      expect(index.siteOfAddresses(['192.0.2.1', '10.1.9.4']).reason).to.equal('No subnet contains 192.0.2.1.');
      expect(index.siteOfAddresses([]).reason).to.equal('No address is known.');
    });

    it('are followed in memory when they change', async () => {
      const index = await SiteIndex.load(cmdb);
      const berlin = await site('Berlin');
      await subnet('10.0.0.0/8', berlin);
      const changes = (await cmdb.db.selectFrom('ChangeLog').select(['Id', 'Kind', 'ItemGuid']).execute()) as Change[];
      expect(changes.map((change) => change.Kind)).to.deep.equal(['site', 'site']);
      expect(index.siteOf('10.2.3.4').site).to.equal(undefined);
      await index.applyChange(cmdb, { Id: 1, Kind: 'policy', ItemGuid: null });
      expect(index.siteOf('10.2.3.4').site).to.equal(undefined);
      await index.applyChange(cmdb, changes[1]!);
      expect(index.siteOf('10.2.3.4').site?.name).to.equal('Berlin');
    });

    it('give computers their site after every change', async () => {
      const computers = await addComputerAt('10.1.0.1', '10.2.0.1', '::ffff:10.1.0.2', '', 'fe80::1%eth0');
      const [berlin, factory] = [await site('Berlin'), await site('Factory')];
      const wide = await subnet('10.0.0.0/8', berlin);
      expect(await sitesOf(computers)).to.deep.equal([berlin, berlin, berlin, null, null]);
      const narrow = await subnet('10.1.0.0/16', factory);
      expect(await sitesOf(computers)).to.deep.equal([factory, berlin, factory, null, null]);
      await updateSubnet(cmdb, clock, JANE, narrow, { subnet: '10.1.0.1/32', siteGuid: factory });
      expect(await sitesOf(computers)).to.deep.equal([factory, berlin, berlin, null, null]);
      expect(await assignSubnets(cmdb, clock, JANE, [narrow, wide], factory)).to.equal(1);
      expect(await sitesOf(computers)).to.deep.equal([factory, factory, factory, null, null]);
      expect(await deleteSubnets(cmdb, clock, JANE, [narrow, newGuid()])).to.equal(1);
      expect(await deleteSite(cmdb, clock, JANE, factory)).to.equal(true);
      expect(await sitesOf(computers)).to.deep.equal([null, null, null, null, null]);
      expect(await readSubnet(cmdb, wide)).to.deep.equal({ subnet: '10.0.0.0/8', name: '', siteGuid: null });
    });

    it('give new computers their site, looking only at those that were heard of lately', async () => {
      const berlin = await site('Berlin');
      await subnet('10.0.0.0/8', berlin);
      const computers = await addComputerAt('10.1.0.1', '10.2.0.1');
      await cmdb.db
        .updateTable('Computer')
        .set({ LastInventoryAt: '2030-01-07T10:00:00.000Z' })
        .where('ResourceGuid', '=', computers[0]!)
        .execute();
      expect(await assignComputers(cmdb, '2030-01-07T10:30:00.000Z')).to.equal(1);
      expect(await sitesOf(computers)).to.deep.equal([null, berlin]);
      expect(await assignComputers(cmdb)).to.equal(1);
      expect(await assignComputers(cmdb)).to.equal(0);
    });

    it('give their sites to more computers than fit into one slice', async () => {
      const berlin = await site('Berlin');
      const computers = await addComputerAt(
        ...Array.from({ length: 1203 }, (_, number) => `10.0.${number >> 8}.${number & 255}`),
      );
      await subnet('10.0.0.0/8', berlin);
      expect(new Set(await sitesOf(computers))).to.deep.equal(new Set([berlin]));
    }).timeout(120_000);

    it('can be changed, with a before and an after', async () => {
      const guid = await site('Berlin', { description: 'Head office', isInternet: 'on' });
      expect(await readSite(cmdb, guid)).to.deep.equal({
        name: 'Berlin',
        description: 'Head office',
        isInternet: true,
        fallback: 'server',
        fallbackSiteGuid: null,
        fallbackMinutes: 0,
      });
      expect(await updateSite(cmdb, clock, JANE, guid, { name: 'Bonn' })).to.equal(true);
      expect(await readSite(cmdb, guid)).to.deep.equal({
        name: 'Bonn',
        description: '',
        isInternet: false,
        fallback: 'server',
        fallbackSiteGuid: null,
        fallbackMinutes: 0,
      });
      expect(await updateSite(cmdb, clock, JANE, newGuid(), { name: 'x' })).to.equal(false);
      expect(await deleteSite(cmdb, clock, JANE, newGuid())).to.equal(false);
      const rows = await cmdb.db
        .selectFrom('AuditEntry')
        .select(['Action', 'ObjectKind', 'ObjectName'])
        .orderBy('Id')
        .execute();
      expect(rows).to.deep.equal([
        { Action: 'create', ObjectKind: 'site', ObjectName: 'Berlin' },
        { Action: 'update', ObjectKind: 'site', ObjectName: 'Bonn' },
      ]);
    });

    it('say what is wrong, and write nothing', async () => {
      const berlin = await site('Berlin');
      const first = await subnet('10.0.0.0/8', berlin);
      const other = await subnet('10.1.0.0/16');
      const audit = async () => (await cmdb.db.selectFrom('AuditEntry').select('Id').execute()).length;
      const before = await audit();
      const there = [{ field: 'subnet', message: 'The subnet is there already.' }];
      expect(await faultsOf(site('BERLIN'))).to.deep.equal([
        { field: 'name', message: 'There is already a site of this name.' },
      ]);
      expect(await faultsOf(site(''))).to.deep.equal([{ field: 'name', message: 'Enter a name.' }]);
      expect(await faultsOf(subnet('10.0.0.0/255.0.0.0'))).to.deep.equal(there);
      expect(await faultsOf(subnet('::ffff:10.0.0.0/104'))).to.deep.equal(there);
      expect(await faultsOf(updateSubnet(cmdb, clock, JANE, other, { subnet: '10.0.0.0/8' }))).to.deep.equal(there);
      expect(await updateSubnet(cmdb, clock, JANE, first, { subnet: '10.0.0.0/8', siteGuid: berlin })).to.equal(true);
      expect(await faultsOf(subnet('10.0.0.1/8'))).to.have.length(1);
      const noSite = [{ field: 'siteGuid', message: 'There is no such site.' }];
      expect(await faultsOf(subnet('10.9.0.0/16', newGuid()))).to.deep.equal(noSite);
      expect(await faultsOf(assignSubnets(cmdb, clock, JANE, [first], newGuid()))).to.deep.equal(noSite);
      expect(await faultsOf(createSubnet(cmdb, clock, JANE, { subnet: '10.9.0.0/16', siteGuid: 'x' }))).to.deep.equal([
        { field: 'siteGuid', message: 'Choose a site.' },
      ]);
      expect(await updateSubnet(cmdb, clock, JANE, newGuid(), { subnet: '10.9.0.0/16' })).to.equal(false);
      expect(await audit()).to.equal(before + 1);
    });

    it('take one of two equal subnets that come at once', async () => {
      const results = await Promise.allSettled([subnet('10.0.0.0/8'), subnet('10.0.0.0/8'), subnet('10.0.0.0/8')]);
      expect(results.map((result) => result.status).sort()).to.deep.equal(['fulfilled', 'rejected', 'rejected']);
      for (const result of results)
        if (result.status === 'rejected') expect(result.reason).to.be.instanceOf(InvalidInput);
      expect(await cmdb.db.selectFrom('Subnet').select('Guid').execute()).to.have.length(1);
    });

    it('are listed with their counts, sorted, paged and searched', async () => {
      const [berlin, aachen] = [await site('Berlin', { description: 'Head office' }), await site('Aachen')];
      await subnet('10.0.0.0/8', berlin, 'all');
      await subnet('10.1.0.0/16', berlin);
      await subnet('192.168.0.0/24');
      await addComputerAt('10.1.0.1');
      await assignComputers(cmdb);
      const { rows, total } = await listSites(cmdb, { ...PAGE, sort: 'Name' });
      expect(total).to.equal(3);
      expect(rows.map((row) => [row.Name, row.Subnets, row.Computers])).to.deep.equal([
        ['Aachen', 0, 0],
        ['Berlin', 2, 1],
        ['Default Internet Site', 0, 0],
      ]);
      expect(await getSite(cmdb, berlin)).to.deep.equal(rows[1]);
      expect(await getSite(cmdb, newGuid())).to.equal(undefined);
      expect(await siteNames(cmdb)).to.deep.equal([
        { Guid: aachen, Name: 'Aachen' },
        { Guid: berlin, Name: 'Berlin' },
        { Guid: DEFAULT_INTERNET_SITE, Name: 'Default Internet Site' },
      ]);
      for (const sort of SITE_SORTS)
        expect((await listSites(cmdb, { ...PAGE, sort, descending: true })).rows, sort).to.have.length(3);
      expect(
        (await listSites(cmdb, { ...PAGE, sort: 'Computers', descending: true, limit: 1 })).rows[0]!.Name,
      ).to.equal('Berlin');
      expect(
        (await listSites(cmdb, { ...PAGE, sort: 'Name', search: 'head' })).rows.map((row) => row.Name),
      ).to.deep.equal(['Berlin']);

      const networks = async (query: Partial<SubnetQuery>) =>
        (await listSubnets(cmdb, { ...PAGE, sort: 'Network', ...query })).rows.map(
          (row) => `${row.Network}/${row.PrefixLength} ${row.SiteName}`,
        );
      expect(await networks({})).to.deep.equal(['10.0.0.0/8 Berlin', '10.1.0.0/16 Berlin', '192.168.0.0/24 null']);
      for (const sort of SUBNET_SORTS) expect(await networks({ sort, descending: true }), sort).to.have.length(3);
      expect(await networks({ search: '10.' })).to.have.length(2);
      expect(await networks({ search: '10.0.0.0/8' })).to.have.length(1);
      expect(await networks({ search: 'berlin' })).to.have.length(2);
      expect(await networks({ siteGuid: null })).to.deep.equal(['192.168.0.0/24 null']);
      expect(await networks({ siteGuid: aachen })).to.deep.equal([]);
      expect((await listSubnets(cmdb, { ...PAGE, sort: 'Network', offset: 2, limit: 1 })).total).to.equal(3);
    });
  });
});
