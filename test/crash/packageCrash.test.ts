/**
 * The server is killed at random moments of its work on packages, subnets and signing keys. Each time the CMDB and the
 * store agree; what was published is served as it was; and the next life ends what the last one had begun.
 */
import { expect } from 'chai';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { AppContext } from '../../app/context.ts';
import { systemClock, utc } from '../../models/clock.ts';
import { migrate } from '../../models/cmdb/migrate.ts';
import { openCmdb, type AnyCmdb } from '../../models/cmdb/open.ts';
import { collectGarbage } from '../../models/packages/snapshot/collectGarbage.ts';
import { ObjectStore, storeFolder } from '../../models/packages/snapshot/objectStore.ts';
import { removeUnpublished } from '../../models/packages/snapshot/publish.ts';
import { mirrorFolder } from '../../models/packages/sources/url/mirrorState.ts';
import { loadMasterKey } from '../../models/secrets/secrets.ts';
import { createApiToken } from '../../models/security/apiTokens.ts';
import { braces, type Guid } from '../../wire/guid.ts';
import { readManifest } from '../../wire/manifest.ts';
import { PACKAGE_SHARE, PAGE } from '../../wire/paths.ts';
import { TestFolder } from '../packages/support.ts';
import { WebServer } from '../packages/webServer.ts';
import { addLegacyAgent, LEGACY_LOOPBACK } from '../support/agents.ts';
import { ServerProcess } from './serverProcess.ts';
import { bytesComing, expectNoGarbage, expectStatements, expectWhole, sha256 } from './storeChecks.ts';

/** A round kills many times and takes some 20 seconds. */
const ROUNDS = Math.min(Math.ceil(Number(process.env.CRASH_KILLS ?? 1) / 20), 20);
const JANE = { name: 'jane', address: '' };
const MB = 1024 * 1024;
const SUBNETS = 4000;

describe('a server that is killed over packages, subnets and keys', function () {
  this.timeout(120_000 * ROUNDS);
  const sources: TestFolder[] = [];
  let dataDir: string;
  let cmdb: AnyCmdb;
  let store: ObjectStore;
  let master: Buffer;
  let server: ServerProcess;
  let web: WebServer;
  let token: string;
  let agent: Guid;
  before(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'ns-crash-'));
    cmdb = await openCmdb(`sqlite:${join(dataDir, 'cmdb.sqlite')}`);
    await migrate(cmdb);
    store = new ObjectStore(storeFolder(dataDir));
    master = loadMasterKey('', dataDir);
    web = await WebServer.start();
    ({ token } = await createApiToken(cmdb, systemClock, JANE, {
      name: 'test',
      scopes: ['read', 'write', 'security'],
    }));
    const context = { cmdb, clock: systemClock, agents: { refresh: async () => undefined } } as unknown as AppContext;
    agent = await addLegacyAgent(context);
    const settings = { NS_URL_SOURCE_RANGES: '127.0.0.0/8', NS_MIN_FREE_DISK_MB: '0' };
    server = await ServerProcess.on(dataDir, { ...LEGACY_LOOPBACK, ...settings });
    await server.start();
  });
  after(async () => {
    await server.end('SIGKILL');
    await web.stop();
    await cmdb.close();
    rmSync(dataDir, { recursive: true });
    for (const source of sources) source.remove();
  });

  const api = async (path: string, body: object): Promise<Record<string, unknown>> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const response = await fetch(`${server.url}/api/v1${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    const answer = (await response.json()) as Record<string, unknown>;
    expect(response.ok, JSON.stringify(answer)).to.equal(true);
    return answer;
  };
  const addPackage = async (name: string, fields: object): Promise<Guid> =>
    (await api('/packages', { name, ...fields })).guid as Guid;
  const refresh = (guid: Guid) => api(`/packages/${guid}/refresh`, {});
  const rowOf = (guid: Guid) =>
    cmdb.db.selectFrom('Package').selectAll().where('Guid', '=', guid).executeTakeFirstOrThrow();

  function folder(): TestFolder {
    const made = new TestFolder();
    sources.push(made);
    return made;
  }

  async function until(what: string, holds: () => Promise<boolean> | boolean, pause = 1): Promise<void> {
    const end = Date.now() + 60_000;
    while (!(await holds())) {
      if (Date.now() > end) throw new Error(`in vain: ${what}`);
      await wait(pause);
    }
  }

  /** Kills it so many milliseconds after something was seen, at most; what is on disk then agrees. */
  async function killWithin(milliseconds: number): Promise<void> {
    await wait(Math.random() * milliseconds);
    await server.end('SIGKILL');
    await expectWhole(cmdb, store, master);
    await expectStatements(cmdb, master);
  }

  /** Nobody has to wait for the leases of the dead. */
  async function endLeases(): Promise<void> {
    const now = utc(Date.now());
    await cmdb.db.updateTable('Package').set({ NextRefreshAt: now }).where('State', '=', 'refreshing').execute();
  }

  async function revive(): Promise<void> {
    await endLeases();
    await server.start();
  }

  /** What an agent gets: paths and SHA-256 of the bytes. */
  async function served(guid: Guid): Promise<Map<string, string>> {
    const headers = { 'x-sma-id': agent };
    let text = '';
    const { CurrentVersion } = await rowOf(guid);
    await until('the version is served', async () => {
      text = await (await fetch(`${server.url}${PAGE.getPackageSnapshot}?package=${guid}`, { headers })).text();
      return text.includes(` version="${CurrentVersion}"`);
    });
    const { version, files } = readManifest(text);
    const share = `${server.url}${PACKAGE_SHARE}${encodeURIComponent(braces(guid))}/${version}/`;
    const got = new Map<string, string>();
    for (const { path, folder: isFolder } of files) {
      if (isFolder) continue;
      const response = await fetch(share + path.split('/').map(encodeURIComponent).join('/'), { headers });
      got.set(path, sha256(Buffer.from(await response.arrayBuffer())));
    }
    return got;
  }

  const isValid = async (guid: Guid, newerThan = 0): Promise<boolean> => {
    const { State, CurrentVersion } = await rowOf(guid);
    return State === 'valid' && (CurrentVersion ?? 0) > newerThan;
  };
  const isUnderWay = async (guid: Guid): Promise<boolean> => (await rowOf(guid)).State === 'refreshing';
  const countOf = async (table: 'Subnet' | 'Site'): Promise<number> => {
    const query = cmdb.db.selectFrom(table).select((row) => row.fn.countAll<number>().as('count'));
    return Number((await query.executeTakeFirstOrThrow()).count);
  };

  /** A folder and a place on the web, and what each held, newest last. */
  class Content {
    readonly source = folder();
    readonly versions: Map<string, string>[] = [];
    readonly path: string;

    constructor(path: string) {
      this.path = path;
    }

    /** `size`: another one each time, or a file looks as it did before. */
    change(size: number): void {
      const now = new Map(this.versions.at(-1));
      const write = (name: string, bytes: number): void => {
        const content = randomBytes(bytes);
        this.source.write(name, content);
        web.set(this.path + name, content);
        now.set(name, sha256(content));
      };
      for (let number = 0; number < 100; number++)
        if (number % 3 !== 0 || size === 1) write(`a/${number}`, size + number);
      for (let number = size; number < size + 5; number++) write(`large ${number}`, MB + size);
      web.listIn(this.path);
      this.versions.push(now);
    }
  }

  /** A list of subnets that nobody has yet, in sites that nobody has yet. */
  const subnetLines = (wave: number): string[] =>
    Array.from(
      { length: SUBNETS },
      (_, index) => `10.${wave}.${index >> 4}.${(index & 15) << 4}/28,S${wave} ${index >> 4},`,
    );

  /** What was asked for when the server died: done, or not at all. */
  async function cutOff(wave: number): Promise<() => Promise<void>> {
    const before = {
      subnets: await countOf('Subnet'),
      sites: await countOf('Site'),
      keys: await expectStatements(cmdb, master),
    };
    // False when the server died over it; whatever it refuses is a fault.
    const over = (asked: Promise<unknown>): Promise<boolean> =>
      asked.then(
        () => true,
        (error: unknown) => {
          if (error instanceof TypeError) return false;
          throw error;
        },
      );
    const lines = ['subnet,site,name', ...subnetLines(wave)];
    const within = (most: number): Promise<void> => wait(Math.random() * most);
    const imported = over(within(400).then(() => api('/subnets/import', { lines, createSites: true })));
    const rotated = over(within(50).then(() => api('/signing-keys', {})));
    return async () => {
      const sites = SUBNETS / 16;
      const now = { subnets: await countOf('Subnet'), sites: await countOf('Site') };
      const all = { subnets: before.subnets + SUBNETS, sites: before.sites + sites };
      if (await imported) expect(now).to.deep.equal(all);
      else expect(now).to.deep.be.oneOf([all, { subnets: before.subnets, sites: before.sites }]);
      const added = (await expectStatements(cmdb, master)) - before.keys;
      expect(added, 'new keys').to.be.oneOf((await rotated) ? [1] : [0, 1]);
    };
  }

  for (let round = 1; round <= ROUNDS; round++) {
    it(`round ${round}: ends what was cut off`, async () => {
      const [built, fetched] = [new Content('/unused/'), new Content(`/web ${round}/`)];
      for (const content of [built, fetched]) content.change(1);
      const guids = [
        await addPackage(`Built ${round}`, { sourcePath: built.source.path }),
        await addPackage(`Fetched ${round}`, { sourceKind: 'url', sourcePath: web.url + encodeURI(fetched.path) }),
      ];
      const isAt = async (): Promise<boolean> => (await isUnderWay(guids[0]!)) || (await isUnderWay(guids[1]!));
      await until('the first builds', isAt);
      let expectDone = await cutOff(round * 2);
      await killWithin(900);
      await expectDone();
      await revive();
      for (const guid of guids) await until('the first versions', () => isValid(guid), 20);
      for (const [index, content] of [built, fetched].entries()) {
        expect(await served(guids[index]!)).to.deep.equal(content.versions[0]);
      }

      const versions: number[] = [];
      for (const guid of guids) versions.push((await rowOf(guid)).CurrentVersion!);
      for (const content of [built, fetched]) content.change(2);
      for (const guid of guids) await refresh(guid);
      await until('the second builds', isAt);
      expectDone = await cutOff(round * 2 + 1);
      await killWithin(900);
      await expectDone();
      await server.start();
      // The dead still have their leases: what was published before is served, whole.
      for (const [index, content] of [built, fetched].entries()) {
        const isNew = (await rowOf(guids[index]!)).CurrentVersion! > versions[index]!;
        expect(await served(guids[index]!)).to.deep.equal(content.versions[isNew ? 1 : 0]);
      }
      await endLeases();
      for (const [index, guid] of guids.entries())
        await until('the second versions', () => isValid(guid, versions[index]), 20);
      for (const [index, content] of [built, fetched].entries()) {
        expect(await served(guids[index]!)).to.deep.equal(content.versions[1]);
      }
    });

    it(`round ${round}: goes on with what was half fetched, and shows nothing that was half published`, async () => {
      const source = folder();
      source.write('setup', 'first');
      const wide = await addPackage(`Wide ${round}`, { sourcePath: source.path });
      const path = `/half ${round}/`;
      const large = randomBytes(2 * MB);
      web.set(`${path}large`, large);
      web.listIn(path);
      let isStuck = true;
      web.hostile = (request, response) => isStuck && request.url!.endsWith('large') && sendHalf(response, large);
      const half = await addPackage(`Half ${round}`, { sourceKind: 'url', sourcePath: web.url + encodeURI(path) });
      const incoming = join(mirrorFolder(dataDir, half), 'incoming');
      await until('half of the file', () => bytesComing(incoming) === MB);
      await until('the first version', () => isValid(wide));
      const first = (await rowOf(wide)).CurrentVersion!;

      // Empty folders cost a row each and no reading.
      for (let number = 0; number < 8000; number++) source.folder(`empty/${number}`);
      source.write('setup', 'the second');
      await refresh(wide);
      const newest = async (): Promise<number> => {
        const query = cmdb.db.selectFrom('Snapshot').select((row) => row.fn.max('Version').as('newest'));
        return (await query.where('PackageGuid', '=', wide).executeTakeFirstOrThrow()).newest;
      };
      await until('rows of the second version', async () => (await newest()) > first);
      await killWithin(60);
      isStuck = false;
      web.take();
      await server.start();
      const isNew = (await rowOf(wide)).CurrentVersion! > first;
      expect(await served(wide)).to.deep.equal(
        new Map([['setup', sha256(Buffer.from(isNew ? 'the second' : 'first'))]]),
      );
      await endLeases();
      await until('the second version', () => isValid(wide, first), 20);
      expect(await served(wide)).to.deep.equal(new Map([['setup', sha256(Buffer.from('the second'))]]));
      await until('the whole file', () => isValid(half), 20);
      expect(await served(half)).to.deep.equal(new Map([['large', sha256(large)]]));
      const asked = web.take().filter((one) => one.path === `${path}large`);
      expect(asked.map(({ headers, status, bytes }) => [headers.range, status, bytes])).to.deep.equal([
        [`bytes=${MB}-`, 206, MB],
      ]);
    });
  }

  it('leaves nothing behind that the next cleaning does not remove', async () => {
    await server.end('SIGTERM');
    const rows = await cmdb.db.selectFrom('Package').select(['Guid', 'CurrentVersion']).execute();
    for (const { Guid, CurrentVersion } of rows) await removeUnpublished(cmdb, Guid, CurrentVersion);
    // A folder that something is brought into may be in use for a day.
    const later = { now: () => Date.now() + 2 * 24 * 3_600_000 };
    await collectGarbage(cmdb, later, store);
    await expectNoGarbage(cmdb, store, dataDir);
    await expectWhole(cmdb, store, master);
  });
});

/** Half of a file, and then nothing. */
function sendHalf(response: ServerResponse, content: Buffer): boolean {
  response.writeHead(200, { etag: `"${sha256(content).slice(0, 16)}"`, 'content-length': content.length });
  response.write(content.subarray(0, content.length / 2));
  return true;
}
