import { createHash } from 'node:crypto';
import { expect } from 'chai';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Guid } from '../../wire/guid.ts';
import { manifestHash, readManifest, verifyManifest } from '../../wire/manifest.ts';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { PackageCatalogue } from '../../models/packages/catalogue.ts';
import { getPackage, listSnapshotFiles } from '../../models/packages/getPackage.ts';
import { refreshPackage, type RefreshDeps, type RefreshOutcome } from '../../models/packages/refreshPackage.ts';
import { cancelRefresh, nextDuePackage, requestRefresh } from '../../models/packages/requestRefresh.ts';
import { setPackagesEnabled } from '../../models/packages/updatePackage.ts';
import type { BuildProgress } from '../../models/packages/snapshot/buildSnapshot.ts';
import { claimPackage } from '../../models/packages/snapshot/claim.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { addPackage, asNobody, JANE, keys, manyFiles, refreshDeps, START, TestClock, TestFolder } from './support.ts';

describe('refreshing a package', () => {
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

    const add = () => addPackage(deps, source.path);
    const stored = async (guid: Guid) => (await getPackage(cmdb, guid))!;
    const manifestOf = async (guid: Guid, version?: number) => {
      const catalogue = await PackageCatalogue.load(cmdb);
      const entry = catalogue.get(guid)!;
      const snapshot = await catalogue.snapshot(cmdb, entry, version ?? entry.version!);
      return readManifest(snapshot!.manifest.toString('utf8'));
    };
    /** The build is halted at a phase, once, for the test to do something. */
    const at = (phase: BuildProgress['phase'], act: () => void) => {
      let isDone = false;
      return (progress: BuildProgress): void => {
        if (progress.phase !== phase || isDone) return;
        isDone = true;
        act();
      };
    };
    const readDuring = async (guid: Guid): Promise<{ files: number; outcome: RefreshOutcome }> => {
      let files = 0;
      const outcome = await refreshPackage(deps, guid, {
        onProgress: (progress) => (files = Math.max(files, progress.totalFiles)),
      });
      return { files, outcome };
    };
    const reasonOf = (outcome: RefreshOutcome): string =>
      outcome.result === 'problem' ? outcome.reason : outcome.result;

    it('publishes a signed manifest of hundreds of files, and stores each content once', async () => {
      source.remove();
      source = manyFiles(300);
      source.write('copies/one.txt', 'the same');
      source.write('copies/two.txt', 'the same');
      const guid = await add();
      const outcome = await refreshPackage(deps, guid, { actor: JANE });

      expect(outcome).to.deep.equal({ result: 'published', version: Math.floor(START / 1000) });
      const row = await stored(guid);
      expect(row).to.include({
        State: 'valid',
        StateDetail: '',
        FailureCount: 0,
        CurrentVersion: Math.floor(START / 1000),
      });
      expect(row.snapshot).to.include({ FileCount: 302, RetiredAt: null });
      const manifest = await manifestOf(guid);
      expect(verifyManifest(keys.publicKey, manifest)).to.equal(true);
      expect(manifest.files.map((file) => file.path)).to.deep.equal(manifest.files.map((file) => file.path).sort());
      for (const file of manifest.files) {
        const content = readFileSync(join(source.path, file.path));
        expect(file.hash).to.equal(createHash('sha256').update(content).digest('hex'));
        expect(file.size).to.equal(content.length);
        expect(readFileSync(deps.store.objectPath(file.hash)).equals(content), file.path).to.equal(true);
      }
      const objects = (readdirSync(join(deps.store.folder, 'objects'), { recursive: true }) as string[]).filter(
        (name) => name.includes('/'),
      );
      expect(objects).to.have.length(new Set(manifest.files.map((file) => file.hash)).size);
      expect(readdirSync(join(deps.store.folder, 'incoming'))).to.deep.equal([]);
      const audit = await cmdb.db
        .selectFrom('AuditEntry')
        .select(['Actor', 'Action', 'ObjectName'])
        .orderBy('Id')
        .execute();
      expect(audit).to.deep.equal([
        { Actor: 'jane', Action: 'create', ObjectName: 'Example Viewer' },
        { Actor: 'jane', Action: 'publish', ObjectName: 'Example Viewer' },
      ]);
      const changes = await cmdb.db.selectFrom('ChangeLog').select(['Kind', 'ItemGuid']).execute();
      expect(changes).to.deep.equal([
        { Kind: 'package', ItemGuid: guid },
        { Kind: 'package', ItemGuid: guid },
      ]);
    });

    it('never links: what is stored stays when the source is edited in place', async () => {
      const file = source.write('setup.exe', 'version 1');
      await refreshPackage(deps, await add());
      const hash = createHash('sha256').update('version 1').digest('hex');
      writeFileSync(file, 'edited!!!');
      expect(readFileSync(deps.store.objectPath(hash), 'utf8')).to.equal('version 1');
      expect(statSync(deps.store.objectPath(hash)).ino).to.not.equal(statSync(file).ino);
    });

    it('carries execute bits, empty folders, odd names and empty files', async () => {
      source.write('run.sh', '#!/bin/sh\n', 0o755);
      source.write('empty', '');
      source.write('sub/a & b (c) [d] %2e \u00fc.txt');
      source.folder('void/inner');
      const guid = await add();
      await refreshPackage(deps, guid);
      const { rows, total } = await listSnapshotFiles(cmdb, guid, (await stored(guid)).CurrentVersion!, {
        offset: 0,
        limit: 50,
      });
      expect(total).to.equal(4);
      expect(rows.map((row) => [row.Path, row.Size, row.IsExecutable, row.IsFolder])).to.deep.equal([
        ['empty', 0, 0, 0],
        ['run.sh', 10, process.platform === 'win32' ? 0 : 1, 0],
        ['sub/a & b (c) [d] %2e \u00fc.txt', 28, 0, 0],
        ['void/inner', 0, 0, 1],
      ]);
      const manifest = await manifestOf(guid);
      expect(manifest.files.filter((file) => file.folder).map((file) => file.path)).to.deep.equal(['void/inner']);
      expect(manifest.hash).to.equal(manifestHash(manifest.files));
    });

    it('reads nothing again when nothing has changed, and publishes nothing', async () => {
      for (let number = 0; number < 20; number++) source.write(`f${number}`);
      const guid = await add();
      const first = await readDuring(guid);
      expect(first.files).to.equal(20);
      clock.pass(3_600_000);
      const second = await readDuring(guid);
      expect(second).to.deep.equal({
        files: 0,
        outcome: { result: 'unchanged', version: (await stored(guid)).CurrentVersion },
      });
      expect(await cmdb.db.selectFrom('Snapshot').select('Version').execute()).to.have.length(1);
      expect((await stored(guid)).NextRefreshAt).to.equal(new Date(START + 25 * 3_600_000).toISOString());
    });

    it('reads again only the files whose size or time differs', async () => {
      for (let number = 0; number < 20; number++) source.write(`f${number}`);
      const guid = await add();
      await refreshPackage(deps, guid);
      source.write('f3', 'longer than before');
      source.write('new');
      utimesSync(join(source.path, 'f5'), 1_000_000_000, 1_000_000_000);
      const { files, outcome } = await readDuring(guid);
      expect(files).to.equal(3);
      expect(outcome.result).to.equal('published');
    });

    it('takes a file with another time only for the same file', async () => {
      const file = source.write('setup.exe');
      const guid = await add();
      await refreshPackage(deps, guid);
      utimesSync(file, 1_000_000_000, 1_000_000_000);
      expect((await refreshPackage(deps, guid)).result).to.equal('unchanged');
    });

    it('reads a file again when it was too young to tell, or when its content has left the store', async () => {
      writeFileSync(join(source.path, 'young'), 'just written');
      source.write('old');
      const guid = await add();
      await refreshPackage(deps, guid);
      rmSync(deps.store.objectPath(createHash('sha256').update('old').digest('hex')));
      const { files, outcome } = await readDuring(guid);
      expect(files).to.equal(2);
      expect(outcome.result).to.equal('unchanged');
      expect(readFileSync(deps.store.objectPath(createHash('sha256').update('old').digest('hex')), 'utf8')).to.equal(
        'old',
      );
    });

    it('gives every snapshot a higher version, also within one second, and keeps the older ones', async () => {
      source.write('a', '1');
      const guid = await add();
      const versions: number[] = [];
      for (const content of ['1', '22', '333']) {
        source.write('a', content);
        const outcome = await refreshPackage(deps, guid);
        if (outcome.result === 'published') versions.push(outcome.version);
      }
      const base = Math.floor(START / 1000);
      expect(versions).to.deep.equal([base, base + 1, base + 2]);
      expect((await manifestOf(guid, base)).files[0]!.size).to.equal(1);
      const retired = await cmdb.db
        .selectFrom('Snapshot')
        .select(['Version', 'RetiredAt'])
        .orderBy('Version')
        .execute();
      expect(retired.map((row) => row.RetiredAt === null)).to.deep.equal([false, false, true]);
    });

    for (const [what, spoil, message] of [
      [
        'a link out of the folder',
        (folder: TestFolder) => symlinkSync('/etc/passwd', join(folder.path, 'sub/link')),
        'sub/link is a link: a package holds files and folders only.',
      ],
      [
        'a link within the folder',
        (folder: TestFolder) => symlinkSync('ok.txt', join(folder.path, 'sub/link')),
        'sub/link is a link: a package holds files and folders only.',
      ],
      [
        'a link to a folder',
        (folder: TestFolder) => symlinkSync('/etc', join(folder.path, 'sub/link')),
        'sub/link is a link: a package holds files and folders only.',
      ],
      [
        'names that differ only in case',
        (folder: TestFolder) => void (folder.write('sub/Read.me'), folder.write('sub/READ.ME')),
        /differ only in letter case/,
      ],
      [
        'folders that differ only in case',
        (folder: TestFolder) => void folder.write('Sub/x'),
        /differ only in letter case/,
      ],
      [
        'names that differ only in Unicode form',
        (folder: TestFolder) => void (folder.write('\u00e9'), folder.write('e\u0301')),
        /differ only in Unicode form/,
      ],
      [
        'a control character',
        (folder: TestFolder) => void folder.write('sub/a\nb'),
        'The name "sub/a\\u000ab" contains a control character.',
      ],
      ['a backslash', (folder: TestFolder) => void folder.write('sub/..\\..\\x'), /contains a backslash/],
      [
        'bytes that are no text',
        (folder: TestFolder) =>
          writeFileSync(Buffer.concat([Buffer.from(`${folder.path}/sub/`), Buffer.from([0xff, 0xfe])]), ''),
        /is not valid Unicode text/,
      ],
      [
        'a path that is too long',
        (folder: TestFolder) => void folder.write(`${'d/'.repeat(480)}${'f'.repeat(60)}`),
        /is longer than 1000 characters/,
      ],
    ] as const) {
      it(`refuses ${what} and keeps what was published`, async function () {
        if (process.platform === 'win32') this.skip();
        source.write('sub/ok.txt');
        const guid = await add();
        await refreshPackage(deps, guid);
        const before = await stored(guid);
        spoil(source);
        clock.pass(60_000);
        const outcome = await refreshPackage(deps, guid);
        if (typeof message === 'string') expect(reasonOf(outcome)).to.equal(message);
        else expect(reasonOf(outcome)).to.match(message);
        const row = await stored(guid);
        expect(row).to.include({ State: 'failed', FailureCount: 1, CurrentVersion: before.CurrentVersion });
        expect(row.StateDetail).to.equal(reasonOf(outcome));
        expect(await cmdb.db.selectFrom('Snapshot').select('Version').execute()).to.have.length(1);
        expect((await manifestOf(guid)).files.map((file) => file.path)).to.deep.equal(['sub/ok.txt']);
      });
    }

    for (const [what, change] of [
      ['grows', (file: string) => appendFileSync(file, 'more')],
      ['is written with the same size', (file: string) => writeFileSync(file, 'CHANGED IN PLACE')],
      [
        'is replaced',
        (file: string) => (writeFileSync(`${file}.new`, 'changed in place'), renameSync(`${file}.new`, file)),
      ],
      ['vanishes', (file: string) => rmSync(file)],
      ['becomes a link', (file: string) => (rmSync(file), symlinkSync('/etc/passwd', file))],
      ['becomes a folder', (file: string) => (rmSync(file), mkdirSync(file))],
      ['appears', (file: string) => writeFileSync(`${file}.txt`, '')],
    ] as const) {
      it(`notices that a file ${what} between the scan and the reading`, async () => {
        source.write('other');
        const file = source.write('setup.exe', 'changed in place');
        const guid = await add();
        const outcome = await refreshPackage(deps, guid, { onProgress: at('hashing', () => change(file)) });
        expect(outcome).to.include({ result: 'problem', again: false });
        const row = await stored(guid);
        expect(row.State).to.equal('changed_while_scanning');
        expect(row.CurrentVersion).to.equal(null);
        expect(await cmdb.db.selectFrom('Snapshot').select('Version').execute()).to.deep.equal([]);
        expect(row.NextRefreshAt).to.equal(new Date(START + 120_000).toISOString());
      });
    }

    it('notices that a file that was known changes while others are read', async () => {
      const known = source.write('known');
      const guid = await add();
      await refreshPackage(deps, guid);
      source.write('new');
      const outcome = await refreshPackage(deps, guid, { onProgress: at('hashing', () => appendFileSync(known, '!')) });
      expect(reasonOf(outcome)).to.equal('known changed while it was read.');
      expect((await stored(guid)).State).to.equal('changed_while_scanning');
    });

    it('backs off to daily after five failures and recovers when the source is back', async () => {
      source.write('a');
      const guid = await add();
      await refreshPackage(deps, guid);
      renameSync(source.path, `${source.path}-away`);
      const delays: number[] = [];
      for (let failure = 0; failure < 6; failure++) {
        const outcome = await refreshPackage(deps, guid);
        expect(outcome).to.deep.include({ result: 'problem', state: 'source_missing', again: failure > 0 });
        delays.push((Date.parse((await stored(guid)).NextRefreshAt!) - clock.now()) / 60_000);
      }
      expect(delays).to.deep.equal([10, 20, 40, 80, 1440, 1440]);
      expect(await stored(guid)).to.include({
        State: 'source_missing',
        FailureCount: 6,
        StateDetail: `${source.path} was not found.`,
      });
      renameSync(`${source.path}-away`, source.path);
      expect((await refreshPackage(deps, guid)).result).to.equal('unchanged');
      expect(await stored(guid)).to.include({ State: 'valid', FailureCount: 0, StateDetail: '' });
    });

    for (const [what, folder, reason] of [
      ['the source', '.', (path: string) => `The server may not read ${path}.`],
      ['a folder in it', 'secret', () => 'The server may not read secret.'],
    ] as const) {
      it(`tells when it may not read ${what}`, async function () {
        if (process.platform === 'win32') this.skip();
        source.write('secret/a');
        const guid = await add();
        chmodSync(join(source.path, folder), 0);
        const outcome = await asNobody([data, source], () => refreshPackage(deps, guid));
        chmodSync(join(source.path, folder), 0o755);
        expect(outcome).to.deep.include({ result: 'problem', state: 'access_denied', reason: reason(source.path) });
      });
    }

    it('refuses to fill the disk below its reserve before it copies a byte', async () => {
      source.write('a', 'four');
      const guid = await add();
      const outcome = await refreshPackage({ ...deps, minFreeDiskMb: 1e9 }, guid);
      expect(reasonOf(outcome)).to.match(
        /^There is not enough disk for the package store: 4 bytes are to be stored, .*NS_MIN_FREE_DISK_MB/,
      );
      expect((await stored(guid)).State).to.equal('failed');
      expect(readdirSync(join(deps.store.folder, 'objects'))).to.deep.equal([]);
    });

    it('asks for nothing and publishes nothing for a package without files', async () => {
      const guid = await addPackage(deps, '', { sourceKind: 'none' });
      expect(await refreshPackage(deps, guid)).to.deep.equal({ result: 'unchanged', version: null });
      expect(await stored(guid)).to.include({ State: 'valid', CurrentVersion: null, NextRefreshAt: null });
    });

    it('lets one build of a package run at a time', async () => {
      source.write('a');
      const guid = await add();
      const outcomes = await Promise.all([
        refreshPackage(deps, guid),
        refreshPackage(deps, guid),
        refreshPackage(deps, guid),
      ]);
      expect(outcomes.map((outcome) => outcome.result).sort()).to.deep.equal(['busy', 'busy', 'published']);
      expect(await cmdb.db.selectFrom('Snapshot').select('Version').execute()).to.have.length(1);
    });

    it('takes over from a builder that died, and removes what it left', async () => {
      source.write('a');
      const guid = await add();
      await refreshPackage(deps, guid);
      expect(await claimPackage(cmdb, clock, guid)).to.not.equal(undefined);
      const { CurrentVersion } = await stored(guid);
      const half = {
        PackageGuid: guid,
        Version: CurrentVersion! + 50,
        Hash: 'x',
        FileCount: 1,
        TotalSize: 1,
        Signature: 'x',
        KeyName: 'x',
      };
      await cmdb.db
        .insertInto('Snapshot')
        .values({ ...half, CreatedAt: new Date(START).toISOString(), RetiredAt: null })
        .execute();
      const catalogue = await PackageCatalogue.load(cmdb);
      expect([...catalogue.get(guid)!.snapshots.keys()]).to.deep.equal([CurrentVersion]);

      expect((await refreshPackage(deps, guid)).result).to.equal('busy');
      expect(await nextDuePackage(cmdb, clock, 'again')).to.equal(undefined);
      clock.pass(121_000);
      expect(await nextDuePackage(cmdb, clock, 'again')).to.equal(guid);
      expect((await refreshPackage(deps, guid)).result).to.equal('unchanged');
      expect(await cmdb.db.selectFrom('Snapshot').select('Version').execute()).to.deep.equal([
        { Version: CurrentVersion },
      ]);
    });

    it('stops when it is told to, leaves the state as it was and nothing behind', async () => {
      source.write('a', Buffer.alloc(50_000_000));
      const guid = await add();
      const before = await stored(guid);
      const stop = new AbortController();
      const outcome = await refreshPackage(deps, guid, {
        signal: stop.signal,
        onProgress: at('hashing', () => stop.abort()),
      });
      expect(outcome).to.deep.equal({ result: 'cancelled' });
      expect(await stored(guid)).to.deep.equal(before);
      expect(readdirSync(join(deps.store.folder, 'incoming'))).to.deep.equal([]);
      expect(await cmdb.db.selectFrom('Snapshot').select('Version').execute()).to.deep.equal([]);
    });

    for (const [what, change] of [
      ['cancelled in the console', (guid: Guid) => cancelRefresh(cmdb, clock, JANE, guid, 24)],
      ['switched off', (guid: Guid) => setPackagesEnabled(cmdb, clock, JANE, [guid], false)],
    ] as const) {
      it(`publishes nothing when the package is ${what} meanwhile`, async () => {
        source.write('a');
        const guid = await add();
        let changed: Promise<unknown> | undefined;
        const outcome = await refreshPackage(deps, guid, { onProgress: at('hashing', () => (changed = change(guid))) });
        await changed;
        expect(outcome).to.deep.equal({ result: 'cancelled' });
        expect(await stored(guid)).to.deep.include({
          CurrentVersion: null,
          State: what === 'switched off' ? 'disabled' : 'new',
        });
        expect((await refreshPackage(deps, guid)).result).to.equal(what === 'switched off' ? 'busy' : 'published');
      });
    }

    it('publishes nothing after its lease has run out', async () => {
      source.write('a');
      const guid = await add();
      const outcome = await refreshPackage(deps, guid, { onProgress: at('hashing', () => clock.pass(121_000)) });
      expect(outcome).to.deep.equal({ result: 'cancelled' });
      expect((await stored(guid)).CurrentVersion).to.equal(null);
    });

    it('is asked for by hand: once, recorded, and not while it runs or is switched off', async () => {
      source.write('a');
      const guid = await add();
      await refreshPackage(deps, guid);
      expect(await nextDuePackage(cmdb, clock, 'again')).to.equal(undefined);
      expect(await requestRefresh(cmdb, clock, JANE, [guid])).to.equal(1);
      expect(await nextDuePackage(cmdb, clock, 'again')).to.equal(guid);
      await claimPackage(cmdb, clock, guid);
      expect(await requestRefresh(cmdb, clock, JANE, [guid])).to.equal(0);
      await setPackagesEnabled(cmdb, clock, JANE, [guid], false);
      expect(await requestRefresh(cmdb, clock, JANE, [guid])).to.equal(0);
      const asked = await cmdb.db.selectFrom('AuditEntry').select('Action').where('Action', '=', 'refresh').execute();
      expect(asked).to.have.length(1);
    });
  });
});
