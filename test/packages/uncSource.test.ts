import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, loadSettings } from '../../app/config.ts';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { InvalidInput } from '../../models/fieldErrors.ts';
import { createPackage } from '../../models/packages/createPackage.ts';
import { getPackage } from '../../models/packages/getPackage.ts';
import { refreshPackage, type RefreshDeps } from '../../models/packages/refreshPackage.ts';
import { folderSource } from '../../models/packages/sources/folderSource.ts';
import { SourceProblem, type SourceLimits } from '../../models/packages/sources/source.ts';
import { mountOf, parseShareMounts, parseUnc, uncText } from '../../models/packages/sources/uncPath.ts';
import { locateShare, uncSource } from '../../models/packages/sources/uncSource.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { JANE, limitsOf, refreshDeps, TestClock, TestFolder, thrownBy } from './support.ts';

describe('a package source on a share', () => {
  describe('has a name', () => {
    for (const [text, parts] of [
      ['\\\\files\\software', ['files', 'software']],
      ['\\\\files\\software\\Viewer 2\\x64\\', ['files', 'software', 'Viewer 2', 'x64']],
      ['//files/software/viewer', ['files', 'software', 'viewer']],
      ['\\\\10.1.2.3\\c$/mixed', ['10.1.2.3', 'c$', 'mixed']],
    ] as const) {
      it(text, () => expect(parseUnc(text)).to.deep.equal(parts));
    }

    for (const text of [
      ...['', '\\\\', '\\\\files', '\\\\files\\', '\\files\\software', 'files\\software', '/srv/x', 'C:\\x'],
      ...['\\\\files\\software\\..\\secret', '\\\\files\\..\\c$', '\\\\files\\software\\.\\a', '\\\\files\\\\software'],
      ...[
        '\\\\?\\C:\\x',
        '\\\\.\\pipe\\x',
        '\\\\files\\software\\a:b',
        '\\\\files\\software\\*',
        '\\\\files\\a\u0000b',
      ],
    ]) {
      it(`and not ${JSON.stringify(text)}`, () => expect(parseUnc(text)).to.be.a('string'));
    }
  });

  describe('is found by a setting', () => {
    it('that names shares in either slash, and folders with separators in them', () => {
      const mounts = parseShareMounts('\\\\files\\software=/mnt/a;b ; //NAS/data/deep=/mnt/c,d,\\\\x\\y=/mnt/x');
      expect(mounts).to.deep.equal([
        { share: ['files', 'software'], folder: '/mnt/a;b' },
        { share: ['NAS', 'data', 'deep'], folder: '/mnt/c,d' },
        { share: ['x', 'y'], folder: '/mnt/x' },
      ]);
      expect(parseShareMounts('')).to.deep.equal([]);
    });

    for (const text of [
      '\\\\files=/mnt',
      '\\\\files\\a',
      '\\\\files\\a=relative',
      '/mnt=\\\\files\\a',
      '\\\\f\\a=/x;\\\\F\\A=/y',
    ]) {
      it(`and stops the start at ${text}`, () => {
        const folder = mkdtempSync(join(tmpdir(), 'ns-unc-'));
        expect(() => loadSettings({ NS_DATA_DIR: folder, NS_SHARE_MOUNTS: text })).to.throw(
          ConfigError,
          'NS_SHARE_MOUNTS',
        );
        rmSync(folder, { recursive: true });
      });
    }

    it('also as an object in coresettings.json', async () => {
      const data = new TestFolder();
      data.write('coresettings.json', JSON.stringify({ shareMounts: { '\\\\a\\b': '/mnt/b', '\\\\a\\c': '/mnt/c' } }));
      const { settings } = loadSettings({ NS_DATA_DIR: data.path });
      expect(settings.shareMounts.map(({ share, folder }) => [uncText(share), folder])).to.deep.equal([
        ['\\\\a\\b', '/mnt/b'],
        ['\\\\a\\c', '/mnt/c'],
      ]);
      data.remove();
    });

    it('whose longest entry counts, whatever the letter case, and whole names only', () => {
      const mounts = parseShareMounts('//files/soft=/mnt/1;//Files/SOFT/sub=/mnt/2');
      const folderOf = (text: string) => mountOf(parseUnc(text) as string[], mounts)?.folder;
      expect(folderOf('//FILES/Soft/other')).to.equal('/mnt/1');
      expect(folderOf('//files/soft')).to.equal('/mnt/1');
      expect(folderOf('//files/soft/Sub/x')).to.equal('/mnt/2');
      expect(folderOf('//files/soft/subway')).to.equal('/mnt/1');
      expect(folderOf('//files/software')).to.equal(undefined);
      expect(folderOf('//file/soft')).to.equal(undefined);
    });
  });

  describe('lies in its mount', () => {
    let mount: TestFolder;
    let data: TestFolder;
    let limits: SourceLimits;
    beforeEach(() => {
      mount = new TestFolder();
      data = new TestFolder();
      mount.write('viewer/setup.exe');
      limits = limitsOf(data.path, { mounts: [{ share: ['files', 'software'], folder: mount.path }] });
    });
    afterEach(() => {
      mount.remove();
      data.remove();
    });

    const problem = async (address: string, more: Partial<SourceLimits> = {}): Promise<SourceProblem> => {
      const error = await thrownBy(locateShare(address, { ...limits, ...more }, 'linux'));
      expect(error).to.be.instanceOf(SourceProblem);
      return error as SourceProblem;
    };

    it('under its own name there', async () => {
      expect(await locateShare('\\\\FILES\\software\\viewer', limits, 'linux')).to.equal(join(mount.path, 'viewer'));
    });

    it('and not in another: nobody has said where that is', async () => {
      const { state, message } = await problem('\\\\files\\other\\x');
      expect(state).to.equal('failed');
      expect(message).to.equal(
        'This server does not know where \\\\files\\other is mounted: an administrator of the machine adds it to NS_SHARE_MOUNTS.',
      );
      expect(await uncSource.check('//files/other', limits, false)).to.deep.equal(
        process.platform === 'win32' ? [] : [{ field: 'sourcePath', message: message.replace('\\x', '') }],
      );
    });

    it('is missing when it is not there, or when nothing is mounted', async () => {
      const gone = await problem('\\\\files\\software\\gone');
      expect(gone).to.include({
        state: 'source_missing',
        message: `\\\\files\\software\\gone (${join(mount.path, 'gone')}) was not found.`,
      });
      rmSync(join(mount.path, 'viewer'), { recursive: true });
      const empty = await problem('\\\\files\\software');
      expect(empty.state).to.equal('source_missing');
      expect(empty.message).to.match(/is empty: the share is not mounted, it seems/);
    });

    it('not behind a link that leads out of it', async function () {
      if (process.platform === 'win32') this.skip();
      const outside = new TestFolder();
      outside.write('secret');
      symlinkSync(outside.path, join(mount.path, 'way-out'));
      expect((await problem('//files/software/way-out')).message).to.equal(
        '\\\\files\\software\\way-out leads out of its share.',
      );
      symlinkSync(join(mount.path, 'viewer'), join(mount.path, 'way-in'));
      expect(await locateShare('//files/software/way-in', limits, 'linux')).to.equal(join(mount.path, 'viewer'));
      outside.remove();
    });

    it('not in the data folder: neither by its name, nor by a link, nor as a part of it', async function () {
      if (process.platform === 'win32') this.skip();
      const refused = /must not lie in one another/;
      mkdirSync(join(data.path, 'packages'));
      data.write('packages/x');
      const at = (folder: string) => ({ mounts: [{ share: ['files', 'software'], folder }] });
      expect((await problem('//files/software', at(data.path))).message).to.match(refused);
      expect((await problem('//files/software/packages', at(data.path))).message).to.match(refused);
      symlinkSync(data.path, join(mount.path, 'link'));
      expect((await problem('//files/software', at(join(mount.path, 'link')))).message).to.match(refused);
      const above = { ...at(join(data.path, '..')), dataDir: data.path };
      const name = data.path.split('/').at(-1)!;
      expect((await problem(`//files/software/${name}`, above)).message).to.match(refused);
    });

    it('not under another path of the data folder that no link leads to', async function () {
      // A bind mount, as a share of this machine that is mounted on it again: only root may make one.
      const folder = mount.folder('bound');
      mkdirSync(join(data.path, 'packages'));
      data.write('packages/objects/x');
      const { status } = spawnSync('mount', ['--bind', join(data.path, 'packages'), folder]);
      if (status !== 0) this.skip();
      try {
        expect((await problem('//files/software/bound/objects')).message).to.match(/must not lie in one another/);
      } finally {
        spawnSync('umount', [folder]);
      }
    });

    it('and within the roots of packages, when there are some', async () => {
      const roots = [data.path];
      expect((await problem('//files/software/viewer', { roots })).message).to.match(/must lie in .*NS_PACKAGE_ROOTS/);
      const found = await locateShare('//files/software/viewer', { ...limits, roots: [mount.path] }, 'linux');
      expect(found).to.equal(join(mount.path, 'viewer'));
    });

    it('but on Windows it is opened by its name', async function () {
      if (process.platform === 'win32') this.skip();
      // What Windows would open is no path here: the name itself was tried, and no mount.
      const error = await thrownBy(locateShare('//files/software/viewer', limits, 'win32'));
      expect((error as SourceProblem).message).to.equal('\\\\files\\software\\viewer was not found.');
    });
  });

  it('a copy of the web is no source either: the folder of copies lies in the data folder', async () => {
    const data = new TestFolder();
    data.write('mirrors/x/files/a');
    const faults = await folderSource.check(join(data.path, 'mirrors/x/files'), limitsOf(data.path), true);
    expect(faults.map(({ message }) => message)).to.deep.equal([
      "The folder and the server's data folder must not lie in one another.",
    ]);
    data.remove();
  });

  forEachEngine((_engine, open) => {
    let cmdb: AnyCmdb;
    let mount: TestFolder;
    let data: TestFolder;
    let deps: RefreshDeps;
    beforeEach(async () => {
      cmdb = await open();
      mount = new TestFolder();
      data = new TestFolder();
      const usual = refreshDeps(cmdb, new TestClock(), data.path);
      deps = { ...usual, limits: { ...usual.limits, mounts: parseShareMounts(`//files/software=${mount.path}`) } };
    });
    afterEach(async () => {
      await cmdb.close();
      mount.remove();
      data.remove();
    });

    it('is published like a folder, and stays published when the share is gone', async function () {
      if (process.platform === 'win32') this.skip();
      mount.write('viewer/setup.exe');
      const input = { name: 'Viewer', sourceKind: 'unc', sourcePath: '\\\\Files\\Software\\viewer' };
      const guid = await createPackage(cmdb, deps.clock, JANE, input, deps.limits);
      expect(await refreshPackage(deps, guid)).to.include({ result: 'published' });
      const published = (await getPackage(cmdb, guid))!;
      expect(published).to.include({ SourceKind: 'unc', SourcePath: '\\\\Files\\Software\\viewer', State: 'valid' });

      rmSync(join(mount.path, 'viewer'), { recursive: true });
      expect(await refreshPackage(deps, guid)).to.include({ result: 'problem', state: 'source_missing' });
      expect((await getPackage(cmdb, guid))!.CurrentVersion).to.equal(published.CurrentVersion);
    });

    it('is checked before it is saved', async function () {
      if (process.platform === 'win32') this.skip();
      for (const sourcePath of ['', 'C:\\x', '\\\\files\\software\\gone', '\\\\elsewhere\\x']) {
        const input = { name: 'Viewer', sourceKind: 'unc', sourcePath };
        const error = await thrownBy(createPackage(cmdb, deps.clock, JANE, input, deps.limits));
        expect(error).to.be.instanceOf(InvalidInput);
        expect((error as InvalidInput).errors.map(({ field }) => field)).to.deep.equal(['sourcePath']);
      }
      expect(await cmdb.db.selectFrom('Package').select('Guid').execute()).to.deep.equal([]);
    });
  });
});
