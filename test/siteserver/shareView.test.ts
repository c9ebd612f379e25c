/** The folder that a file share publishes: complete versions, nothing twice on the disk, nothing left behind. */
import { expect } from 'chai';
import { createHash, generateKeyPairSync } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { agentLog } from '../../client/base/log.ts';
import { ContentStore } from '../../siteserver/packages/contentStore.ts';
import { ShareView } from '../../siteserver/packages/shareView.ts';
import { braces, newGuid, type Guid } from '../../wire/guid.ts';
import { manifestHash, signManifest, writeManifest, type ManifestFile } from '../../wire/manifest.ts';
import { isUncPath } from '../../wire/packageServer.ts';

describe('the folder of a file share', () => {
  let folder: string;
  let share: string;
  let store: ContentStore;
  let lines: string[];
  const keys = generateKeyPairSync('ed25519');
  const guid = newGuid();

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ns-view-'));
    share = join(folder, 'share');
    store = new ContentStore(join(folder, 'state'));
    lines = [];
    store.view = viewAt(share);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const viewAt = (place: string): ShareView =>
    new ShareView(
      place,
      (hash) => store.objectPath(hash),
      agentLog((line) => void lines.push(line), false),
    );

  async function hold(packageGuid: Guid, version: number, contents: Record<string, string>): Promise<void> {
    const files: ManifestFile[] = [];
    for (const [path, content] of Object.entries(contents)) {
      const hash = createHash('sha256').update(content).digest('hex');
      files.push({ path, size: content.length, date: '', hash, executable: false, folder: false });
      if (store.has(hash, content.length)) continue;
      writeFileSync(store.partPath(hash), content);
      await store.adopt(hash);
    }
    const hash = manifestHash(files);
    const signature = signManifest(keys.privateKey, packageGuid, version, hash);
    const manifest = { packageGuid, version, hash, signature, files };
    store.keepManifest(packageGuid, version, writeManifest(manifest));
    await store.publish(manifest);
  }
  const own = (version: number): string => join(share, braces(guid), String(version));

  it('has every complete version by GUID and number, as links', async () => {
    await hold(guid, 1, { 'a.txt': 'same', 'bin/b.txt': 'one' });
    await store.publishView(true);
    await hold(guid, 2, { 'a.txt': 'same', 'bin/b.txt': 'two' });
    expect(store.view!.isComplete).to.equal(true);
    expect(readdirSync(join(share, braces(guid)))).to.deep.equal(['1', '2']);
    expect(readFileSync(join(own(1), 'bin', 'b.txt'), 'utf8')).to.equal('one');
    expect(readFileSync(join(own(2), 'bin', 'b.txt'), 'utf8')).to.equal('two');
    const same = statSync(join(own(1), 'a.txt'));
    expect(same.ino).to.equal(statSync(join(own(2), 'a.txt')).ino);
    expect(same.mode & 0o222, 'nobody may write').to.equal(0);
    expect(readdirSync(share)).to.deep.equal([braces(guid)]);
  });

  it('loses what is held no more, and everything when it is switched off, but nothing of others', async () => {
    await store.publishView(true);
    await hold(guid, 1, { 'a.txt': 'one' });
    await hold(guid, 2, { 'a.txt': 'two' });
    mkdirSync(join(share, 'of somebody else'));
    store.removeVersion(guid, 1);
    expect(existsSync(own(1))).to.equal(false);
    expect(existsSync(own(2))).to.equal(true);
    await store.publishView(false);
    expect(store.view!.isComplete).to.equal(false);
    expect(readdirSync(share)).to.deep.equal(['of somebody else']);
  });

  it('is put right after a restart', async () => {
    await store.publishView(true);
    await hold(guid, 1, { 'a.txt': 'one' });
    await hold(guid, 2, { 'a.txt': 'two' });
    rmSync(own(2), { recursive: true });
    mkdirSync(join(share, braces(newGuid()), '7'), { recursive: true });
    mkdirSync(join(share, braces(guid), '.2'));
    store.view = viewAt(share);
    await store.publishView(true);
    expect(readdirSync(join(share, braces(guid))).sort()).to.deep.equal(['1', '2']);
    expect(readFileSync(join(own(2), 'a.txt'), 'utf8')).to.equal('two');
  });

  it('follows no link that somebody has put there', async function () {
    if (process.platform === 'win32') this.skip();
    const elsewhere = join(folder, 'elsewhere');
    const planted = (name: Guid): void => symlinkSync(elsewhere, join(share, braces(name)));
    for (const name of ['2', '7', '.1']) {
      mkdirSync(join(elsewhere, name), { recursive: true });
      writeFileSync(join(elsewhere, name, 'kept.txt'), 'of others');
    }
    mkdirSync(share);
    planted(newGuid());
    planted(guid);
    await store.publishView(true);
    await hold(guid, 1, { 'a.txt': 'one' });
    expect(readFileSync(join(own(1), 'a.txt'), 'utf8')).to.equal('one');
    rmSync(join(share, braces(guid)), { recursive: true });
    planted(guid);
    await hold(guid, 2, { 'a.txt': 'two' });
    rmSync(join(share, braces(guid)), { recursive: true });
    planted(guid);
    store.removeVersion(guid, 2);
    await store.publishView(true);
    await store.publishView(false);
    expect(readdirSync(elsewhere).sort()).to.deep.equal(['.1', '2', '7']);
    for (const name of ['2', '7', '.1']) expect(readdirSync(join(elsewhere, name))).to.deep.equal(['kept.txt']);
  });

  it('is said to be complete only when links can be made, and says why not', async function () {
    const elsewhere = '/dev/shm';
    if (!existsSync(elsewhere) || statSync(elsewhere).dev === statSync(folder).dev) this.skip();
    const place = mkdtempSync(join(elsewhere, 'ns-view-'));
    try {
      store.view = viewAt(place);
      await hold(guid, 1, { 'a.txt': 'one' });
      await store.publishView(true);
      expect(store.view.isComplete).to.equal(false);
      expect(readdirSync(place)).to.deep.equal([]);
      expect(lines.join()).to.contain('does not lie on the file system of the state folder');
    } finally {
      rmSync(place, { recursive: true });
    }
  });

  it('is named by a share and nothing else', () => {
    for (const good of ['\\\\ps1\\packages', '\\\\ps1.example.com\\d$\\ns packages'])
      expect(isUncPath(good)).to.equal(true);
    for (const bad of [
      '',
      'x',
      '\\\\ps1',
      '\\\\ps1\\',
      '\\\\ps1\\a\\..\\b',
      '\\\\ps1\\a"b',
      '\\\\ps 1\\a',
      '//ps1/a',
      '\\\\ps1\\a.',
    ]) {
      expect(isUncPath(bad), bad).to.equal(false);
    }
  });
});
