import { expect } from 'chai';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { readManifest } from '../../wire/manifest.ts';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { PackageCatalogue } from '../../models/packages/catalogue.ts';
import { deletePackage } from '../../models/packages/deletePackage.ts';
import { getPackage } from '../../models/packages/getPackage.ts';
import {
  progressText,
  refreshPackage,
  type RefreshDeps,
  type RefreshOutcome,
} from '../../models/packages/refreshPackage.ts';
import type { BuildProgress } from '../../models/packages/snapshot/buildSnapshot.ts';
import type { FetchProgress } from '../../models/packages/sources/source.ts';
import { mirror } from '../../models/packages/sources/url/mirror.ts';
import { mirrorFolder } from '../../models/packages/sources/url/mirrorState.ts';
import { removeLeftMirrors } from '../../models/packages/sources/url/removeLeftMirrors.ts';
import { updatePackage } from '../../models/packages/updatePackage.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { pax, tarGz, zip } from './archives.ts';
import { addPackage, JANE, refreshDeps, TestClock, TestFolder } from './support.ts';
import { sha256, WebServer } from './webServer.ts';

describe('a package from the web', () => {
  forEachEngine((_engine, open) => {
    let cmdb: AnyCmdb;
    let clock: TestClock;
    let data: TestFolder;
    let deps: RefreshDeps;
    let web: WebServer;
    beforeEach(async () => {
      cmdb = await open();
      clock = new TestClock();
      data = new TestFolder();
      deps = refreshDeps(cmdb, clock, data.path);
      web = await WebServer.start();
    });
    afterEach(async () => {
      await web.stop();
      await cmdb.close();
      data.remove();
    });

    const add = (path: string) => addPackage(deps, `${web.url}${path}`, { sourceKind: 'url' });
    const refresh = async (guid: Guid): Promise<RefreshOutcome> => {
      clock.pass(60_000);
      return refreshPackage(deps, guid);
    };
    const stored = async (guid: Guid) => (await getPackage(cmdb, guid))!;
    const contents = async (guid: Guid): Promise<Record<string, string>> => {
      const catalogue = await PackageCatalogue.load(cmdb);
      const entry = catalogue.get(guid)!;
      const manifest = readManifest((await catalogue.snapshot(cmdb, entry, entry.version!))!.manifest.toString('utf8'));
      return Object.fromEntries(
        manifest.files.map((file) => [
          file.path,
          file.folder ? 'folder' : `${file.executable ? 'x ' : ''}${file.hash.slice(0, 8)}`,
        ]),
      );
    };
    const short = (content: string | Buffer): string => sha256(content).slice(0, 8);

    it('is a folder with SHA256SUMS: what has not changed is not asked for again', async () => {
      web.set('/viewer/setup.exe', 'the program');
      web.set('/viewer/data/100% ü#.txt', 'data');
      web.listIn('/viewer/');
      const guid = await add('/viewer/');
      expect(await refresh(guid)).to.include({ result: 'published' });
      expect(await contents(guid)).to.deep.equal({
        'data/100% ü#.txt': short('data'),
        'setup.exe': short('the program'),
      });
      expect(await stored(guid)).to.include({ State: 'valid', StateDetail: '', FailureCount: 0 });

      web.take();
      expect(await refresh(guid)).to.include({ result: 'unchanged' });
      const again = web.take();
      expect(again.map(({ path, status }) => [path, status])).to.deep.equal([
        ['/viewer/files.json', 404],
        ['/viewer/SHA256SUMS', 304],
      ]);

      web.set('/viewer/setup.exe', 'the new program');
      web.listIn('/viewer/');
      expect(await refresh(guid)).to.include({ result: 'published' });
      expect(web.take().flatMap(({ path, status }) => (status === 200 ? [path] : []))).to.deep.equal([
        '/viewer/SHA256SUMS',
        '/viewer/setup.exe',
      ]);
      expect((await contents(guid))['setup.exe']).to.equal(short('the new program'));
    });

    it('is a list as JSON: execute bits, empty folders, and files without a hash that the server is asked about', async () => {
      web.set('/p/run.sh', '#!/bin/sh\n');
      web.set('/p/sub/a', 'a');
      const list = (executable: boolean) =>
        web.set(
          '/p/files.json',
          JSON.stringify({
            files: [
              { path: 'run.sh', executable, size: 10 },
              { path: 'sub/a' },
              { path: 'logs/', folder: true },
              { path: 'deep/er', folder: true },
            ],
          }),
        );
      list(true);
      const guid = await add('/p/files.json');
      await refresh(guid);
      expect(await contents(guid)).to.deep.equal({
        'run.sh': `x ${short('#!/bin/sh\n')}`,
        'sub/a': short('a'),
        logs: 'folder',
        'deep/er': 'folder',
      });

      web.take();
      expect(await refresh(guid)).to.include({ result: 'unchanged' });
      const again = web.take();
      expect(again.map(({ status }) => status)).to.deep.equal([304, 304, 304]);
      expect(again.reduce((bytes, asked) => bytes + asked.bytes, 0)).to.equal(0);

      // The list is the same, a file is not.
      web.set('/p/sub/a', 'another');
      expect(await refresh(guid)).to.include({ result: 'published' });
      expect((await contents(guid))['sub/a']).to.equal(short('another'));
      list(false);
      expect(await refresh(guid)).to.include({ result: 'published' });
      expect((await contents(guid))['run.sh']).to.equal(short('#!/bin/sh\n'));
    });

    it('follows what the list drops, and what becomes a folder or a file', async () => {
      const publish = async (files: string[]) => {
        for (const path of web.files.keys()) web.files.delete(path);
        for (const file of files) web.set(`/p/${file}`, file);
        web.listIn('/p/');
        return refresh(guid);
      };
      const guid = await add('/p/SHA256SUMS');
      await publish(['a', 'b/c', 'b/d']);
      expect(await publish(['a/x', 'b'])).to.include({ result: 'published' });
      expect(Object.keys(await contents(guid))).to.deep.equal(['a/x', 'b']);
    });

    const entries = [
      { name: './', type: '5', mode: 0o40755 },
      { name: 'viewer/setup', content: 'program', mode: 0o100755 },
      { name: 'viewer/read.me', content: 'text' },
      { name: 'viewer/logs/', type: '5', mode: 0o40755 },
    ];
    for (const [kind, pack] of [
      ['zip', () => zip(entries.slice(1))],
      ['tar.gz', () => tarGz(entries)],
    ] as const) {
      it(`is a ${kind}: execute bits and empty folders arrive, and the same archive moves no bytes`, async () => {
        web.set(`/viewer.${kind}`, pack());
        const guid = await add(`/viewer.${kind}`);
        expect(await refresh(guid)).to.include({ result: 'published' });
        expect(await contents(guid)).to.deep.equal({
          'viewer/setup': `x ${short('program')}`,
          'viewer/read.me': short('text'),
          'viewer/logs': 'folder',
        });
        const row = await cmdb.db
          .selectFrom('SnapshotFile')
          .select('FileTime')
          .where('Path', '=', 'viewer/read.me')
          .executeTakeFirstOrThrow();
        if (kind === 'tar.gz') expect(row.FileTime).to.equal('2020-09-13T12:26:40.000Z');

        web.take();
        expect(await refresh(guid)).to.include({ result: 'unchanged' });
        expect(web.take().map(({ status, bytes }) => [status, bytes])).to.deep.equal([[304, 0]]);

        web.set(
          `/viewer.${kind}`,
          kind === 'zip' ? zip([{ name: 'other', content: '!' }]) : tarGz([{ name: 'other' }]),
        );
        expect(await refresh(guid)).to.include({ result: 'published' });
        expect(Object.keys(await contents(guid))).to.deep.equal(['other']);
        expect(readdirSync(mirrorFolder(data.path, guid)).sort()).to.deep.equal(['files', 'state.json']);
      });
    }

    it('is known by its content, not by its name, and may have long names', async () => {
      const long = `${'folder/'.repeat(30)}${'n'.repeat(100)}`;
      web.set('/download', tarGz([pax({ path: long }), { name: 'short', content: 'x' }]));
      const guid = await add('/download?id=7');
      await refresh(guid);
      expect(await contents(guid)).to.deep.equal({ [long]: short('x') });
    });

    it('goes on where a connection was cut off, also in a later refresh', async () => {
      const big = Buffer.alloc(300_000, 'abcdefghij');
      web.set('/big.bin', big);
      web.listIn('/');
      // Two thirds, then nothing: as often as it takes.
      let cuts = 0;
      web.hostile = (request, response) => {
        if (!request.url!.endsWith('big.bin') || cuts > 0 || request.headers.range !== undefined) return false;
        cuts++;
        response.writeHead(200, { etag: `"${sha256(big).slice(0, 16)}"`, 'content-length': big.length });
        response.write(big.subarray(0, 200_000), () => response.destroy());
        return true;
      };
      const guid = await add('/SHA256SUMS');
      expect(await refresh(guid)).to.include({ result: 'published' });
      const asked = web.take().filter(({ path }) => path === '/big.bin');
      const from = Number(/^bytes=(\d+)-$/.exec(asked[1]!.headers.range!)![1]);
      expect(from).to.be.greaterThan(0);
      expect(asked[1]).to.include({ status: 206, bytes: big.length - from });
      expect(await contents(guid)).to.deep.equal({ 'big.bin': short(big) });

      // Cut off for good: the next refresh goes on.
      const more = Buffer.alloc(300_000, 'ABCDEFGHIJ');
      web.set('/big.bin', more);
      web.listIn('/');
      web.hostile = (request, response) => {
        if (!request.url!.endsWith('big.bin')) return false;
        if (request.headers.range !== undefined) response.destroy();
        else {
          response.writeHead(200, { etag: `"${sha256(more).slice(0, 16)}"`, 'content-length': more.length });
          response.write(more.subarray(0, 100_000), () => response.destroy());
        }
        return true;
      };
      expect(await refresh(guid)).to.include({ result: 'problem', state: 'source_missing' });
      expect((await contents(guid))['big.bin']).to.equal(short(big));
      web.hostile = () => false;
      web.take();
      expect(await refresh(guid)).to.include({ result: 'published' });
      const last = web.take().filter(({ path }) => path === '/big.bin');
      expect(last.map(({ status }) => status)).to.deep.equal([206]);
      expect((await contents(guid))['big.bin']).to.equal(short(more));
    });

    it('begins anew when what was cut off has changed meanwhile', async () => {
      const first = Buffer.alloc(200_000, '1');
      const second = Buffer.alloc(200_000, '2');
      web.set('/a.bin', second);
      web.listIn('/');
      let cuts = 0;
      web.hostile = (request, response) => {
        if (!request.url!.endsWith('a.bin') || cuts > 0) return false;
        cuts++;
        response.writeHead(200, { etag: '"first"', 'content-length': first.length });
        response.write(first.subarray(0, 100_000), () => response.destroy());
        return true;
      };
      const guid = await add('/SHA256SUMS');
      expect(await refresh(guid)).to.include({ result: 'published' });
      expect(await contents(guid)).to.deep.equal({ 'a.bin': short(second) });
      expect(web.take().at(-1)).to.include({ status: 200, bytes: second.length });
    });

    it('fetches again what somebody has changed or removed in its copy', async () => {
      for (const name of ['a', 'b', 'c']) web.set(`/${name}`, name);
      web.listIn('/');
      const guid = await add('/SHA256SUMS');
      await refresh(guid);
      const copy = join(mirrorFolder(data.path, guid), 'files');
      writeFileSync(join(copy, 'a'), 'spoilt');
      rmSync(join(copy, 'b'));
      writeFileSync(join(copy, 'stranger'), '');
      web.take();
      expect(await refresh(guid)).to.include({ result: 'unchanged' });
      expect(web.take().flatMap(({ path, status }) => (status === 200 ? [path] : []))).to.have.members(['/a', '/b']);
      expect(readdirSync(copy).sort()).to.deep.equal(['a', 'b', 'c']);
    });

    for (const [what, spoil, state, reason] of [
      ['nothing there', () => web.files.clear(), 'source_missing', /was answered with 404: it is not there/],
      [
        'a file of the list that is not there',
        () => web.files.delete('/b'),
        'source_missing',
        /\/b was answered with 404/,
      ],
      [
        'a file that is not the one of the list',
        () => web.set('/b', 'other'),
        'changed_while_scanning',
        'b is not what the list of files says it is.',
      ],
      [
        'a refusal',
        () => (web.hostile = (_request, response) => (response.writeHead(403).end(), true)),
        'access_denied',
        /was answered with 403: the server may not read it/,
      ],
      [
        'an error',
        () => (web.hostile = (_request, response) => (response.writeHead(503).end(), true)),
        'failed',
        /was answered with 503\.$/,
      ],
      [
        'a web page',
        () => web.set('/SHA256SUMS', '<html><a href="a">a</a></html>'),
        'failed',
        'The address brings a web page: neither a list of files (SHA256SUMS or files.json) nor an archive (zip, tar, tar.gz).',
      ],
    ] as const) {
      it(`tells of ${what} and goes on serving what was published`, async () => {
        web.set('/a', 'a');
        web.set('/b', 'b');
        web.listIn('/');
        const guid = await add('/SHA256SUMS');
        await refresh(guid);
        const before = await stored(guid);
        // What the list has is asked for again when the list is another.
        web.set('/b', 'new');
        web.listIn('/');
        spoil();
        const outcome = await refresh(guid);
        expect(outcome).to.include({ result: 'problem', state });
        const row = await stored(guid);
        expect(row).to.include({ State: state, FailureCount: 1, CurrentVersion: before.CurrentVersion });
        if (typeof reason === 'string') expect(row.StateDetail).to.equal(reason);
        else expect(row.StateDetail).to.match(reason);
        expect(await contents(guid)).to.deep.equal({ a: short('a'), b: short('b') });
      });
    }

    it('stops when it is told to, and leaves the state as it was', async () => {
      web.set('/slow.bin', 'x');
      web.listIn('/');
      const guid = await add('/SHA256SUMS');
      const before = await stored(guid);
      const stop = new AbortController();
      // Never answered: only an end from here ends it.
      web.hostile = (request) => {
        if (!request.url!.endsWith('slow.bin')) return false;
        stop.abort();
        return true;
      };
      const patient = { ...deps.limits, url: { ...deps.limits.url, windowMs: 3_600_000 } };
      const outcome = await refreshPackage({ ...deps, limits: patient }, guid, { signal: stop.signal });
      expect(outcome).to.deep.equal({ result: 'cancelled' });
      expect(await stored(guid)).to.deep.equal(before);
    });

    it('tells how far its fetching is, as far as the server says it', async () => {
      web.set('/p/a', Buffer.alloc(3000));
      web.set('/p/files.json', JSON.stringify({ files: [{ path: 'a', size: 3000 }] }));
      const guid = await add('/p/');
      const seen: BuildProgress[] = [];
      await refreshPackage(deps, guid, { onProgress: (progress) => seen.push(progress) });
      const phases = [...new Set(seen.map(({ phase }) => phase))];
      expect(phases).to.deep.equal(['fetching', 'scanning', 'hashing', 'publishing']);
      const told: FetchProgress[] = [];
      const { dataDir, url: limits } = deps.limits;
      const job = { packageGuid: newGuid(), address: `${web.url}/p/`, dataDir, limits, reserveBytes: 0 };
      await mirror(job, (progress) => told.push(progress));
      expect(told.at(-1)).to.deep.equal({ files: 1, totalFiles: 1, bytes: 3000, totalBytes: 3000 });

      const size = { files: 1, totalFiles: 4, bytes: 1024, totalBytes: 4096 };
      expect(progressText({ phase: 'fetching', ...size })).to.equal('Fetching files: 1 of 4, 1.0 KB of 4.0 KB (25 %).');
      expect(progressText({ phase: 'fetching', ...size, totalFiles: 0, totalBytes: 0 })).to.equal(
        'Fetching files: 1.0 KB.',
      );
    });

    it('keeps the reserve of the disk free, and asks for no byte more', async () => {
      web.set('/a.bin', Buffer.alloc(1000));
      web.listIn('/');
      const guid = await add('/SHA256SUMS');
      clock.pass(1000);
      const outcome = await refreshPackage({ ...deps, minFreeDiskMb: 1e9 }, guid);
      expect(outcome).to.include({ result: 'problem', state: 'failed' });
      expect((await stored(guid)).StateDetail).to.match(
        /^There is not enough disk to fetch the source: .*NS_MIN_FREE_DISK_MB/,
      );
      expect(web.take().map(({ path }) => path)).to.not.include('/a.bin');
      expect(existsSync(join(mirrorFolder(data.path, guid), 'files'))).to.equal(false);
    });

    it('leaves no copy behind when it is deleted or gets another source', async () => {
      web.set('/a', 'a');
      web.listIn('/');
      const guids = [await add('/SHA256SUMS')];
      for (const name of ['Second', 'Third']) {
        guids.push(await addPackage(deps, `${web.url}/SHA256SUMS`, { name, sourceKind: 'url' }));
      }
      for (const guid of guids) await refresh(guid);
      expect(await removeLeftMirrors(cmdb, data.path)).to.equal(0);
      await deletePackage(cmdb, clock, JANE, guids[0]!);
      await updatePackage(cmdb, clock, JANE, guids[1]!, { name: 'Second', sourceKind: 'none' }, deps.limits);
      expect(await removeLeftMirrors(cmdb, data.path)).to.equal(2);
      expect(readdirSync(join(data.path, 'mirrors'))).to.deep.equal([guids[2]]);
    });
  });
});
