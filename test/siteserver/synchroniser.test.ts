/** What a package server fetches, keeps and throws away, against a server that can misbehave. */
import { expect } from 'chai';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { agentLog } from '../../client/base/log.ts';
import { HttpClient } from '../../client/http/client.ts';
import { Identity } from '../../client/identity/identity.ts';
import { loadKey } from '../../client/identity/keys.ts';
import { askRegistration } from '../../client/identity/register.ts';
import { Server } from '../../client/identity/server.ts';
import { ContentStore } from '../../siteserver/packages/contentStore.ts';
import { Pacer } from '../../siteserver/packages/pacer.ts';
import { Synchroniser } from '../../siteserver/packages/synchroniser.ts';
import type { WantedPackage } from '../../wire/packageServer.ts';
import type { FollowedPolicy } from '../../siteserver/policyIn.ts';
import { newGuid } from '../../wire/guid.ts';
import { answerFile, cutOff, FakeServer, sha256, type FakePackage } from '../agent/support/fakeServer.ts';

describe('a package server’s holdings', function () {
  this.timeout(60_000);
  let fake: FakeServer;
  let folder: string;
  let http: HttpClient;
  let store: ContentStore;
  let synchroniser: Synchroniser;
  let stop: AbortController;
  let working: Promise<unknown>;
  let told: string[];
  let software: FakePackage;
  let fetchedBytes: number;
  let news: () => void;
  let minFreeMb: number;
  let lastUse: number | undefined;

  beforeEach(async () => {
    fake = await FakeServer.start();
    folder = mkdtempSync(join(tmpdir(), 'ns-holdings-'));
    software = {
      guid: newGuid(),
      name: 'Viewer',
      version: 1,
      files: { 'a.bin': randomBytes(50_000), 'b/c.bin': randomBytes(30_000) },
    };
    fake.packages = [software];
    told = [];
    fetchedBytes = 0;
    minFreeMb = 0;
    lastUse = undefined;
    news = () => undefined;
    fake.fileAnswer = (request, response, content) => {
      fetchedBytes += content.length;
      answerFile(request, response, content);
    };
    await start();
  });
  afterEach(async () => {
    await end();
    await fake.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function start(): Promise<void> {
    const identity = new Identity(folder);
    const key = loadKey(folder);
    http = new HttpClient({ trust: { kind: 'system' }, server: fake.url, allowHttp: false, userAgent: 'test' });
    const never = new AbortController().signal;
    await askRegistration(http, { guid: identity.guid, name: 'PS1', policyKey: key.blob, keys: [] }, undefined, never);
    identity.confirm(identity.guid, fake.nsKey, 'x', { kind: 'system' });
    store = new ContentStore(folder);
    await store.load([fake.nsKey]);
    const deps = {
      server: new Server(http, identity, key.privateKey),
      identity,
      store,
      log: agentLog(() => undefined, false),
      pacer: new Pacer(),
      prestage: join(folder, 'prestage'),
      retryPlan: { steps: [1], unitMs: 50 },
      addresses: () => ['127.0.0.1'],
      minFreeBytes: () => minFreeMb * 1024 * 1024,
      restsFor: () => 0,
      lastUse: () => lastUse,
      onNews: () => news(),
      onReady: (wanted: WantedPackage, version: number) => void told.push(`ready ${version}`),
      onFailed: (_wanted: WantedPackage, version: number, isFirst: boolean) =>
        void told.push(`failed ${version} ${isFirst}`),
    };
    synchroniser = new Synchroniser(deps, folder);
    stop = new AbortController();
    working = Promise.all([synchroniser.syncUntil(stop.signal), synchroniser.careUntil(stop.signal)]);
  }

  async function end(): Promise<void> {
    stop.abort();
    await working;
    http.close();
  }

  const wanted = ({ guid, name, version, files }: FakePackage): WantedPackage => {
    const hash = /\bhash="([0-9a-f]{64})"/.exec(fake.manifestOf({ guid, name, version, files }))![1]!;
    return { guid, name, version, hash, size: 0 };
  };
  const policy = (more: Partial<FollowedPolicy> = {}): FollowedPolicy => ({
    tokenKey: Buffer.alloc(32).toString('base64'),
    isDraining: false,
    publishHttp: true,
    publishHttps: true,
    publishUnc: true,
    minFreeDiskMb: 0,
    unusedAfterHours: 24,
    keepOldHours: 24,
    throttleKb: 0,
    reportSeconds: 60,
    verifyCount: 0,
    resyncCount: 0,
    refetch: new Map(),
    wantedDigest: '',
    packages: [wanted(software)],
    ...more,
  });
  /** Sets the policy and waits for the state that is awaited. */
  const until = (holds: () => boolean, set?: FollowedPolicy): Promise<void> =>
    new Promise((resolve) => {
      news = () => {
        if (holds()) resolve();
      };
      if (set !== undefined) synchroniser.setPolicy(set);
      news();
    });
  const stateOf = () => synchroniser.holdings.find(({ guid }) => guid === software.guid);
  const isReady =
    (version = software.version) =>
    (): boolean =>
      stateOf()?.state === 'ready' && stateOf()?.version === version;
  const objects = (): string[] =>
    readdirSync(join(folder, 'content', 'objects'), { recursive: true, encoding: 'utf8' }).filter(
      (name) => name.length > 60,
    );

  it('are what the policy names, fetched, verified and told of', async () => {
    await until(isReady(), policy());
    expect(told).to.deep.equal(['ready 1']);
    expect(stateOf()).to.include({ version: 1, hash: wanted(software).hash, state: 'ready' });
    expect([...store.version(software.guid, 1)!.files.keys()]).to.deep.equal(['a.bin', 'b/c.bin']);
    expect(fetchedBytes).to.equal(80_000);
  });

  it('come again after a restart without a byte moved', async () => {
    await until(isReady(), policy());
    await end();
    await start();
    synchroniser.setPolicy(policy());
    expect(isReady()()).to.equal(true);
    expect(fetchedBytes).to.equal(80_000);
  });

  it('of a new version move only what is new; the former one is served until the new one is whole, and a while after', async () => {
    await until(isReady(), policy());
    software = { ...software, version: 2, files: { ...software.files, 'b/c.bin': 'changed' } };
    fake.packages = [software];
    let versionsUnderWay: number[] = [];
    fake.fileAnswer = (request, response, content) => {
      versionsUnderWay = store.versions(software.guid).map(({ version }) => version);
      fetchedBytes += content.length;
      answerFile(request, response, content);
    };
    await until(isReady(2), policy());
    expect(fetchedBytes).to.equal(80_000 + 'changed'.length);
    expect(versionsUnderWay).to.deep.equal([1]);
    expect(stateOf()!.versions).to.deep.equal([2, 1]);
    await until(() => stateOf()!.versions.length === 1, policy({ keepOldHours: 0 }));
    expect(objects()).to.have.lengthOf(2);
  });

  it('may be newer than the policy that asked for them, and are then not asked for again', async () => {
    const asked = policy();
    software = { ...software, version: 2 };
    fake.packages = [software];
    await until(isReady(2), asked);
    const requests = fake.requests.length;
    // Another package comes and goes in the meantime: whoever asked for the first one again would be seen.
    const other = { guid: newGuid(), name: 'Other', version: 5, files: { 'x.bin': 'x' } };
    fake.packages = [software, other];
    await until(() => told.includes('ready 5'), { ...asked, packages: [...asked.packages, wanted(other)] });
    expect(fake.requests.slice(requests).filter((line) => line.includes('GetPackageInfo'))).to.have.lengthOf(1);
    expect(stateOf()).to.include({ state: 'ready', version: 2 });
  });

  it('are complete or not there: what was cut off goes on where it was', async () => {
    fake.fileAnswer = cutOff;
    await until(() => told.includes('failed 1 true'), policy());
    expect(store.versions(software.guid)).to.deep.equal([]);
    const ranges: (string | undefined)[] = [];
    fake.fileAnswer = (request, response, content) => {
      ranges.push(request.headers.range);
      answerFile(request, response, content);
    };
    await until(isReady());
    expect(ranges).to.have.members(['bytes=25000-', 'bytes=15000-']);
  });

  it('never hold what the server has not signed', async () => {
    fake.fileAnswer = (_request, response, content) =>
      response.writeHead(200, { 'Content-Length': content.length }).end(Buffer.alloc(content.length));
    await until(() => told.includes('failed 1 true'), policy());
    expect(stateOf()).to.include({ state: 'failed', version: undefined });
    expect(stateOf()!.detail).to.contain('is not the file of the manifest');
    expect(objects()).to.deep.equal([]);
  });

  it('wait when the disk would be too full, and say how much is missing', async () => {
    minFreeMb = 1_000_000_000;
    await until(() => stateOf()?.state === 'failed', policy());
    expect(stateOf()!.detail).to.match(/^the disk has \d+ MB free: 1 MB are to come, 1000000000 MB are to stay free$/);
    expect(fetchedBytes).to.equal(0);
    minFreeMb = 0;
    await until(isReady());
  });

  it('are taken from what was brought there by hand, if it is what it should be', async () => {
    const here = join(folder, 'prestage', software.guid, 'b');
    mkdirSync(here, { recursive: true });
    writeFileSync(join(here, 'c.bin'), software.files['b/c.bin']!);
    writeFileSync(join(here, '..', 'a.bin'), randomBytes(50_000));
    await until(isReady(), policy());
    expect(fetchedBytes).to.equal(50_000);
    expect(objects().map((name) => name.slice(3))).to.have.members(Object.values(software.files).map(sha256));
  });

  it('are verified when it is ordered, and mended', async () => {
    await until(isReady(), policy());
    const hash = createHash('sha256').update(software.files['a.bin']!).digest('hex');
    writeFileSync(store.objectPath(hash), randomBytes(50_000));
    fetchedBytes = 0;
    told = [];
    await until(() => told.includes('ready 1'), policy({ verifyCount: 1 }));
    expect(fetchedBytes).to.equal(50_000);
    expect(sha256(readFileSync(store.objectPath(hash)))).to.equal(hash);
  });

  it('are fetched anew when it is ordered, once, and but for what other packages have too', async () => {
    await until(() => told.includes('ready 1'), policy());
    const before = fetchedBytes;
    const refetch = new Map([[software.guid, 1]]);
    told = [];
    await until(() => told.includes('ready 1'), policy({ refetch }));
    expect(fetchedBytes).to.be.greaterThan(before);
    expect(stateOf()).to.include({ state: 'ready', version: 1 });
    const again = fetchedBytes;
    // The same order is no new one, also after a restart; a full round of care has passed with the next order.
    await until(isReady(), policy({ refetch, verifyCount: 1 }));
    expect(fetchedBytes).to.equal(again);
  });

  it('go when nobody wants them any more, after their time', async () => {
    await until(isReady(), policy());
    await until(() => stateOf() !== undefined, policy({ packages: [] }));
    expect(stateOf()).to.include({ state: 'ready', version: 1 });
    await until(() => stateOf() === undefined, policy({ packages: [], unusedAfterHours: 0 }));
    expect(objects()).to.deep.equal([]);
    expect(existsSync(join(folder, 'content', 'packages', software.guid))).to.equal(false);
  });

  it('are fetched no faster than the throttle allows', async () => {
    const pacer = new Pacer();
    expect(pacer.take(1_000_000, stop.signal)).to.equal(undefined);
    pacer.kbPerSecond = 1;
    // What goes beyond the speed waits; a stop ends the wait.
    const stopping = new AbortController();
    const waits = pacer.take(1_000_000, stopping.signal);
    expect(waits).to.be.instanceOf(Promise);
    stopping.abort();
    await waits;
  });
});
