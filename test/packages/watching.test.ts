import { expect } from 'chai';
import { chmodSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Guid } from '../../wire/guid.ts';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { getPackage } from '../../models/packages/getPackage.ts';
import { nextDuePackage, refreshChanged } from '../../models/packages/requestRefresh.ts';
import { refreshPackage } from '../../models/packages/refreshPackage.ts';
import { claimPackage } from '../../models/packages/snapshot/claim.ts';
import { Thread } from '../../models/packages/snapshot/threadCalls.ts';
import { setPackagesEnabled, updatePackage } from '../../models/packages/updatePackage.ts';
import { stampFolder } from '../../models/packages/watching/folderStamp.ts';
import { listWatched } from '../../models/packages/watching/listWatched.ts';
import { Quiet } from '../../models/packages/watching/quiet.ts';
import type { Changed, WatchData, WatchMethods } from '../../models/packages/watching/watchThread.ts';
import { createPackage } from '../../models/packages/createPackage.ts';
import { newGuid } from '../../wire/guid.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { startTestServer } from '../support/server.ts';
import { addPackage, JANE, limitsOf, refreshDeps, TestClock, TestFolder } from './support.ts';

describe('watching a package folder', () => {
  let source: TestFolder;
  let data: TestFolder;
  beforeEach(() => {
    source = new TestFolder();
    data = new TestFolder();
  });
  afterEach(() => {
    source.remove();
    data.remove();
  });

  describe('knows when a change is over', () => {
    const QUIET = 10;

    it('once nothing has changed for a while, and tells it once', () => {
      const quiet = new Quiet(QUIET);
      const looks = [
        [0, 'a'],
        [9, 'a'],
        [10, 'a'],
        [50, 'a'],
        // A copy that goes on: no two looks are alike for long enough.
        [60, 'b'],
        [69, 'c'],
        [78, 'd'],
        [87, 'e'],
        [96, 'e'],
        [97, 'e'],
        [200, 'e'],
      ] as const;
      expect(looks.filter(([now, stamp]) => quiet.look(stamp, now)).map(([now]) => now)).to.deep.equal([10, 97]);
    });

    it('not while something is heard that no look shows', () => {
      const quiet = new Quiet(QUIET);
      expect([quiet.look('a', 0), quiet.look('a', 10)]).to.deep.equal([false, true]);
      // A file whose size was set at its beginning and whose time is set at its end.
      quiet.look('b', 20);
      for (let now = 25; now < 60; now += 5) {
        quiet.heard(now);
        expect(quiet.look('b', now)).to.equal(false);
      }
      expect(quiet.look('b', 64)).to.equal(false);
      expect(quiet.look('b', 65)).to.equal(true);
      expect(quiet.isChanging).to.equal(false);
    });

    it('and takes what was undone meanwhile for no change', () => {
      const quiet = new Quiet(QUIET);
      quiet.look('a', 0);
      quiet.look('a', 10);
      quiet.look('b', 20);
      expect(quiet.look('a', 25)).to.equal(false);
      expect(quiet.look('a', 100)).to.equal(false);
    });
  });

  describe('sees every kind of change', () => {
    for (const [what, change] of [
      ['a file that comes', (folder: TestFolder) => folder.write('new')],
      ['a file that goes', (folder: TestFolder) => rmSync(join(folder.path, 'sub/a'))],
      ['another size', (folder: TestFolder) => folder.write('sub/a', 'longer')],
      ['another time', (folder: TestFolder) => utimesSync(join(folder.path, 'sub/a'), 1, 1)],
      [
        'a file that was replaced by one of the same size and time',
        (folder: TestFolder) => renameSync(folder.write('other', 'A'), join(folder.path, 'sub/a')),
      ],
      ['the execute bit', (folder: TestFolder) => chmodSync(join(folder.path, 'sub/a'), 0o755)],
      ['an empty folder', (folder: TestFolder) => folder.folder('empty')],
      [
        'a folder that was renamed',
        (folder: TestFolder) => renameSync(join(folder.path, 'sub'), join(folder.path, 'pub')),
      ],
    ] as const) {
      it(what, function () {
        if (process.platform === 'win32' && what === 'the execute bit') this.skip();
        source.write('sub/a', 'a');
        const before = stampFolder(source.path).stamp;
        expect(stampFolder(source.path).stamp).to.equal(before);
        change(source);
        expect(stampFolder(source.path).stamp).to.not.equal(before);
      });
    }

    it('and a folder that was put in the place of another is another', () => {
      source.write('sub/a');
      const before = stampFolder(source.path).folders;
      // Kept, so that its inode is not given to the new one.
      renameSync(join(source.path, 'sub'), join(data.path, 'old'));
      mkdirSync(join(source.path, 'sub'));
      const after = stampFolder(source.path).folders;
      expect([...after.keys()]).to.deep.equal([...before.keys()]);
      const sub = join(source.path, 'sub');
      expect(after.get(sub)).to.not.equal(before.get(sub));
    });
  });

  describe('by a thread', () => {
    /** Tells when the thread has told of a package. */
    class Watch {
      readonly told: Guid[] = [];
      readonly #waiting: { guid: Guid; resolve: () => void }[] = [];
      readonly thread: Thread<WatchMethods>;

      constructor(dataDir: string, more: Partial<WatchData> = {}) {
        const watchData: WatchData = { limits: limitsOf(dataDir), quietMs: 50, pollMs: 50, ...more };
        const script = new URL('../../models/packages/watching/watchThread.ts', import.meta.url);
        const onProgress = ({ guid }: Changed): void => {
          this.told.push(guid);
          const index = this.#waiting.findIndex((one) => one.guid === guid);
          if (index !== -1) this.#waiting.splice(index, 1)[0]!.resolve();
        };
        const limits = { maxOldGenerationSizeMb: 64 };
        this.thread = new Thread(script, watchData, { onProgress, limits });
      }

      next(guid: Guid): Promise<void> {
        return new Promise((resolve) => this.#waiting.push({ guid, resolve }));
      }
    }

    const watches: Watch[] = [];
    const begin = (more: Partial<WatchData> = {}): Watch => {
      const watch = new Watch(data.path, more);
      watches.push(watch);
      return watch;
    };
    afterEach(async () => {
      for (const watch of watches.splice(0)) await watch.thread.end();
    });

    it('tells of each folder at first, and then of those that change', async () => {
      const others = new TestFolder();
      const [one, other] = [newGuid(), newGuid()];
      const watch = begin();
      const first = Promise.all([watch.next(one), watch.next(other)]);
      await watch.thread.call('watch', [
        { guid: one, kind: 'folder', address: source.path },
        { guid: other, kind: 'folder', address: others.path },
      ]);
      await first;
      for (let round = 0; round < 3; round++) {
        const again = watch.next(one);
        source.write(`sub/deep/file ${round}`);
        await again;
      }
      expect(watch.told.filter((guid) => guid === other)).to.have.length(1);
      others.remove();
    });

    it('hears of changes without waiting for its next look', async () => {
      source.write('sub/a');
      const guid = newGuid();
      // It would look again in a day.
      const watch = begin({ pollMs: 86_400_000 });
      const first = watch.next(guid);
      await watch.thread.call('watch', [{ guid, kind: 'folder', address: source.path }]);
      await first;
      const again = watch.next(guid);
      source.write('sub/a', 'changed');
      await again;
    });

    it('survives that the folder is removed and put back', async () => {
      source.write('a');
      const guid = newGuid();
      const watch = begin();
      const first = watch.next(guid);
      await watch.thread.call('watch', [{ guid, kind: 'folder', address: source.path }]);
      await first;
      const gone = watch.next(guid);
      renameSync(source.path, `${source.path}-away`);
      await gone;
      const back = watch.next(guid);
      renameSync(`${source.path}-away`, source.path);
      await back;
      const changed = watch.next(guid);
      source.write('b');
      await changed;
    });

    it('tells nothing of a folder that is not on the list any more', async () => {
      const [one, other] = [newGuid(), newGuid()];
      const watch = begin();
      const entry = { guid: one, kind: 'folder', address: source.path };
      const first = watch.next(one);
      await watch.thread.call('watch', [entry]);
      await first;
      await watch.thread.call('watch', []);
      source.write('a');
      // The same folder under another package: when that is told, the first would have been.
      const second = watch.next(other);
      await watch.thread.call('watch', [{ ...entry, guid: other }]);
      await second;
      expect(watch.told).to.deep.equal([one, other]);
    });
  });

  forEachEngine((_engine, open) => {
    let cmdb: AnyCmdb;
    let clock: TestClock;
    beforeEach(async () => {
      cmdb = await open();
      clock = new TestClock();
    });
    afterEach(() => cmdb.close());

    it('is for packages that say so, are switched on and have a folder', async () => {
      const deps = refreshDeps(cmdb, clock, data.path);
      const make = (name: string, more: Record<string, unknown>) => addPackage(deps, source.path, { name, ...more });
      const watched = await make('Watched', { isWatched: true });
      await make('Not watched', {});
      await make('Off', { isWatched: true, isEnabled: false });
      const url = await make('Web', { isWatched: true, sourceKind: 'url', sourcePath: 'http://127.0.0.1:9/' });
      const none = await make('None', { isWatched: true, sourceKind: 'none' });
      expect(await listWatched(cmdb)).to.deep.equal([{ guid: watched, kind: 'folder', address: source.path }]);
      for (const guid of [url, none]) expect((await getPackage(cmdb, guid))!.IsWatched).to.equal(0);
      await updatePackage(cmdb, clock, JANE, watched, { name: 'x', sourcePath: source.path }, deps.limits);
      expect(await listWatched(cmdb)).to.deep.equal([]);
    });

    it('has a package looked at, again when it was being looked at, and nothing recorded', async () => {
      const deps = refreshDeps(cmdb, clock, data.path);
      source.write('a');
      const guid = await addPackage(deps, source.path, { isWatched: true });
      await refreshPackage(deps, guid);
      const entries = () => cmdb.db.selectFrom('AuditEntry').select('Id').execute();
      const recorded = (await entries()).length;
      expect(await nextDuePackage(cmdb, clock, 'again')).to.equal(undefined);
      expect(await refreshChanged(cmdb, clock, guid)).to.equal(true);
      expect(await nextDuePackage(cmdb, clock, 'again')).to.equal(guid);

      await claimPackage(cmdb, clock, guid);
      expect(await refreshChanged(cmdb, clock, guid)).to.equal(false);
      expect((await getPackage(cmdb, guid))!.State).to.equal('refreshing');
      await setPackagesEnabled(cmdb, clock, JANE, [guid], false);
      expect(await refreshChanged(cmdb, clock, guid)).to.equal(true);
      expect((await getPackage(cmdb, guid))!.NextRefreshAt).to.equal(null);
      expect(await entries()).to.have.length(recorded + 1);
      expect(await refreshChanged(cmdb, clock, newGuid())).to.equal(true);
    });

    it('lets packages from the web wait for each other only', async () => {
      const deps = refreshDeps(cmdb, clock, data.path);
      const url = await addPackage(deps, 'http://127.0.0.1:9/', { name: 'Web', sourceKind: 'url' });
      expect(await nextDuePackage(cmdb, clock, 'first')).to.equal(undefined);
      expect(await nextDuePackage(cmdb, clock, 'again')).to.equal(undefined);
      expect(await nextDuePackage(cmdb, clock, 'fetched')).to.equal(url);
      const folder = await addPackage(deps, source.path, { name: 'Folder' });
      expect(await nextDuePackage(cmdb, clock, 'first')).to.equal(folder);
      expect(await nextDuePackage(cmdb, clock, 'fetched')).to.equal(url);
    });
  });

  it('publishes what a server finds changed, with the schedule switched off', async function () {
    this.timeout(120_000);
    const server = await startTestServer({
      environment: { NS_PACKAGE_REFRESH_HOURS: '0', NS_WATCH_QUIET_SECONDS: '1', NS_WATCH_POLL_SECONDS: '1' },
    });
    try {
      const { cmdb, clock } = server.context;
      source.write('a', 'first');
      const input = { name: 'Watched', sourcePath: source.path, isWatched: true };
      const guid = await createPackage(cmdb, clock, JANE, input, limitsOf(server.dataDir));
      const holds = async (paths: string[]): Promise<void> => {
        for (;;) {
          const { CurrentVersion } = (await getPackage(cmdb, guid))!;
          const rows = await cmdb.db
            .selectFrom('SnapshotFile')
            .select('Path')
            .where('PackageGuid', '=', guid)
            .where('Version', '=', CurrentVersion ?? 0)
            .orderBy('Position')
            .execute();
          if (rows.map((row) => row.Path).join() === paths.join()) return;
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
      };
      await holds(['a']);
      writeFileSync(join(source.path, 'b'), 'second');
      await holds(['a', 'b']);
    } finally {
      await server.stop();
    }
  });
});
