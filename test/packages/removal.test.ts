/** How a deleted package goes: out of sight at once, its rows in slices, whatever dies in between. */
import { expect } from 'chai';
import { newGuid, type Guid } from '../../wire/guid.ts';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import type { Cmdb } from '../../models/cmdb/types.ts';
import { packageNames } from '../../models/deliveries/deliveryNames.ts';
import { readTotals } from '../../models/metrics/overview.ts';
import { addPackageServer } from '../../models/packageServers/changePackageServers.ts';
import { changeDistribution } from '../../models/packageServers/distribution.ts';
import { takeReport } from '../../models/packageServers/takeReport.ts';
import { PackageCatalogue } from '../../models/packages/catalogue.ts';
import { clonePackage } from '../../models/packages/clonePackage.ts';
import { deletePackage } from '../../models/packages/deletePackage.ts';
import { getPackage, listSnapshots } from '../../models/packages/getPackage.ts';
import { countPackagesByState, listPackages } from '../../models/packages/listPackages.ts';
import { refreshPackage, type RefreshDeps } from '../../models/packages/refreshPackage.ts';
import { requestRefresh } from '../../models/packages/requestRefresh.ts';
import { claimPackage } from '../../models/packages/snapshot/claim.ts';
import { removeOldSnapshots } from '../../models/packages/snapshot/removeOldSnapshots.ts';
import { writeFileRows } from '../../models/packages/snapshot/snapshotRows.ts';
import { setPackagesEnabled } from '../../models/packages/updatePackage.ts';
import { globalSearch } from '../../models/search/globalSearch.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { held, reportOf } from '../support/packageServers.ts';
import { addComputers } from '../policies/support.ts';
import { addPackage, JANE, refreshDeps, TestClock, TestFolder, thrownBy } from './support.ts';

const RULE = { retentionHours: 168, neededDays: 30 };
const FILES = 4000;
const HASH = 'a1'.repeat(32);

describe('a package that is deleted', function () {
  // A SQL Server takes its time to make a database.
  this.timeout(180_000);
  forEachEngine((engine, open) => {
    let cmdb: AnyCmdb;
    let clock: TestClock;
    let data: TestFolder;
    let source: TestFolder;
    let deps: RefreshDeps;
    let guid: Guid;
    let version: number;
    before(async () => (cmdb = await open()));
    after(() => cmdb.close());
    beforeEach(async () => {
      clock = new TestClock();
      data = new TestFolder();
      source = new TestFolder();
      deps = refreshDeps(cmdb, clock, data.path);
      source.write('setup.exe');
      guid = await addPackage(deps, source.path);
      const outcome = await refreshPackage(deps, guid);
      if (outcome.result !== 'published') throw new Error(outcome.result);
      ({ version } = outcome);
      // As if its source held thousands more.
      await writeRows(version, 1, FILES);
    });
    afterEach(async () => {
      await deletePackage(cmdb, clock, JANE, guid);
      data.remove();
      source.remove();
    });

    const writeRows = (of: number, from: number, count: number): Promise<void> =>
      cmdb.insertMany(
        'SnapshotFile',
        Array.from({ length: count }, (_, index) => ({
          PackageGuid: guid,
          Version: of,
          Position: from + index,
          Path: `files/${index}.txt`,
          Size: 1,
          FileTime: new Date(clock.now()).toISOString(),
          Hash: HASH,
          IsExecutable: 0,
          IsFolder: 0,
        })),
      );
    const clean = () => removeOldSnapshots(cmdb, clock, RULE);
    const files = () => cmdb.db.selectFrom('SnapshotFile').select('Position').where('PackageGuid', '=', guid).execute();
    const rowsLeft = async (): Promise<number> => {
      const ofPackage = await Promise.all([
        cmdb.db.selectFrom('Package').select('Guid').where('Guid', '=', guid).execute(),
        cmdb.db.selectFrom('Item').select('Guid').where('Guid', '=', guid).execute(),
        cmdb.db.selectFrom('Snapshot').select('Version').where('PackageGuid', '=', guid).execute(),
        cmdb.db.selectFrom('PackageHolding').select('PackageGuid').where('PackageGuid', '=', guid).execute(),
        files(),
      ]);
      return ofPackage.flat().length;
    };

    /** The CMDB of a process that is killed after so many commits. */
    const dyingAfter = (commits: number): Cmdb => ({
      engine: cmdb.engine,
      db: cmdb.db,
      location: cmdb.location,
      insertMany: (table, rows) => cmdb.insertMany(table, rows),
      close: () => cmdb.close(),
      transaction: (work, options) => {
        if (commits-- === 0) throw new Error('killed');
        return cmdb.transaction(work, options);
      },
    });
    const killed = async (commits: number): Promise<void> => {
      expect(await thrownBy(deletePackage(dyingAfter(commits), clock, JANE, guid))).to.have.property(
        'message',
        'killed',
      );
    };

    it('holds no other writer up while thousands of files go', async function () {
      // SQL Server locks rows, not the whole.
      if (engine === 'mssql') this.skip();
      const order: string[] = [];
      const deleted = deletePackage(cmdb, clock, JANE, guid).then(() => order.push('deleted'));
      const written = cmdb
        .transaction(({ db }) =>
          db.updateTable('Item').set({ Description: 'x' }).where('Guid', '=', newGuid()).execute(),
        )
        .then(() => order.push('written'));
      await Promise.all([deleted, written]);
      expect(order).to.deep.equal(['written', 'deleted']);
      expect(await rowsLeft()).to.equal(0);
    });

    it('is not seen any more from the first commit on, and the next cleaning ends what a crash cut off', async () => {
      const computer = (await addComputers(cmdb, 1))[0]!;
      await addPackageServer(cmdb, clock, JANE, computer, {});
      const report = () => takeReport(cmdb, clock, computer, reportOf('10.1.0.5', [held(guid, version, HASH)]));
      await report();
      const catalogue = await PackageCatalogue.load(cmdb);
      const totals = await readTotals(cmdb);
      await killed(3);
      const left = (await files()).length;
      expect(left).to.be.within(1, FILES);

      await catalogue.refresh(cmdb, guid);
      expect([catalogue.get(guid), (await PackageCatalogue.load(cmdb)).get(guid)]).to.deep.equal([
        undefined,
        undefined,
      ]);
      const query = { sort: 'Name', descending: false, offset: 0, limit: 100 } as const;
      expect(await listPackages(cmdb, query)).to.deep.equal({ rows: [], total: 0 });
      expect([...(await countPackagesByState(cmdb)).values()]).to.deep.equal([]);
      expect((await readTotals(cmdb)).packages).to.equal(totals.packages - 1);
      expect(await packageNames(cmdb, 10, undefined)).to.deep.equal([]);
      expect((await globalSearch(cmdb, 'e', 10)).packages).to.deep.equal([]);
      expect(await getPackage(cmdb, guid)).to.equal(undefined);
      expect(await listSnapshots(cmdb, guid)).to.deep.equal([]);
      const codebases = cmdb.db.selectFrom('PackageHolding').select('PackageGuid');
      await report();
      expect(await codebases.execute()).to.deep.equal([]);

      expect(await setPackagesEnabled(cmdb, clock, JANE, [guid], true)).to.equal(0);
      expect(await requestRefresh(cmdb, clock, JANE, [guid])).to.equal(0);
      expect(await clonePackage(cmdb, clock, JANE, guid)).to.equal(undefined);
      expect(await changeDistribution(cmdb, clock, JANE, guid, { mode: 'all' })).to.equal(false);
      expect((await refreshPackage(deps, guid)).result).to.equal('busy');
      expect(await deletePackage(cmdb, clock, JANE, guid)).to.equal(false);
      expect((await files()).length).to.equal(left);
      const audited = cmdb.db.selectFrom('AuditEntry').select('ObjectName').where('Action', '=', 'delete');
      expect(await audited.where('ObjectGuid', '=', guid).execute()).to.deep.equal([{ ObjectName: 'Example Viewer' }]);

      // Its name is free.
      const next = await addPackage(deps, source.path);
      expect(await clean()).to.equal(1);
      expect(await rowsLeft()).to.equal(0);
      expect((await listPackages(cmdb, query)).rows.map(({ Guid }) => Guid)).to.deep.equal([next]);
      await deletePackage(cmdb, clock, JANE, next);
    });

    it('goes wherever a crash cuts its removal off', async () => {
      await deletePackage(cmdb, clock, JANE, guid);
      // The commit that hides it, one a slice, its snapshot's row; the last is that of the package.
      for (const commits of [1, 2, 4, 6, 7]) {
        guid = await addPackage(deps, source.path, { name: `Cut off after ${commits}` });
        const outcome = await refreshPackage(deps, guid);
        if (outcome.result !== 'published') throw new Error(outcome.result);
        await writeRows(outcome.version, 1, FILES);
        await killed(commits);
        expect(await getPackage(cmdb, guid), `after ${commits}`).to.equal(undefined);
        await clean();
        expect(await rowsLeft(), `after ${commits}`).to.equal(0);
      }
    });

    it('takes with it what a build goes on writing that has not found out yet', async () => {
      const claim = await claimPackage(cmdb, clock, guid);
      const row = await cmdb.db
        .selectFrom('Snapshot')
        .selectAll()
        .where('PackageGuid', '=', guid)
        .executeTakeFirstOrThrow();
      await killed(2);
      await cmdb.insertMany('Snapshot', [{ ...row, Version: version + 1, IsRemoved: 0 }]);
      await writeFileRows(cmdb, guid, version + 1, 1500, (from, count) =>
        Array.from({ length: Math.min(count, 1500 - from) }, (_, index) => ({
          path: `new/${from + index}`,
          size: 1,
          date: row.CreatedAt,
          hash: HASH,
          executable: false,
          folder: false,
        })),
      );
      expect(await thrownBy(claim!.renew(cmdb, 'still here'))).to.have.property('name', 'ClaimLost');
      await clean();
      expect(await rowsLeft()).to.equal(0);
    });
  });
});
