import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { randomBytes, verify } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock, utc } from '../../models/clock.ts';
import { migrate } from '../../models/cmdb/migrate.ts';
import { openCmdb, type AnyCmdb } from '../../models/cmdb/open.ts';
import { createPackage } from '../../models/packages/createPackage.ts';
import { loadSecrets } from '../../models/secrets/secrets.ts';
import { resignSnapshots } from '../../models/signingKeys/resignSnapshots.ts';
import { signedText, signManifest } from '../../wire/manifest.ts';
import { readKeyBlob } from '../../wire/proof.ts';
import { JANE, limitsOf } from '../packages/support.ts';

const DYING = fileURLToPath(new URL('dying.ts', import.meta.url));
const COUNT = 500;

describe('a change of signing keys that is cut off by kill -9', function () {
  this.timeout(60_000);
  const master = randomBytes(32);
  let folder: string;
  let address: string;
  let cmdb: AnyCmdb;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ns-killed-'));
    address = `sqlite:${join(folder, 'cmdb.sqlite')}`;
    cmdb = await openCmdb(address);
    await migrate(cmdb);
    await addSnapshots();
  });
  afterEach(async () => {
    await cmdb.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function addSnapshots(): Promise<void> {
    const { signingKey, signingKeyName } = await loadSecrets(cmdb, master, systemClock);
    const guid = await createPackage(cmdb, systemClock, JANE, { name: 'P', sourceKind: 'none' }, limitsOf(folder));
    const rows = Array.from({ length: COUNT }, (_, index) => {
      const Hash = randomBytes(32).toString('hex');
      const Signature = signManifest(signingKey, guid, index + 1, Hash);
      const own = { PackageGuid: guid, Version: index + 1, Hash, Signature, KeyName: signingKeyName };
      return { ...own, FileCount: 1, TotalSize: 1, CreatedAt: utc(0), RetiredAt: null };
    });
    await cmdb.insertMany('Snapshot', rows);
  }

  /** Every snapshot has the signature of the key that it names. Answers how many name each key. */
  async function signed(): Promise<Record<string, number>> {
    const { signingKeys } = await loadSecrets(cmdb, master, systemClock);
    const counts: Record<string, number> = {};
    for (const row of await cmdb.db.selectFrom('Snapshot').selectAll().execute()) {
      const key = readKeyBlob(signingKeys.blobOf(row.KeyName)!)!;
      const text = signedText(row.PackageGuid, row.Version, row.Hash);
      expect(verify(null, text, key, Buffer.from(row.Signature, 'base64'))).to.equal(true);
      counts[row.KeyName] = (counts[row.KeyName] ?? 0) + 1;
    }
    return counts;
  }

  async function killedIn(what: 'change' | 'sweep'): Promise<void> {
    const child = spawn(process.execPath, [DYING, address, master.toString('base64'), what], { stdio: 'inherit' });
    const [, signal] = (await once(child, 'close')) as [number | null, string | null];
    expect(signal).to.equal('SIGKILL');
  }

  it('leaves the key from before, when it dies before the commit', async () => {
    await killedIn('change');
    const { signingKeys } = await loadSecrets(cmdb, master, systemClock);
    expect(signingKeys.list(0).map(({ name, state }) => `${name} ${state}`)).to.deep.equal(['signing:1 current']);
    expect(signingKeys.number).to.equal(0);
    expect(await signed()).to.deep.equal({ 'signing:1': COUNT });
  });

  it('has the new key after the commit, and the signing anew is gone on with', async () => {
    await killedIn('sweep');
    const half = await signed();
    expect(half['signing:2']).to.be.within(1, COUNT - 1);
    const { signingKeys } = await loadSecrets(cmdb, master, systemClock);
    expect(signingKeys.current.name).to.equal('signing:2');
    await resignSnapshots({ cmdb, clock: systemClock, keys: signingKeys });
    expect(await signed()).to.deep.equal({ 'signing:2': COUNT });
  });
});
