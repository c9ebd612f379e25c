/** The disk of a server is really full while it makes versions of packages and fetches sources from the web. */
import { expect } from 'chai';
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { braces, type Guid } from '../../wire/guid.ts';
import { readManifest } from '../../wire/manifest.ts';
import { PACKAGE_SHARE, PAGE } from '../../wire/paths.ts';
import { TestFolder } from '../packages/support.ts';
import { sha256, WebServer } from '../packages/webServer.ts';
import { hasSmallDisk, NO_SMALL_DISK, SmallDisk } from './smallDisk.ts';
import { bytesComing } from './storeChecks.ts';

const MB = 1024 * 1024;
const DISK_MB = 64;
const RESERVE_MB = 8;
/** Files of some bytes each; together they take 10 MB of the disk. */
const MANY = 2500;
const WORDS = /^There is not enough disk for the package store: .* are free, of which 8\.0 MB are kept \(NS_MIN_FREE/;

interface Seen {
  state: string;
  stateDetail: string;
  nextRefreshAt: string;
  currentVersion: number;
}

describe('a full disk under a server', function () {
  this.timeout(180_000);
  if (!hasSmallDisk()) {
    it.skip(NO_SMALL_DISK);
    return;
  }
  let disk: SmallDisk;
  let web: WebServer;
  let source: TestFolder;
  beforeEach(async () => {
    web = await WebServer.start();
    source = new TestFolder();
  });
  afterEach(async () => {
    await disk.stop();
    await web.stop();
    source.remove();
  });

  const start = async (reserve: number, elsewhere = false): Promise<void> => {
    const environment = { NS_URL_SOURCE_RANGES: '127.0.0.0/8', NS_MIN_FREE_DISK_MB: String(reserve) };
    disk = await SmallDisk.start(DISK_MB, environment, elsewhere);
  };
  const add = async (fields: object): Promise<Guid> =>
    (await disk.api('POST', '/packages', { name: 'Viewer', ...fields })).guid as Guid;
  const seen = async (guid: Guid) => (await disk.api('GET', `/packages/${guid}`)) as unknown as Seen;
  const refresh = (guid: Guid) => disk.api('POST', `/packages/${guid}/refresh`, {});

  async function until(guid: Guid, holds: (now: Seen) => boolean): Promise<Seen> {
    let now = await seen(guid);
    for (const end = Date.now() + 60_000; !holds(now); now = await seen(guid)) {
      if (Date.now() > end) throw new Error(`in vain: ${JSON.stringify(now)}\n${disk.server.output()}`);
      await wait(50);
    }
    return now;
  }
  const untilFailed = (guid: Guid): Promise<Seen> => until(guid, ({ state }) => state === 'failed');
  const untilValid = (guid: Guid, newerThan = 0): Promise<Seen> =>
    until(guid, ({ state, currentVersion }) => state === 'valid' && currentVersion > newerThan);

  /** One file of the current version, and how many it has, as an agent gets them. */
  async function served(guid: Guid, path: string): Promise<{ files: number; content: Buffer }> {
    const headers = { 'x-sma-id': disk.agent };
    const { currentVersion } = await seen(guid);
    let text = '';
    // The CMDB knows of a version a moment before agents are told.
    while (!text.includes(` version="${currentVersion}"`)) {
      text = await (await fetch(`${disk.url}${PAGE.getPackageSnapshot}?package=${guid}`, { headers })).text();
    }
    const address = `${disk.url}${PACKAGE_SHARE}${encodeURIComponent(braces(guid))}/${currentVersion}/${path}`;
    const content = Buffer.from(await (await fetch(address, { headers })).arrayBuffer());
    return { files: readManifest(text).files.length, content };
  }

  it('ends a build at the reserve, in words; the version before is served, and the next try has room', async () => {
    await start(RESERVE_MB);
    const first = randomBytes(MB);
    source.write('setup', first);
    const guid = await add({ sourcePath: source.path });
    const { currentVersion } = await untilValid(guid);
    for (let number = 0; number < MANY; number++) source.write(`d/${number}`, String(number));
    disk.fill((RESERVE_MB + 4) * MB);
    await refresh(guid);
    const failed = await untilFailed(guid);
    expect(failed.stateDetail).to.match(WORDS);
    expect(failed.currentVersion).to.equal(currentVersion);
    expect(readdirSync(join(disk.dataDir, 'packages', 'incoming'))).to.deep.equal([]);
    expect(await served(guid, 'setup')).to.deep.equal({ files: 1, content: first });
    // The CMDB on the same disk takes what people and agents bring.
    await disk.api('POST', '/sites', { name: 'Berlin' });

    disk.empty();
    expect(Date.parse(failed.nextRefreshAt) - Date.now(), 'tried again by itself').to.be.within(0, 600_000);
    await refresh(guid);
    await untilValid(guid, currentVersion);
    expect(await served(guid, 'd/2499')).to.deep.equal({ files: MANY + 1, content: Buffer.from('2499') });
  });

  it('ends the fetching of a source in words and goes on where it was', async () => {
    await start(0, true);
    const [small, large] = [randomBytes(1000), randomBytes(4 * MB)];
    web.set('/p/small', small);
    web.listIn('/p/');
    const guid = await add({ sourceKind: 'url', sourcePath: `${web.url}/p/` });
    const { currentVersion } = await untilValid(guid);

    web.set('/p/large', large);
    web.listIn('/p/');
    let goOn = (): void => undefined;
    web.hostile = (request, response) => {
      if (!request.url!.endsWith('/large') || request.headers.range !== undefined) return false;
      goOn = sendHalf(response, large);
      return true;
    };
    await refresh(guid);
    const incoming = join(disk.dataDir, 'mirrors', guid, 'incoming');
    await until(guid, () => bytesComing(incoming) === large.length / 2);
    disk.fill(0);
    goOn();
    const failed = await untilFailed(guid);
    expect(failed.stateDetail).to.equal('The disk is full: the source cannot be fetched.');
    expect(await served(guid, 'small')).to.deep.equal({ files: 1, content: small });

    disk.empty();
    web.take();
    await refresh(guid);
    await untilValid(guid, currentVersion);
    expect(await served(guid, 'large')).to.deep.equal({ files: 2, content: large });
    const again = web.take().filter(({ path }) => path === '/p/large');
    expect(again.map(({ status, bytes }) => [status, bytes < large.length])).to.deep.equal([[206, true]]);
  });
});

/** Half of a file; the rest comes when the answer is called. */
function sendHalf(response: ServerResponse, content: Buffer): () => void {
  const half = content.length / 2;
  response.writeHead(200, { etag: `"${sha256(content).slice(0, 16)}"`, 'content-length': content.length });
  response.write(content.subarray(0, half));
  return () => response.end(content.subarray(half));
}
