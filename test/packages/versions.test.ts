/** Older versions: why they are kept, when they go, and what differs between two of them. */
import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { chmodSync, rmSync } from 'node:fs';
import type { Guid } from '../../wire/guid.ts';
import { TARGET } from '../../wire/wellKnown.ts';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import type { Cmdb } from '../../models/cmdb/types.ts';
import { utc } from '../../models/clock.ts';
import { PackageCatalogue } from '../../models/packages/catalogue.ts';
import { createProgram } from '../../models/packages/programs.ts';
import { markSnapshotsUsed } from '../../models/packages/markUsed.ts';
import { refreshPackage, type RefreshDeps } from '../../models/packages/refreshPackage.ts';
import { diffPage } from '../../models/packages/snapshot/diffPage.ts';
import type { DiffKind } from '../../models/packages/snapshot/diffVersions.ts';
import { listVersions, needText } from '../../models/packages/snapshot/listVersions.ts';
import { removeOldSnapshots } from '../../models/packages/snapshot/removeOldSnapshots.ts';
import { addPackageServer } from '../../models/packageServers/changePackageServers.ts';
import { takeReport } from '../../models/packageServers/takeReport.ts';
import { createSoftwarePolicy } from '../../models/policies/changePolicies.ts';
import { setPoliciesEnabled } from '../../models/policies/switchPolicies.ts';
import { held, reportOf } from '../support/packageServers.ts';
import { addComputers } from '../policies/support.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { addPackage, JANE, refreshDeps, TestClock, TestFolder } from './support.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const RULE = { retentionHours: 168, neededDays: 30 };

describe('versions of a package', () => {
  forEachEngine((_engine, open) => {
    let cmdb: AnyCmdb;
    let clock: TestClock;
    let data: TestFolder;
    let source: TestFolder;
    let deps: RefreshDeps;
    let guid: Guid;
    let old: number;
    let current: number;

    before(async () => {
      cmdb = await open();
    });
    after(() => cmdb.close());
    beforeEach(async () => {
      clock = new TestClock();
      data = new TestFolder();
      source = new TestFolder();
      deps = refreshDeps(cmdb, clock, data.path);
      source.write('gone.txt', 'gone');
      source.write('kept.txt', 'kept');
      source.write('moved/here.txt', 'the very same content');
      source.write('setup.exe', 'first');
      source.write('tool', 'tool', 0o644);
      source.folder('empty');
      guid = await addPackage(deps, source.path, { name: source.path });
      old = await publish();
      clock.pass(HOUR);
      rmSync(`${source.path}/gone.txt`);
      rmSync(`${source.path}/moved`, { recursive: true });
      source.write('moved/there.txt', 'the very same content');
      source.write('setup.exe', 'second one');
      source.write('added.txt', 'second one');
      chmodSync(`${source.path}/tool`, 0o755);
      current = await publish();
    });
    afterEach(() => {
      data.remove();
      source.remove();
    });

    async function publish(): Promise<number> {
      const outcome = await refreshPackage(deps, guid);
      if (outcome.result !== 'published') throw new Error(JSON.stringify(outcome));
      return outcome.version;
    }
    const clean = () => removeOldSnapshots(cmdb, clock, RULE);
    const versions = async () => (await listVersions(cmdb, clock, RULE, guid)).map(({ Version }) => Version);
    const needs = async () =>
      (await listVersions(cmdb, clock, RULE, guid)).find(({ Version }) => Version === old)!.needs;
    const sentences = async () => (await needs()).map(needText);
    const rows = async (version: number) =>
      cmdb.db
        .selectFrom('SnapshotFile')
        .select('Path')
        .where('PackageGuid', '=', guid)
        .where('Version', '=', version)
        .execute();

    describe('are kept', () => {
      it('for the retention time, whoever may have begun with them, and then go', async () => {
        expect(await needs()).to.deep.equal([
          { kind: 'retention', count: 0, example: '', until: utc(clock.now() + 168 * HOUR) },
        ]);
        clock.pass(167 * HOUR);
        expect(await clean()).to.equal(0);
        clock.pass(2 * HOUR);
        expect(await needs()).to.deep.equal([]);
        expect(await clean()).to.equal(1);
        expect(await versions()).to.deep.equal([current]);
        expect(await rows(old)).to.deep.equal([]);
        expect(await rows(current)).to.have.length(6);
      });

      it('while an agent asks for them, noted in batches', async () => {
        clock.pass(160 * HOUR);
        const catalogue = await PackageCatalogue.load(cmdb);
        const entry = catalogue.get(guid)!;
        catalogue.markSnapshotUsed(entry, old);
        catalogue.markSnapshotUsed(entry, old);
        catalogue.markSnapshotUsed(entry, current);
        const used = catalogue.takeUsedSnapshots();
        expect(used).to.deep.equal([{ packageGuid: guid, version: old }]);
        expect(catalogue.takeUsedSnapshots()).to.deep.equal([]);
        await markSnapshotsUsed(cmdb, utc(clock.now()), used);

        clock.pass(10 * HOUR);
        expect(await clean()).to.equal(0);
        expect(await sentences()).to.deep.equal(['An agent has asked for it lately.']);
        clock.pass(160 * HOUR);
        expect(await clean()).to.equal(1);
      });

      it('when an agent asks for them in the very moment in which they would go', async () => {
        clock.pass(200 * HOUR);
        const catalogue = await PackageCatalogue.load(cmdb);
        const asked: Cmdb = {
          engine: cmdb.engine,
          db: cmdb.db,
          location: cmdb.location,
          insertMany: (table, rows) => cmdb.insertMany(table, rows),
          close: () => cmdb.close(),
          // What is needed has been read by then.
          transaction: async (work, options) => {
            await markSnapshotsUsed(cmdb, utc(clock.now()), [{ packageGuid: guid, version: old }]);
            return cmdb.transaction(work, options);
          },
        };
        expect(await removeOldSnapshots(asked, clock, RULE)).to.equal(0);
        await catalogue.refresh(cmdb, guid);
        expect([...catalogue.get(guid)!.snapshots.keys()]).to.have.members([old, current]);
        expect(await rows(old)).to.have.length(6);
        expect(await sentences()).to.deep.equal(['An agent has asked for it lately.']);
        clock.pass(170 * HOUR);
        expect(await clean()).to.equal(1);
        expect(await versions()).to.deep.equal([current]);
      });

      it('while a computer that a policy has told of them is not through, and no longer', async () => {
        const [first, second, done] = (await addComputers(cmdb, 3)) as [Guid, Guid, Guid];
        const program = { name: 'Setup', commandLine: 'setup.exe' };
        const programGuid = (await createProgram(cmdb, clock, JANE, guid, program))!;
        const policy = await createSoftwarePolicy(cmdb, clock, JANE, {
          name: `Deliver ${guid}`,
          packageGuid: guid,
          programGuid,
          isEnabled: true,
          targets: [TARGET.allComputers],
        });
        const delivery = (ResourceGuid: Guid, Status: string, PackageVersion: number) => ({
          PolicyGuid: policy,
          ResourceGuid,
          PackageGuid: guid,
          PackageVersion,
          Status,
          ReturnCode: null,
          Detail: '',
          UpdatedAt: utc(clock.now()),
        });
        await cmdb.insertMany('Delivery', [
          delivery(first, 'downloading', old),
          delivery(second, 'received', old),
          delivery(done, 'succeeded', old),
        ]);
        clock.pass(200 * HOUR);
        expect(await clean()).to.equal(0);
        const [need, ...others] = await needs();
        expect(others).to.deep.equal([]);
        expect(need).to.include({ kind: 'policy', count: 2, until: utc(clock.now() - 200 * HOUR + 30 * DAY) });
        expect(needText(need!)).to.match(/^By a policy, .+ and 1 more have begun with it and are not through\.$/);

        await setPoliciesEnabled(cmdb, clock, JANE, [policy], false);
        expect(await needs()).to.deep.equal([]);
        await setPoliciesEnabled(cmdb, clock, JANE, [policy], true);
        expect(await needs()).to.have.length(1);
        await cmdb.db
          .updateTable('Delivery')
          .set({ Status: 'downloaded', PackageVersion: current })
          .where('PolicyGuid', '=', policy)
          .execute();
        expect(await clean()).to.equal(1);
        expect(await versions()).to.deep.equal([current]);
      });

      it('while a package server has no newer one, but not for ever', async () => {
        const [server] = (await addComputers(cmdb, 1)) as [Guid];
        await addPackageServer(cmdb, clock, JANE, server, {});
        const report = (version: number) =>
          takeReport(cmdb, clock, server, reportOf('10.1.0.5', [held(guid, version, 'a'.repeat(64))]));
        await report(old);
        clock.pass(200 * HOUR);
        expect(await clean()).to.equal(0);
        expect((await sentences())[0]).to.match(/ has no newer version yet\.$/);

        await report(current);
        expect(await needs()).to.deep.equal([]);
        await report(old);
        clock.pass(30 * DAY);
        expect(await clean()).to.equal(1);
      });

      it('until their removal begins: then nobody sees them, and the next cleaning ends what a crash cut off', async () => {
        const catalogue = await PackageCatalogue.load(cmdb);
        await cmdb.db
          .updateTable('Snapshot')
          .set({ IsRemoved: 1 })
          .where('PackageGuid', '=', guid)
          .where('Version', '=', old)
          .execute();
        await cmdb.db
          .deleteFrom('SnapshotFile')
          .where('PackageGuid', '=', guid)
          .where('Version', '=', old)
          .where('Position', '<', 3)
          .execute();
        await catalogue.refresh(cmdb, guid);
        expect([...catalogue.get(guid)!.snapshots.keys()]).to.deep.equal([current]);
        expect(await versions()).to.deep.equal([current]);
        expect(await clean()).to.equal(1);
        expect(await rows(old)).to.deep.equal([]);
        expect(
          await cmdb.db.selectFrom('Snapshot').select('Version').where('PackageGuid', '=', guid).execute(),
        ).to.deep.equal([{ Version: current }]);
      });
    });

    describe('are compared', () => {
      const differences = async (from: number, to: number, kind?: DiffKind, offset = 0, limit = 100) => {
        const catalogue = await PackageCatalogue.load(cmdb);
        const diff = (await catalogue.diff(cmdb, catalogue.get(guid)!, from, to))!;
        const page = await diffPage(cmdb, guid, diff, { from, to, kind, offset, limit });
        return { diff, total: page.total, rows: page.rows.map((row) => `${row.kind} ${row.path}`), page };
      };

      it('file by file: added, removed, changed, and nothing but the execute bit', async function () {
        if (process.platform === 'win32') this.skip();
        const { diff, rows: found, total, page } = await differences(old, current);
        expect(found).to.deep.equal([
          'added added.txt',
          'removed gone.txt',
          'removed moved/here.txt',
          'added moved/there.txt',
          'changed setup.exe',
          'executable tool',
        ]);
        expect(total).to.equal(6);
        expect(diff.counts).to.deep.equal({ added: 2, removed: 2, changed: 1, executable: 1 });
        const setup = page.rows[4]!;
        expect(setup.before).to.include({ Size: 5, Hash: createHash('sha256').update('first').digest('hex') });
        expect(setup.after).to.include({ Size: 10, IsExecutable: 0 });
        expect(page.rows[0]!.before).to.equal(undefined);
      });

      it('and the bytes to move are each new content once: what moved or is there twice costs nothing', async () => {
        expect((await differences(old, current)).diff.moveBytes).to.equal('second one'.length);
        expect((await differences(current, old)).diff.moveBytes).to.equal('gone'.length + 'first'.length);
      });

      it('page by page and kind by kind', async () => {
        expect((await differences(old, current, undefined, 1, 2)).rows).to.deep.equal([
          'removed gone.txt',
          'removed moved/here.txt',
        ]);
        const second = await differences(old, current, 'removed', 1, 5);
        expect(second.rows).to.deep.equal(['removed moved/here.txt']);
        expect(second.total).to.equal(2);
        expect((await differences(old, current, 'added', 2, 5)).rows).to.deep.equal([]);
      });

      it('with themselves without a difference, and not at all when one is gone', async () => {
        const { rows: none, total, diff } = await differences(current, current);
        expect(none).to.deep.equal([]);
        expect(total).to.equal(0);
        expect(diff.moveBytes).to.equal(0);
        const catalogue = await PackageCatalogue.load(cmdb);
        expect(catalogue.diff(cmdb, catalogue.get(guid)!, old, 7)).to.equal(undefined);
      });

      it('when they are longer than a slice, against a comparison that is plainly right', async function () {
        this.timeout(60_000);
        for (let number = 0; number < 2300; number++) {
          if (number % 3 > 0) source.write(`many/${number}.txt`, `content ${number}`);
        }
        clock.pass(HOUR);
        const from = await publish();
        for (let number = 0; number < 2300; number++) {
          if (number % 7 === 0) rmSync(`${source.path}/many/${number}.txt`, { force: true });
          else if (number % 5 === 0) source.write(`many/${number}.txt`, `other ${number}`);
        }
        clock.pass(HOUR);
        const to = await publish();
        const catalogue = await PackageCatalogue.load(cmdb);
        const entry = catalogue.get(guid)!;
        const files = async (version: number) =>
          new Map([...(await catalogue.snapshot(cmdb, entry, version))!.files].map(([path, { hash }]) => [path, hash]));
        const [before, after] = [await files(from), await files(to)];
        const expected = [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((path) => {
          if (!before.has(path)) return [`added ${path}`];
          if (!after.has(path)) return [`removed ${path}`];
          return before.get(path) === after.get(path) ? [] : [`changed ${path}`];
        });
        const found: string[] = [];
        for (let offset = 0; offset < expected.length; offset += 200) {
          found.push(...(await differences(from, to, undefined, offset, 200)).rows);
        }
        expect(expected.length).to.be.greaterThan(600);
        expect(found).to.deep.equal(expected);
      });
    });
  });
});
