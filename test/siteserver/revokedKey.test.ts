import { expect } from 'chai';
import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ContentStore } from '../../siteserver/packages/contentStore.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { manifestHash, signManifest, writeManifest, type ManifestFile } from '../../wire/manifest.ts';
import { writeKeyBlob } from '../../wire/proof.ts';

const CONTENT = 'the only file';
const HASH = createHash('sha256').update(CONTENT).digest('hex');
const VERSION = 7;

describe('what a package server holds by a key that was revoked', () => {
  const [old, next] = [generateKeyPairSync('ed25519'), generateKeyPairSync('ed25519')];
  const [oldBlob, nextBlob] = [writeKeyBlob(old.publicKey), writeKeyBlob(next.publicKey)];
  let folder: string;
  let guid: Guid;
  let store: ContentStore;

  const manifest = (key: KeyObject): string => {
    const date = '2026-01-02T03:04:05.000Z';
    const files: ManifestFile[] = [
      { path: 'a.txt', size: CONTENT.length, date, hash: HASH, executable: false, folder: false },
    ];
    const hash = manifestHash(files);
    return writeManifest({
      packageGuid: guid,
      version: VERSION,
      hash,
      signature: signManifest(key, guid, VERSION, hash),
      files,
    });
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ns-revoked-'));
    guid = newGuid();
    store = new ContentStore(folder);
    store.keepManifest(guid, VERSION, manifest(old.privateKey));
    writeFileSync(store.partPath(HASH), CONTENT);
    await store.adopt(HASH);
    await store.publish(store.keptManifest(guid, VERSION, [oldBlob])!);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('goes on being served while the key is believed, beside the new one', async () => {
    await store.load([nextBlob, oldBlob]);
    expect(store.version(guid, VERSION)?.files.get('a.txt')).to.deep.equal({ hash: HASH, size: CONTENT.length });
  });

  it('is not served any more, and its content waits for a manifest that is believed', async () => {
    await store.load([nextBlob]);
    expect(store.packages).to.deep.equal([]);
    expect(store.keptManifest(guid, VERSION, [nextBlob])).to.equal(undefined);
    store.collectGarbage(new Set());
    expect(existsSync(store.objectPath(HASH))).to.equal(true);

    store.keepManifest(guid, VERSION, manifest(old.privateKey));
    expect(store.keptManifest(guid, VERSION, [nextBlob])).to.equal(undefined);
    store.keepManifest(guid, VERSION, manifest(next.privateKey));
    await store.publish(store.keptManifest(guid, VERSION, [nextBlob])!);
    expect(store.has(HASH, CONTENT.length)).to.equal(true);
    expect(store.versions(guid).map(({ version }) => version)).to.deep.equal([VERSION]);
    // The same after a restart.
    const again = new ContentStore(folder);
    await again.load([nextBlob]);
    expect(again.packages).to.deep.equal([guid]);
  });

  it('goes for good when the package does', async () => {
    await store.load([nextBlob]);
    store.removePackage(guid);
    store.collectGarbage(new Set());
    expect(existsSync(store.objectPath(HASH))).to.equal(false);
  });
});
