import { expect } from 'chai';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandIo } from '../../app/commands/command.ts';
import { UsageError } from '../../app/commands/command.ts';
import { packageCommand } from '../../app/commands/package.ts';
import { openCmdb } from '../../models/cmdb/open.ts';
import { getPackage } from '../../models/packages/getPackage.ts';
import { createApiToken } from '../../models/security/apiTokens.ts';
import { guid as asGuid, type Guid } from '../../wire/guid.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { JANE, TestFolder, thrownBy } from './support.ts';
import { WebServer } from './webServer.ts';

describe('ns package', () => {
  let source: TestFolder;
  let dataDir: string;
  let environment: Record<string, string>;
  beforeEach(() => {
    environment = {};
    source = new TestFolder();
    source.write('setup.sh', '#!/bin/sh\n', 0o755);
    dataDir = mkdtempSync(join(tmpdir(), 'ns-command-'));
  });
  afterEach(() => {
    source.remove();
    rmSync(dataDir, { recursive: true, force: true });
  });

  interface Ran {
    code: number;
    out: string[];
    err: string[];
    progress: string[];
  }
  const run = async (...args: string[]): Promise<Ran> => {
    const ran: Ran = { code: -1, out: [], err: [], progress: [] };
    const io: CommandIo = {
      out: (line) => ran.out.push(line),
      err: (line) => ran.err.push(line),
      progress: (line) => ran.progress.push(line),
      environment: { NS_DATA_DIR: dataDir, ...environment },
    };
    ran.code = await packageCommand.run(args, io);
    return ran;
  };
  const stored = async (guid: Guid) => {
    const cmdb = await openCmdb(`sqlite:${join(dataDir, 'cmdb.sqlite')}`);
    try {
      return await getPackage(cmdb, guid);
    } finally {
      await cmdb.close();
    }
  };

  it('makes a package with its programs, publishes it and prints what it is', async () => {
    const ran = await run(
      ...[
        'add',
        '--name',
        'Example',
        '--folder',
        source.path,
        '--publisher',
        'Example Inc',
        '--version-text',
        '2.5',
        '--json',
      ],
      ...[
        '--program',
        'Setup',
        '--command-line',
        './setup.sh',
        '--program',
        'Remove',
        '--command-line',
        './setup.sh -x',
      ],
      ...['--success-codes', '0,7', '--terminate-after', '5'],
    );
    expect(ran).to.deep.include({ code: 0, err: [] });
    const { guid, version } = JSON.parse(ran.out.join('')) as { guid: Guid; version: number };
    const found = (await stored(guid))!;
    expect(found).to.include({
      Name: 'Example',
      Publisher: 'Example Inc',
      VersionText: '2.5',
      State: 'valid',
      CurrentVersion: version,
    });
    expect(
      found.programs.map(({ name, commandLine, successCodes, terminateAfterMinutes }) => [
        name,
        commandLine,
        successCodes,
        terminateAfterMinutes,
      ]),
    ).to.deep.equal([
      ['Setup', './setup.sh', '0,7', 5],
      ['Remove', './setup.sh -x', '0,7', 5],
    ]);
    expect(ran.progress[0]).to.equal('Looking at the source.');
    expect(ran.progress.at(-1)).to.equal('Publishing the snapshot.');
  });

  it('prints GUID and version for people, and takes packages without files', async () => {
    const ran = await run('add', '--name', 'Example', '--folder', source.path);
    expect(ran.out).to.have.length(1);
    expect(ran.out[0]).to.match(/^\{[0-9a-f-]{36}\} version \d+$/);
    const none = await run(
      'add',
      '--name',
      'Command only',
      '--no-source',
      '--program',
      'Run',
      '--command-line',
      'true',
    );
    expect(none.code).to.equal(0);
    expect((await stored(asGuid(none.out[0]!)))!).to.include({
      State: 'valid',
      SourceKind: 'none',
      CurrentVersion: null,
    });
  });

  it('takes packages from shares, and has them watched', async function () {
    if (process.platform === 'win32') this.skip();
    environment.NS_SHARE_MOUNTS = `//files/software=${source.path}`;
    const ran = await run('add', '--name', 'Example', '--share', '\\\\files\\software', '--watch', '--json');
    expect(ran).to.deep.include({ code: 0, err: [] });
    const { guid } = JSON.parse(ran.out.join('')) as { guid: Guid };
    expect((await stored(guid))!).to.include({
      SourceKind: 'unc',
      SourcePath: '\\\\files\\software',
      IsWatched: 1,
      State: 'valid',
    });
    const other = await run('add', '--name', 'Other', '--share', '\\\\files\\other');
    expect(other.err.join()).to.match(/^--share: This server does not know where/);
  });

  it('takes packages from the web', async () => {
    const web = await WebServer.start();
    web.set('/setup.sh', 'x');
    web.listIn('/');
    environment.NS_URL_SOURCE_RANGES = '127.0.0.0/8';
    const ran = await run('add', '--name', 'Example', '--source-url', `${web.url}/`, '--json');
    expect(ran).to.deep.include({ code: 0, err: [] });
    const { guid } = JSON.parse(ran.out.join('')) as { guid: Guid };
    expect((await stored(guid))!).to.include({ SourceKind: 'url', SourcePath: `${web.url}/`, State: 'valid' });
    delete environment.NS_URL_SOURCE_RANGES;
    const refused = await run('add', '--name', 'Other', '--source-url', `${web.url}/`);
    expect(refused.err.join()).to.match(/^--source-url: Package sources may not lie on 127\.0\.0\.1/);
    await web.stop();
  });

  it('says what is wrong with the fields, makes nothing and answers 1', async () => {
    const gone = join(source.path, 'gone');
    const ran = await run('add', '--name', 'Example', '--folder', gone);
    expect(ran).to.deep.include({ code: 1, out: [], err: [`--folder: ${gone} was not found.`] });
    const program = await run(
      'add',
      '--name',
      'Example',
      '--folder',
      source.path,
      '--program',
      'x',
      '--command-line',
      '',
      '--success-codes',
      'a',
    );
    expect(program.code).to.equal(1);
    expect(program.err).to.have.members([
      '--command-line: Enter a command line.',
      '--success-codes: Enter whole numbers, separated by commas.',
    ]);
    expect(existsSync(join(dataDir, 'packages', 'objects'))).to.equal(false);
  });

  it('tells when the package was made but could not be published', async () => {
    source.write('Setup.sh');
    const ran = await run('add', '--name', 'Example', '--folder', source.path);
    expect(ran).to.deep.include({ code: 1, out: [] });
    expect(ran.err.join()).to.match(/^The package \{.*\} was made, but has no snapshot: .* differ only in letter case/);
  });

  it('refreshes a package by name or GUID, shows how far it is, and says whether anything changed', async () => {
    const added = await run('add', '--name', 'Example Viewer', '--folder', source.path, '--json');
    const { guid, version } = JSON.parse(added.out.join('')) as { guid: Guid; version: number };
    expect((await run('refresh', 'example viewer')).out).to.deep.equal([`{${guid}} version ${version}, unchanged`]);
    source.write('new.txt', 'x'.repeat(5000));
    const ran = await run('refresh', guid, '--json');
    const refreshed = JSON.parse(ran.out.join('')) as { guid: Guid; version: number; changed: boolean };
    expect(refreshed).to.include({ guid, changed: true });
    expect(refreshed.version).to.be.above(version);
    expect((await stored(guid))!).to.include({ State: 'valid', CurrentVersion: refreshed.version });
    expect(ran.progress[0]).to.equal('Looking at the source.');
    expect(ran.progress.join()).to.match(/Reading files: \d of \d, .* \(\d+ %\)/);
    expect(ran.progress.at(-1)).to.equal('Publishing the snapshot.');
  });

  it('says why a package was not refreshed, and answers 1', async () => {
    expect(await run('refresh', 'Nowhere')).to.deep.include({ code: 1, err: ['There is no package "Nowhere".'] });
    const added = await run('add', '--name', 'Example', '--folder', source.path, '--json');
    const { guid, version } = JSON.parse(added.out.join('')) as { guid: Guid; version: number };
    source.remove();
    expect(await run('refresh', 'Example')).to.deep.include({
      code: 1,
      out: [],
      err: [`${source.path} was not found.`],
    });
    expect((await stored(guid))!).to.include({ State: 'source_missing', CurrentVersion: version, FailureCount: 1 });
  });

  for (const [what, args] of [
    ['no action', []],
    ['a refresh of nothing', ['refresh']],
    ['a refresh of two packages', ['refresh', 'one', 'two']],
    ['fields for a refresh', ['refresh', 'one', '--publisher', 'Example']],
    ['another action', ['remove']],
    ['no name', ['add', '--folder', '/x']],
    ['no source', ['add', '--name', 'x']],
    ['a folder and a share', ['add', '--name', 'x', '--folder', '/x', '--share', '//files/x']],
    ['a watched address', ['add', '--name', 'x', '--source-url', 'https://example.com/', '--watch']],
    ['two sources', ['add', '--name', 'x', '--folder', '/x', '--no-source']],
    ['a program without a command line', ['add', '--name', 'x', '--no-source', '--program', 'y']],
    ['minutes that are none', ['add', '--name', 'x', '--no-source', '--terminate-after', 'long']],
    ['a server without a token', ['add', '--name', 'x', '--no-source', '--url', 'https://ns1.example.test']],
    [
      'a token file that is not there',
      ['add', '--name', 'x', '--no-source', '--url', 'https://ns1.example.test', '--token-file', '/nowhere'],
    ],
  ] as const) {
    it(`is used wrongly with ${what}`, async () => {
      expect(await thrownBy(run(...args))).to.be.instanceOf(UsageError);
    });
  }

  describe('through the API of a server', () => {
    let server: TestServer;
    let token: string;
    let tokenFile: string;
    before(async () => {
      server = await startTestServer({ https: true });
      const { cmdb, clock } = server.context;
      ({ token } = await createApiToken(cmdb, clock, JANE, {
        name: 'test',
        scopes: ['read', 'write'],
      }));
      tokenFile = join(server.dataDir, 'token');
      writeFileSync(tokenFile, `${token}\n`);
      writeFileSync(join(server.dataDir, 'ca.pem'), server.context.certificate.pem);
    });
    after(() => server.stop());

    it('has the server make and publish it, over its self-signed certificate when that is given', async () => {
      const ca = join(server.dataDir, 'ca.pem');
      const ran = await run(
        'add',
        '--name',
        'Example',
        '--folder',
        source.path,
        '--url',
        server.https,
        '--token-file',
        tokenFile,
        '--ca',
        ca,
        '--json',
      );
      expect(ran.err).to.deep.equal([]);
      const { guid, version } = JSON.parse(ran.out.join('')) as { guid: Guid; version: number };
      expect(await getPackage(server.context.cmdb, guid)).to.include({
        Name: 'Example',
        State: 'valid',
        CurrentVersion: version,
      });
      expect(existsSync(join(dataDir, 'cmdb.sqlite'))).to.equal(false);
    });

    it('has the server refresh it', async () => {
      const to = ['--url', server.http, '--token', token];
      const added = await run('add', '--name', 'Refreshed', '--folder', source.path, '--json', ...to);
      const { guid, version } = JSON.parse(added.out.join('')) as { guid: Guid; version: number };
      source.write('more.txt');
      const ran = await run('refresh', 'Refreshed', '--json', ...to);
      expect(ran.err).to.deep.equal([]);
      const refreshed = JSON.parse(ran.out.join('')) as { version: number };
      expect(refreshed).to.include({ guid, changed: true });
      expect(refreshed.version).to.be.above(version);
      expect(await getPackage(server.context.cmdb, guid)).to.include({ CurrentVersion: refreshed.version });
      const unknown = await run('refresh', 'Unknown', ...to);
      expect(unknown).to.deep.include({ code: 1, out: [], err: ['There is no package "Unknown".'] });
    });

    it('says what the server finds wrong', async () => {
      const gone = join(source.path, 'gone');
      const ran = await run('add', '--name', 'Other', '--folder', gone, '--url', server.http, '--token', token);
      expect(ran).to.deep.include({ code: 1, out: [], err: [`--folder: ${gone} was not found.`] });
      const stranger = await run(
        'add',
        '--name',
        'Other',
        '--folder',
        source.path,
        '--url',
        server.http,
        '--token',
        'rubbish',
      );
      expect(stranger).to.deep.include({ code: 1, out: [] });
      expect(stranger.err).to.have.length(1);
    });

    it('trusts no certificate that it does not know, and says so', async () => {
      const ran = await run('add', '--name', 'Other', '--folder', source.path, '--url', server.https, '--token', token);
      expect(ran.code).to.equal(1);
      expect(ran.err.join()).to.match(/^https:\/\/127\.0\.0\.1:\d+ cannot be reached: .*self-signed certificate/);
    });
  });
});
