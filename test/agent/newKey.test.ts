import { expect } from 'chai';
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { newGuid } from '../../wire/guid.ts';
import { writeKeyBlob } from '../../wire/proof.ts';
import { signStatement, type FormerKey } from '../../wire/signingKeys.ts';
import { optionsFor, removeTemporaryFolders, round, temporaryFolder } from './support/agents.ts';
import { deliveryPolicy, FakeServer, type FakePackage } from './support/fakeServer.ts';

const HOUR = 3_600_000;

describe('a new signing key of the server', () => {
  let fake: FakeServer;
  let state: string;
  let software: FakePackage;

  beforeEach(async () => {
    fake = await FakeServer.start();
    state = join(temporaryFolder(), 'state');
    software = { guid: newGuid(), name: 'Tool', version: 5, files: { 'run.sh': 'touch ../../../ran' } };
    // The first round pins the key.
    await round(optionsFor(fake.url, state));
    fake.requests = [];
    fake.packages = [software];
    fake.policies = [deliveryPolicy({ package: software, commandLine: 'sh ./run.sh' })];
  });
  afterEach(async () => {
    await fake.stop();
    removeTemporaryFolders();
  });

  const newKey = (): KeyObject => generateKeyPairSync('ed25519').privateKey;
  const blobOf = (key: KeyObject): string => writeKeyBlob(createPublicKey(key));
  const formerly = (key: KeyObject, more: Partial<FormerKey> = {}): FormerKey => ({
    key: blobOf(key),
    until: new Date(Date.now() + HOUR).toISOString(),
    isRevoked: false,
    ...more,
  });
  const isRun = (): boolean => existsSync(join(state, 'ran'));
  const pinned = (): string =>
    (JSON.parse(readFileSync(join(state, 'identity.json'), 'utf8')) as { nsKey: string }).nsKey;

  /** The server goes over to `to`; `endorsedBy` signs for it. */
  function rotate(to: KeyObject, former: FormerKey, endorsedBy: KeyObject): void {
    fake.statements = [signStatement({ number: 1, key: blobOf(to), former: [former] }, to, endorsedBy)];
    fake.key = to;
    fake.endBearers();
  }

  /** One round must run nothing, fetch no file and pin nothing else. */
  async function refused(pin: string): Promise<string> {
    const { code, lines } = await round(optionsFor(fake.url, state));
    expect(code).to.equal(1);
    expect(fake.countOf('GET file')).to.equal(0);
    expect(isRun()).to.equal(false);
    expect(pinned()).to.equal(pin);
    return lines.join('\n');
  }

  it('is followed when the pinned one has signed for it, and its signatures are believed', async () => {
    const [old, next] = [fake.key, newKey()];
    rotate(next, formerly(old), old);
    const { code, lines } = await round(optionsFor(fake.url, state));
    expect(code, lines.join('\n')).to.equal(0);
    expect(pinned()).to.equal(blobOf(next));
    expect(isRun()).to.equal(true);
  });

  it('is not believed when another key has signed for it, whatever the package information says', async () => {
    const [old, thief] = [fake.key, newKey()];
    fake.sourceKey = blobOf(thief);
    rotate(thief, formerly(old), thief);
    expect(await refused(blobOf(old))).to.include('has not signed that');
  });

  it('is not taken from the package information: that is no word of the server’s key', async () => {
    const [old, thief] = [fake.key, newKey()];
    fake.manifestKey = thief;
    fake.sourceKey = blobOf(thief);
    expect(await refused(blobOf(old))).to.include("signature does not fit the server's key");
  });

  it('leaves the old signatures good until its overlap ends', async () => {
    const [old, next] = [fake.key, newKey()];
    rotate(next, formerly(old), old);
    fake.manifestKey = old;
    expect((await round(optionsFor(fake.url, state))).code).to.equal(0);
    expect(isRun()).to.equal(true);
  });

  it('ends with its overlap what the old key may sign, for what is fetched anew', async () => {
    const [old, next] = [fake.key, newKey()];
    rotate(next, formerly(old, { until: new Date(Date.now() - 1000).toISOString() }), old);
    fake.manifestKey = old;
    expect(await refused(blobOf(next))).to.include("signature does not fit the server's key");
  });

  it('leaves what is here to run as it is when its overlap has ended, and has a manifest fetched anew after a revocation', async () => {
    const [old, next, third] = [fake.key, newKey(), newKey()];
    const program = deliveryPolicy({ package: software, commandLine: 'sh ./run.sh' });
    const once = { ...program, body: program.body.replace('RunASAP="true"', 'RunASAP="false"') };
    fake.policies = [once];
    await round(optionsFor(fake.url, state));
    expect(isRun()).to.equal(false);
    const fetched = fake.countOf('GET file');
    expect(fetched).to.equal(1);
    const manifests = (): number => fake.countOf('GET /Altiris/NS/Agent/GetPackageSnapshot.aspx');
    expect(manifests()).to.equal(1);

    const over = formerly(old, { until: new Date(Date.now() - 1000).toISOString() });
    rotate(next, over, old);
    fake.policies = [program];
    expect((await round(optionsFor(fake.url, state))).code).to.equal(0);
    expect(isRun()).to.equal(true);
    expect(manifests()).to.equal(1);

    fake.statements.push(
      signStatement(
        { number: 2, key: blobOf(third), former: [{ ...over, isRevoked: true }, formerly(next)] },
        third,
        next,
      ),
    );
    fake.key = third;
    fake.endBearers();
    fake.policies = [deliveryPolicy({ package: software, commandLine: 'sh ./run.sh' })];
    const { code, lines } = await round(optionsFor(fake.url, state));
    expect(code, lines.join('\n')).to.equal(0);
    expect(manifests()).to.equal(2);
    // Not a byte of the package came again.
    expect(fake.countOf('GET file')).to.equal(fetched);
  });

  it('is not given up for the one before, when the server goes back', async () => {
    const [old, next] = [fake.key, newKey()];
    rotate(next, formerly(old), old);
    fake.policies = [];
    await round(optionsFor(fake.url, state));
    expect(pinned()).to.equal(blobOf(next));
    fake.policies = [deliveryPolicy({ package: software, commandLine: 'sh ./run.sh' })];
    // As from a CMDB of yesterday, or from a thief of the old key.
    for (const statements of [
      [],
      [signStatement({ number: 2, key: blobOf(old), former: [formerly(next)] }, old, old)],
    ]) {
      fake.statements = statements;
      fake.key = old;
      fake.endBearers();
      await refused(blobOf(next));
    }
  });
});
