import { expect } from 'chai';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { InvalidInput } from '../../models/fieldErrors.ts';
import { addPackageServer, removePackageServer } from '../../models/packageServers/changePackageServers.ts';
import { changeAssignments } from '../../models/sites/assignByHand.ts';
import { assignComputers } from '../../models/sites/assignComputers.ts';
import type { AssignedPlace } from '../../models/sites/assignmentLists.ts';
import { createSite, deleteSite, updateSite } from '../../models/sites/changeSites.ts';
import { assignSubnets, createSubnet } from '../../models/sites/changeSubnets.ts';
import { listAssignedComputers, listAssignedTargets, targetChoices } from '../../models/sites/listAssigned.ts';
import { SiteIndex } from '../../models/sites/siteIndex.ts';
import { createTarget, deleteTarget } from '../../models/targets/changeTargets.ts';
import { changeMembers } from '../../models/targets/targetMembers.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { DEFAULT_INTERNET_SITE } from '../../wire/wellKnown.ts';
import { JANE, TestClock } from '../packages/support.ts';
import { addComputers } from '../policies/support.ts';
import { forEachEngine } from '../support/cmdb.ts';

const ALL_COMPUTERS = 'eb3a1a12-e1c7-4431-b060-f0333e4e488c' as Guid;

describe('assigning by hand', function () {
  // A SQL Server takes its time to make a database.
  this.timeout(180_000);
  forEachEngine((_engine, open) => {
    const clock = new TestClock();
    let cmdb: AnyCmdb;
    let index: SiteIndex;
    let berlin: Guid;
    let lyon: Guid;
    let computer: Guid;
    let other: Guid;

    before(async () => {
      cmdb = await open();
      await createSubnetWithin('10.1.0.0/16', (berlin = await site('Berlin')));
      await createSubnetWithin('10.2.0.0/16', (lyon = await site('Lyon')));
      [computer, other] = (await addComputers(cmdb, 2)) as [Guid, Guid];
      await cmdb.db.updateTable('Computer').set({ IpAddress: '10.1.2.3' }).execute();
      await assignComputers(cmdb);
      index = await SiteIndex.load(cmdb);
    });
    afterEach(async () => {
      for (const place of [atSite(berlin), atSite(lyon), atSite(DEFAULT_INTERNET_SITE)]) await clear(place);
    });
    after(() => cmdb.close());

    const site = (name: string): Promise<Guid> => createSite(cmdb, clock, JANE, { name });
    const createSubnetWithin = (subnet: string, siteGuid: Guid) =>
      createSubnet(cmdb, clock, JANE, { subnet, siteGuid });
    const atSite = (guid: Guid): AssignedPlace => ({ kind: 'site', guid });
    const storedSite = async (guid: Guid): Promise<Guid | null> =>
      (
        await cmdb.db
          .selectFrom('Computer')
          .select('SiteGuid')
          .where('ResourceGuid', '=', guid)
          .executeTakeFirstOrThrow()
      ).SiteGuid;
    const change = async (place: AssignedPlace, more: Parameters<typeof changeAssignments>[4]) => {
      const done = await changeAssignments(cmdb, clock, JANE, place, more);
      await index.applyChange(cmdb, { Id: 1, Kind: 'site', ItemGuid: null });
      return done;
    };
    const clear = async (place: AssignedPlace): Promise<void> => {
      const computers = (await listAssignedComputers(cmdb, place, { offset: 0, limit: 100 })).rows.map(
        (row) => row.Guid,
      );
      const targets = (await listAssignedTargets(cmdb, place)).map((row) => row.Guid);
      await change(place, { remove: { computers, targets } });
    };
    const sitesOf = (guid: Guid, address = '10.1.2.3'): (string | undefined)[] =>
      index.placesOf(guid, [address]).matches.flatMap(({ site: found }) => found?.name ?? []);
    const faultOf = async (work: Promise<unknown>): Promise<string> => {
      const error = await work.catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(InvalidInput);
      return (error as InvalidInput).errors[0]!.message;
    };

    it('counts more than the subnet, in memory and in the stored site, until it ends', async () => {
      expect(await storedSite(computer)).to.equal(berlin);
      expect(await change(atSite(lyon), { add: { computers: [computer] } })).to.deep.equal({ added: 1, removed: 0 });
      expect(await storedSite(computer)).to.equal(lyon);
      expect(await storedSite(other)).to.equal(berlin);
      expect(sitesOf(computer)).to.deep.equal(['Lyon']);
      expect(sitesOf(other)).to.deep.equal(['Berlin']);
      const { site: found, matches } = index.placesOf(computer, ['10.1.2.3']);
      expect(found.reason).to.equal('The computer is assigned to Lyon by hand, which counts more than addresses.');
      // The subnet still says who stands next door.
      expect(matches[1]).to.include({ subnet: '10.1.0.0/16', site: undefined });
      const { rows } = await listAssignedComputers(cmdb, atSite(lyon), { offset: 0, limit: 10 });
      expect(rows.map((row) => row.Guid)).to.deep.equal([computer]);
      expect(await change(atSite(lyon), { remove: { computers: [computer] } })).to.deep.equal({ added: 0, removed: 1 });
      expect(await storedSite(computer)).to.equal(berlin);
      expect(sitesOf(computer)).to.deep.equal(['Berlin']);
      // The list of the site goes with its last computer.
      expect(await cmdb.db.selectFrom('SiteTarget').selectAll().execute()).to.deep.equal([]);
    });

    it('keeps what two people assign to one place at the same moment, in one list', async () => {
      const place = atSite(lyon);
      for (let round = 0; round < 5; round++) {
        const assigning = [computer, other].map((guid) =>
          changeAssignments(cmdb, clock, JANE, place, { add: { computers: [guid] } }),
        );
        await Promise.all(assigning);
        const { rows } = await listAssignedComputers(cmdb, place, { offset: 0, limit: 10 });
        expect(rows.map((row) => row.Guid).sort()).to.deep.equal([computer, other].sort());
        expect(await cmdb.db.selectFrom('SiteTarget').selectAll().execute()).to.have.length(1);
        await clear(place);
      }
    });

    it('takes targets, follows who is in them, and lets what is named itself count more', async () => {
      const lab = await createTarget(cmdb, clock, JANE, { name: 'Lab', computers: [other] });
      await change(atSite(lyon), { add: { targets: [lab] } });
      expect(await listAssignedTargets(cmdb, atSite(lyon))).to.deep.equal([{ Guid: lab, Name: 'Lab', computers: 1 }]);
      expect((await targetChoices(cmdb, atSite(lyon))).map((target) => target.Guid)).to.deep.equal([ALL_COMPUTERS]);
      expect(sitesOf(other)).to.deep.equal(['Lyon']);
      expect(index.placesOf(other, []).site.reason).to.include('Whoever is in “Lab” is assigned to Lyon by hand');
      await changeMembers(cmdb, clock, JANE, lab, { add: [computer] });
      const before = index.assignmentChanges;
      await index.applyChange(cmdb, { Id: 2, Kind: 'target', ItemGuid: lab });
      expect(sitesOf(computer)).to.deep.equal(['Lyon']);
      expect(index.assignmentChanges).to.be.above(before);
      await change(atSite(berlin), { add: { computers: [computer] } });
      expect(sitesOf(computer)).to.deep.equal(['Berlin']);
      expect(sitesOf(other)).to.deep.equal(['Lyon']);
      expect(await faultOf(deleteTarget(cmdb, clock, JANE, lab))).to.include('is assigned to the site "Lyon"');
      await clear(atSite(lyon));
      expect(await deleteTarget(cmdb, clock, JANE, lab)).to.equal(true);
    });

    it('takes “All Computers”, and several sites together', async () => {
      await change(atSite(lyon), { add: { targets: [ALL_COMPUTERS] } });
      await change(atSite(berlin), { add: { targets: [ALL_COMPUTERS] } });
      expect(sitesOf(computer, '192.0.2.1')).to.deep.equal(['Berlin', 'Lyon']);
      // Of an address alone nobody knows whether it is one of them.
      expect(index.placesOf(undefined, ['10.1.2.3']).matches.map(({ site: found }) => found?.name)).to.deep.equal([
        'Berlin',
      ]);
    });

    it('gives Internet sites targets only, and their computers no subnet', async () => {
      const internet = atSite(DEFAULT_INTERNET_SITE);
      const fault = await faultOf(changeAssignments(cmdb, clock, JANE, internet, { add: { computers: [computer] } }));
      expect(fault).to.include('from targets only');
      const subnet = { subnet: '10.9.0.0/16', siteGuid: DEFAULT_INTERNET_SITE };
      expect(await faultOf(createSubnet(cmdb, clock, JANE, subnet))).to.include('from targets only');
      const rows = await cmdb.db.selectFrom('Subnet').select('Guid').execute();
      const guids = rows.map(({ Guid }) => Guid);
      expect(await faultOf(assignSubnets(cmdb, clock, JANE, guids, DEFAULT_INTERNET_SITE))).to.include('targets only');
      const turned = { name: 'Berlin', isInternet: true };
      expect(await faultOf(updateSite(cmdb, clock, JANE, berlin, turned))).to.include('this one has subnets');
      await change(internet, { add: { targets: [ALL_COMPUTERS] } });
      // Its network at home is numbered like ours.
      const { matches } = index.placesOf(computer, ['10.1.2.3']);
      expect(matches.map(({ subnet: text }) => text)).to.deep.equal([undefined]);
      expect(matches[0]!.reason).to.include('the Internet site Default Internet Site');
      expect(await storedSite(computer)).to.equal(DEFAULT_INTERNET_SITE);
    });

    it('gives computers to package servers directly, which leaves them their site', async () => {
      await addPackageServer(cmdb, clock, JANE, other, {});
      const place: AssignedPlace = { kind: 'packageServer', guid: other };
      await change(place, { add: { computers: [computer] } });
      const { site: found, servers, serversReason } = index.placesOf(computer, ['10.1.2.3']);
      expect(found.site?.name).to.equal('Berlin');
      expect(servers).to.deep.equal([other]);
      expect(serversReason).to.equal('It serves the computer, assigned by hand.');
      await removePackageServer(cmdb, clock, JANE, other);
      await index.refresh(cmdb);
      expect(index.placesOf(computer, ['10.1.2.3']).servers).to.deep.equal([]);
      expect(await cmdb.db.selectFrom('PackageServerTarget').selectAll().execute()).to.deep.equal([]);
    });

    it('goes with the site, and is refused for whom nobody knows', async () => {
      const gone = await site('Gone');
      await change(atSite(gone), { add: { computers: [computer], targets: [ALL_COMPUTERS] } });
      expect(await storedSite(computer)).to.equal(gone);
      expect(await deleteSite(cmdb, clock, JANE, gone)).to.equal(true);
      expect(await storedSite(computer)).to.equal(berlin);
      expect(await changeAssignments(cmdb, clock, JANE, atSite(gone), { add: { computers: [computer] } })).to.equal(
        undefined,
      );
      const unknown = newGuid();
      const work = changeAssignments(cmdb, clock, JANE, atSite(lyon), { add: { computers: [computer, unknown] } });
      expect(await faultOf(work)).to.include('is no known computer');
      const target = changeAssignments(cmdb, clock, JANE, atSite(lyon), { add: { targets: [unknown] } });
      expect(await faultOf(target)).to.include('not there any more');
      expect(await storedSite(computer)).to.equal(berlin);
    });

    it('is in the audit log', async () => {
      await change(atSite(lyon), { add: { computers: [computer] } });
      const entries = await cmdb.db
        .selectFrom('AuditEntry')
        .select(['Actor', 'ObjectName'])
        .where('Action', '=', 'assign')
        .where('ObjectKind', '=', 'site')
        .execute();
      expect(entries.at(-1)).to.deep.equal({ Actor: JANE.name, ObjectName: 'Lyon' });
    });
  });
});
