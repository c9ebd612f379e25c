import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newGuid } from '../../wire/guid.ts';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { deletePackage } from '../../models/packages/deletePackage.ts';
import { listSnapshots } from '../../models/packages/getPackage.ts';
import { PackageCatalogue } from '../../models/packages/catalogue.ts';
import { refreshPackage, type RefreshDeps } from '../../models/packages/refreshPackage.ts';
import { claimPackage } from '../../models/packages/snapshot/claim.ts';
import { collectGarbage } from '../../models/packages/snapshot/collectGarbage.ts';
import { removeOldSnapshots } from '../../models/packages/snapshot/removeOldSnapshots.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { addPackage, JANE, refreshDeps, TestClock, TestFolder } from './support.ts';

const HOUR = 3_600_000;
const RULE = { retentionHours: 168, neededDays: 30 };
const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('cleaning the package store', () => {
  forEachEngine((_engine, open) => {
    let cmdb: AnyCmdb;
    let clock: TestClock;
    let data: TestFolder;
    let source: TestFolder;
    let deps: RefreshDeps;
    beforeEach(async () => {
      cmdb = await open();
      clock = new TestClock();
      data = new TestFolder();
      source = new TestFolder();
      deps = refreshDeps(cmdb, clock, data.path);
    });
    afterEach(async () => {
      await cmdb.close();
      data.remove();
      source.remove();
    });

    const isStored = (text: string): boolean => existsSync(deps.store.objectPath(hashOf(text)));
    const collect = () => collectGarbage(cmdb, clock, deps.store);
    /** Content that nobody refers to, as a build that died leaves it. */
    const orphan = (text: string): string => {
      const path = deps.store.objectPath(hashOf(text));
      mkdirSync(join(path, '..'), { recursive: true });
      writeFileSync(path, text);
      return path;
    };

    it('removes snapshots when their time is over, but never the current one, and then their content', async () => {
      source.write('a', 'first');
      source.write('same', 'shared');
      const guid = await addPackage(deps, source.path);
      await refreshPackage(deps, guid);
      clock.pass(HOUR);
      source.write('a', 'second');
      await refreshPackage(deps, guid);
      const [current, old] = await listSnapshots(cmdb, guid);

      clock.pass(167 * HOUR);
      expect(await removeOldSnapshots(cmdb, clock, RULE)).to.equal(0);
      expect(await collect()).to.deep.equal({ objects: 0, bytes: 0 });
      expect(isStored('first')).to.equal(true);

      clock.pass(2 * HOUR);
      expect(await removeOldSnapshots(cmdb, clock, RULE)).to.equal(1);
      expect(await listSnapshots(cmdb, guid)).to.deep.equal([current]);
      expect(
        await cmdb.db.selectFrom('SnapshotFile').select('Path').where('Version', '=', old!.Version).execute(),
      ).to.deep.equal([]);
      expect((await PackageCatalogue.load(cmdb)).get(guid)!.snapshots.has(old!.Version)).to.equal(false);
      expect(await collect()).to.deep.equal({ objects: 1, bytes: 5 });
      expect([isStored('first'), isStored('second'), isStored('shared')]).to.deep.equal([false, true, true]);
      clock.pass(10_000 * HOUR);
      expect(await removeOldSnapshots(cmdb, clock, RULE)).to.equal(0);
    });

    it('removes what deleted packages and dead builds have left', async () => {
      source.write('a', 'content');
      const guid = await addPackage(deps, source.path);
      await refreshPackage(deps, guid);
      orphan('orphan');
      mkdirSync(deps.store.incomingFolder('dead'));
      mkdirSync(deps.store.incomingFolder('living'));
      writeFileSync(join(deps.store.incomingFolder('dead'), '0'), 'half');
      utimesSync(deps.store.incomingFolder('dead'), clock.now() / 1000 - 100_000, clock.now() / 1000 - 100_000);
      utimesSync(deps.store.incomingFolder('living'), clock.now() / 1000, clock.now() / 1000);
      for (const path of Object.values(deps.store.scanFiles(newGuid()))) writeFileSync(path, '{}');
      await deletePackage(cmdb, clock, JANE, guid);
      expect(await collect()).to.deep.equal({ objects: 2, bytes: 13 });
      expect(readdirSync(join(deps.store.folder, 'incoming'))).to.deep.equal(['living']);
      expect(readdirSync(join(deps.store.folder, 'scans'))).to.deep.equal([]);
      expect(readdirSync(join(deps.store.folder, 'trash'))).to.deep.equal([]);
    });

    it('removes what builders that died were writing of a look at a package that is still there', async () => {
      source.write('a');
      const guid = await addPackage(deps, source.path);
      await refreshPackage(deps, guid);
      const { last } = deps.store.scanFiles(guid);
      for (const [pid, hours] of [
        [4711, 1],
        [4712, 25],
      ] as const) {
        const time = (clock.now() - hours * HOUR) / 1000;
        writeFileSync(`${last}.${pid}.tmp`, 'half');
        utimesSync(`${last}.${pid}.tmp`, time, time);
      }
      await collect();
      expect(readdirSync(join(deps.store.folder, 'scans')).sort()).to.deep.equal([
        `${guid}.scan`,
        `${guid}.scan.4711.tmp`,
      ]);
    });

    it('touches nothing while a package is built, here or on another node', async () => {
      source.write('a');
      const guid = await addPackage(deps, source.path);
      await claimPackage(cmdb, clock, guid);
      orphan('orphan');
      expect(await collect()).to.equal(undefined);
      expect(isStored('orphan')).to.equal(true);
      clock.pass(121_000);
      expect(await collect()).to.deep.equal({ objects: 1, bytes: 6 });
    });

    it('puts back what a collection that died had moved aside, when it is needed', async () => {
      source.write('a', 'needed');
      const guid = await addPackage(deps, source.path);
      await refreshPackage(deps, guid);
      const { renameSync } = await import('node:fs');
      renameSync(deps.store.objectPath(hashOf('needed')), deps.store.trashPath(hashOf('needed')));
      orphan('waste');
      renameSync(deps.store.objectPath(hashOf('waste')), deps.store.trashPath(hashOf('waste')));
      expect(await collect()).to.deep.equal({ objects: 1, bytes: 5 });
      expect([isStored('needed'), isStored('waste')]).to.deep.equal([true, false]);
    });

    it('gives a build that comes meanwhile what it needs', async () => {
      source.write('a', 'wanted');
      const guid = await addPackage(deps, source.path);
      orphan('wanted');
      await Promise.all([collect(), refreshPackage(deps, guid)]);
      expect(isStored('wanted')).to.equal(true);
      expect(await collect()).to.deep.equal({ objects: 0, bytes: 0 });
    });

    it('looks at hashes only: other files in the store stay', async () => {
      writeFileSync(join(deps.store.folder, 'objects', 'README'), 'note');
      mkdirSync(join(deps.store.folder, 'objects', 'ab'));
      writeFileSync(join(deps.store.folder, 'objects', 'ab', 'note.txt'), 'note');
      expect(await collect()).to.deep.equal({ objects: 0, bytes: 0 });
      expect(existsSync(join(deps.store.folder, 'objects', 'ab', 'note.txt'))).to.equal(true);
    });
  });
});
