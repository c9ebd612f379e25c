import { expect } from 'chai';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { newGuid } from '../../wire/guid.ts';
import { manifestHash, signManifest, writeManifest, type ManifestFile } from '../../wire/manifest.ts';
import { optionsFor, readEvents, removeTemporaryFolders, round, temporaryFolder } from './support/agents.ts';
import { deliveryPolicy, FakeServer, sha256, type FakePackage } from './support/fakeServer.ts';

describe('a manifest that must not be believed', () => {
  let fake: FakeServer;
  let state: string;
  let software: FakePackage;

  beforeEach(async () => {
    fake = await FakeServer.start();
    state = join(temporaryFolder(), 'state');
    software = { guid: newGuid(), name: 'Tool', version: 5, files: { 'run.sh': 'touch ../../../ran' } };
    fake.packages = [software];
    fake.policies = [deliveryPolicy({ package: software, commandLine: 'sh ./run.sh' })];
  });
  afterEach(async () => {
    await fake.stop();
    removeTemporaryFolders();
  });

  /** One round must fail with this reason, fetch no file and run nothing. */
  async function refusedWith(reason: string | RegExp): Promise<void> {
    const { code, lines } = await round(optionsFor(fake.url, state));
    expect(code).to.equal(1);
    expect(lines.join('\n')).to.match(reason instanceof RegExp ? reason : new RegExp(reason));
    expect(fake.countOf('GET file')).to.equal(0);
    expect(existsSync(join(state, 'ran'))).to.equal(false);
    expect(readdirSync(dirname(state))).to.deep.equal(['state']);
    const packageFolder = join(state, 'packages', software.guid);
    expect(existsSync(packageFolder) ? readdirSync(packageFolder) : []).to.deep.equal([]);
    const failed = readEvents(fake.events).filter((event) => event.rows[0]![3] === 'Download failed');
    expect(failed).to.have.length(1);
  }

  const signed = (
    files: Partial<ManifestFile>[],
    more: { version?: number; guid?: typeof software.guid } = {},
  ): string => {
    const list = files.map((file): ManifestFile => ({
      path: 'run.sh',
      size: 1,
      date: '2026-01-02T03:04:05.000Z',
      hash: sha256('x'),
      executable: false,
      folder: false,
      ...file,
    }));
    const { guid = software.guid, version = software.version } = more;
    const hash = manifestHash(list);
    return writeManifest({
      packageGuid: guid,
      version,
      hash,
      signature: signManifest(fake.key, guid, version, hash),
      files: list,
    });
  };

  it('because a file was swapped after signing', async () => {
    fake.tamper = (manifest) => manifest.replace(sha256(software.files['run.sh']!), sha256('evil'));
    await refusedWith("signature does not fit the server's key");
  });

  it('because hash and files were swapped together', async () => {
    const evil = [{ path: 'run.sh', size: 4, hash: sha256('evil') }];
    fake.tamper = (manifest) => signed(evil).replace(/signature="[^"]+"/, /signature="[^"]+"/.exec(manifest)![0]);
    await refusedWith("signature does not fit the server's key");
  });

  it('because it carries no signature', async () => {
    fake.tamper = (manifest) => manifest.replace(/signature="[^"]+"/, 'signature=""');
    await refusedWith("signature does not fit the server's key");
  });

  it('because another key signed it', async () => {
    fake.manifestKey = generateKeyPairSync('ed25519').privateKey;
    await refusedWith("signature does not fit the server's key");
  });

  it('because it is the genuine one of another version', async () => {
    fake.tamper = () => signed([{}], { version: 4 });
    await refusedWith('version 4, not of');
  });

  it('because it is the genuine one of another package', async () => {
    fake.tamper = () => signed([{}], { guid: newGuid() });
    await refusedWith('not of');
  });

  const escapes = [
    '../evil',
    'a/../../evil',
    '/etc/evil',
    'C:/evil',
    'C:evil',
    '..\\evil',
    'a//b',
    './a',
    'a/',
    'a\nb',
    '',
  ];
  for (const path of escapes) {
    it(`because it is signed, but names ${JSON.stringify(path)}`, async () => {
      fake.tamper = () => signed([{ path }]);
      await refusedWith('The manifest names');
    });
  }

  it('because it is signed, but names a folder outside', async () => {
    fake.tamper = () => signed([{ path: '../../../evil', folder: true, size: 0, hash: '' }]);
    await refusedWith('The manifest names');
  });

  it('because it is signed, but names a file twice where letter case does not count', async () => {
    fake.tamper = () => signed([{ path: 'a' }, { path: 'A' }]);
    await refusedWith('letter case');
  });

  it('because it is signed, but a file has no sound hash', async () => {
    fake.tamper = () => signed([{ hash: '../../x' }]);
    await refusedWith('no sound size or hash');
  });

  it('because the sources offer an older version than the policy names', async () => {
    fake.policies = [deliveryPolicy({ package: { ...software, version: 6 }, commandLine: 'sh ./run.sh' })];
    await refusedWith('have version 5, the policy wants 6');
  });
});
