import { expect } from 'chai';
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, readdirSync, readFileSync, readlinkSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { braces, newGuid, type Guid } from '../../wire/guid.ts';
import { PACKAGE_SHARE } from '../../wire/paths.ts';
import { refreshPackage } from '../../models/packages/refreshPackage.ts';
import { setPackagesEnabled } from '../../models/packages/updatePackage.ts';
import { fileAddress, startPackageServer, type PackageServer } from './server.ts';
import { JANE } from './support.ts';
import { redactPath } from '../../wire/sharePath.ts';

const CONTENT = randomBytes(1_500_000);
const ETAG = `"${createHash('sha256').update(CONTENT).digest('hex')}"`;

interface RawAnswer {
  status: number;
  head: string;
  body: string;
}

describe('the package share', () => {
  let running: PackageServer;
  let guid: Guid;
  let version: number;
  before(async () => {
    running = await startPackageServer();
    running.source.write('bin/setup.exe', CONTENT);
    running.source.write('empty.txt', '');
    running.source.write('100% a+b & #1;é.txt', 'odd name');
    running.source.write('\u00e9.txt', 'accent');
    running.source.write('web.config', '<configuration/>');
    running.source.folder('void');
    ({ guid, version } = await running.publish('Example'));
  });
  after(() => running.stop());

  const address = (path: string): string => fileAddress(running, guid, version, path);
  const get = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Response> =>
    fetch(address(path), { method, headers });
  const bytes = async (response: Response): Promise<Buffer> => Buffer.from(await response.arrayBuffer());
  /** As the bytes are: fetch would tidy the address up. */
  const raw = (target: string, method = 'GET', headers = ''): Promise<RawAnswer> =>
    new Promise((resolve, reject) => {
      const socket = connect(Number(new URL(running.server.http).port), '127.0.0.1');
      let text = '';
      socket.setEncoding('latin1');
      socket.on('data', (chunk) => (text += String(chunk)));
      socket.on('error', reject);
      socket.on('close', () => {
        const [head = '', ...body] = text.split('\r\n\r\n');
        resolve({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 0), head, body: body.join('\r\n\r\n') });
      });
      socket.write(`${method} ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n`, 'latin1');
    });

  it('sends a file whole, with its hash as tag and nothing a browser would run', async () => {
    const response = await get('bin/setup.exe');
    expect(response.status).to.equal(200);
    expect(Object.fromEntries(response.headers)).to.include({
      etag: ETAG,
      'content-type': 'application/octet-stream',
      'content-disposition': 'attachment',
      'content-length': '1500000',
      'accept-ranges': 'bytes',
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, no-cache',
    });
    expect((await bytes(response)).equals(CONTENT)).to.equal(true);
  });

  it('sends empty files, odd names in either Unicode form, and web.config', async () => {
    expect((await bytes(await get('empty.txt'))).length).to.equal(0);
    expect(await (await get(encodeURIComponent('100% a+b & #1;é.txt'))).text()).to.equal('odd name');
    expect(await (await get(encodeURIComponent('\u00e9.txt'))).text()).to.equal('accent');
    expect(await (await get(encodeURIComponent('e\u0301.txt'))).text()).to.equal('accent');
    expect((await get('web.config')).status).to.equal(200);
  });

  it('takes the tree in any letter case and a bearer or legacy identity instead of a token', async () => {
    const plain = `${running.server.http}/ALTIRIS/packageshare/${encodeURIComponent(braces(guid).toUpperCase())}/${version}/empty.txt`;
    expect((await fetch(plain, { headers: { 'x-sma-id': running.agent } })).status).to.equal(200);
    expect((await fetch(plain)).status).to.be.oneOf([400, 401, 403]);
    expect((await fetch(plain, { headers: { 'x-sma-id': newGuid() } })).status).to.equal(403);
    expect(
      (await fetch(plain, { headers: { authorization: 'Bearer rubbish', 'x-sma-id': running.agent } })).status,
    ).to.be.oneOf([401, 403]);
  });

  for (const [range, start, end] of [
    ['bytes=0-0', 0, 0],
    ['bytes=0-99', 0, 99],
    ['bytes=100-', 100, 1_499_999],
    ['bytes=-1', 1_499_999, 1_499_999],
    ['bytes=-9999999', 0, 1_499_999],
    ['bytes=1499999-', 1_499_999, 1_499_999],
    ['bytes=500000-9999999', 500_000, 1_499_999],
    ['Bytes = 5 - 6', 5, 6],
  ] as const) {
    it(`sends the part ${range}`, async () => {
      const response = await get('bin/setup.exe', { range });
      expect(response.status).to.equal(206);
      expect(response.headers.get('content-range')).to.equal(`bytes ${start}-${end}/1500000`);
      expect(response.headers.get('etag')).to.equal(ETAG);
      expect((await bytes(response)).equals(CONTENT.subarray(start, end + 1))).to.equal(true);
    });
  }

  for (const range of ['bytes=1500000-', 'bytes=9999999-', 'bytes=-0', 'bytes=1500000-1500001']) {
    it(`answers 416 to ${range}`, async () => {
      const response = await get('bin/setup.exe', { range });
      expect(response.status).to.equal(416);
      expect(response.headers.get('content-range')).to.equal('bytes */1500000');
      expect((await bytes(response)).length).to.equal(0);
    });
  }

  for (const range of [
    'bytes=0-1,5-6',
    'bytes=5-4',
    'bytes=-',
    'bytes=a-b',
    'lines=0-1',
    'bytes 0-1',
    '0-1',
    'bytes=0-1-2',
  ]) {
    it(`sends the whole file for ${range}`, async () => {
      const response = await get('bin/setup.exe', { range });
      expect(response.status).to.equal(200);
      expect((await bytes(response)).length).to.equal(CONTENT.length);
    });
  }

  it('answers 416 to any range of an empty file', async () => {
    expect((await get('empty.txt', { range: 'bytes=0-' })).status).to.equal(416);
  });

  it('resumes only the file that the client has a part of', async () => {
    const range = { range: 'bytes=10-19' };
    expect((await get('bin/setup.exe', { ...range, 'if-range': ETAG })).status).to.equal(206);
    for (const other of ['"other"', `W/${ETAG}`, 'Thu, 20 Dec 2029 08:00:00 GMT']) {
      const response = await get('bin/setup.exe', { ...range, 'if-range': other });
      expect(response.status, other).to.equal(200);
      expect((await bytes(response)).length).to.equal(CONTENT.length);
    }
  });

  it('answers 304 to who has the file', async () => {
    const response = await get('bin/setup.exe', { 'if-none-match': ETAG, range: 'bytes=0-1' });
    expect(response.status).to.equal(304);
    expect((await bytes(response)).length).to.equal(0);
  });

  it('answers HEAD with the head of the whole file', async () => {
    for (const headers of [{}, { range: 'bytes=0-1' }] as Record<string, string>[]) {
      const response = await get('bin/setup.exe', headers, 'HEAD');
      expect(response.status).to.equal(200);
      expect(response.headers.get('content-length')).to.equal('1500000');
      expect((await bytes(response)).length).to.equal(0);
    }
  });

  it('takes no other method', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PROPFIND']) {
      const { status, head } = await raw(new URL(address('empty.txt')).pathname, method);
      expect(status, method).to.equal(405);
      expect(head).to.match(/\r\nallow: GET, HEAD/i);
    }
  });

  it('serves a published version while a newer one is out', async () => {
    running.source.write('bin/setup.exe', 'new content');
    const next = await running.republish(guid);
    expect((await bytes(await get('bin/setup.exe'))).equals(CONTENT)).to.equal(true);
    expect(await (await fetch(fileAddress(running, guid, next, 'bin/setup.exe'))).text()).to.equal('new content');
    expect((await fetch(fileAddress(running, guid, next + 1, 'bin/setup.exe'))).status).to.equal(404);
  });

  it('serves at once what another node has published', async () => {
    const { context } = running.server;
    running.source.write('bin/setup.exe', 'from elsewhere');
    const outcome = await refreshPackage(running.deps, guid);
    const made = outcome.result === 'published' ? outcome.version : 0;
    expect(context.packages.get(guid)!.snapshots.has(made)).to.equal(false);
    expect(await (await fetch(fileAddress(running, guid, made, 'bin/setup.exe'))).text()).to.equal('from elsewhere');
  });

  it('asks for HTTPS where it is required', async () => {
    const strict = await startPackageServer({ NS_REQUIRE_HTTPS: 'true' });
    strict.source.write('a');
    const made = await strict.publish('Example');
    const response = await fetch(fileAddress(strict, made.guid, made.version, 'a'));
    expect(response.status).to.equal(403);
    expect(await response.text()).to.contain('code="httpsRequired"');
    await strict.stop();
  });

  it('never serves the source folder: what is edited there is not seen', async () => {
    writeFileSync(join(running.source.path, 'empty.txt'), 'edited');
    expect((await bytes(await get('empty.txt'))).length).to.equal(0);
    running.source.write('unpublished.txt');
    expect((await get('unpublished.txt')).status).to.equal(404);
  });

  describe('lets nobody out', () => {
    const below = (path: string): string => new URL(address('x')).pathname.replace(/x$/, '') + path;

    for (const path of [
      '',
      'bin',
      'bin/',
      'void',
      'void/',
      '.',
      './empty.txt',
      'bin/../empty.txt',
      'bin/./setup.exe',
      '../empty.txt',
      '../../../../../../../../etc/passwd',
      '%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd',
      '%2e%2e%2f%2e%2e%2f%2e%2e%2fetc%2fpasswd',
      '%252e%252e%252fetc%252fpasswd',
      '..%5c..%5c..%5cwindows%5cwin.ini',
      '..\\..\\windows\\win.ini',
      'bin%2fsetup.exe',
      'bin%5csetup.exe',
      'bin\\setup.exe',
      'bin//setup.exe',
      '/bin/setup.exe',
      '/etc/passwd',
      'empty.txt%00',
      'empty.txt%00.exe',
      'empty%2etxt%00',
      'empty.txt%',
      'empty.txt%zz',
      '%c0%ae%c0%ae/etc/passwd',
      '%ff',
      'EMPTY.TXT',
      'empty.txt/',
      'empty.txt.',
      'empty.txt::$DATA',
      'bin/setup.exe/../setup.exe',
      'a'.repeat(9000),
    ]) {
      it(`by ${path === '' ? 'nothing' : path.slice(0, 50)}`, async () => {
        const { status, body } = await raw(below(path));
        expect(status).to.equal(404);
        expect(body).to.match(/^<error code="notFound" requestId="[^"]+">There is no such page\.<\/error>$/);
      });
    }

    for (const target of [
      PACKAGE_SHARE,
      `${PACKAGE_SHARE}x`,
      `${PACKAGE_SHARE}../packages/objects/`,
      `${PACKAGE_SHARE}%7B5e6f7a8b-9c0d-4e1f-8a2b-3c4d5e6f7a8b%7D`,
      `${PACKAGE_SHARE}token/%7B5e6f7a8b-9c0d-4e1f-8a2b-3c4d5e6f7a8b%7D/`,
      `${PACKAGE_SHARE}token/%7B5e6f7a8b-9c0d-4e1f-8a2b-3c4d5e6f7a8b%7D/../x`,
      `${PACKAGE_SHARE}token/%7B5e6f7a8b-9c0d-4e1f-8a2b-3c4d5e6f7a8b%7D/1e3/x`,
      `${PACKAGE_SHARE}token/%7B5e6f7a8b-9c0d-4e1f-8a2b-3c4d5e6f7a8b%7D/-1/x`,
      `${PACKAGE_SHARE}token/%7B5e6f7a8b-9c0d-4e1f-8a2b-3c4d5e6f7a8b%7D/99999999999999999999/x`,
    ]) {
      it(`by ${target}`, async () => expect((await raw(target)).status).to.equal(404));
    }
  });

  it('takes a token for its own package and computer only, and none of a package that is switched off', async () => {
    const other = await running.publish('Other');
    const { context } = running.server;
    const token = context.tokens.issueDownloadToken(running.agent, guid);
    const path = (package_: Guid, made: number): string =>
      `${running.server.http}${PACKAGE_SHARE}${token}/${braces(package_)}/${made}/empty.txt`;
    expect((await fetch(path(guid, version))).status).to.equal(200);
    expect((await fetch(path(other.guid, other.version))).status).to.equal(403);
    expect((await fetch(path(guid, version), { headers: { 'x-sma-id': newGuid() } })).status).to.equal(403);
    expect((await fetch(path(guid, version).replace(token, 'rubbish'))).status).to.equal(401);
    expect((await fetch(path(guid, version).replace(token, token.slice(0, -2)))).status).to.equal(401);

    await setPackagesEnabled(context.cmdb, context.clock, JANE, [other.guid], false);
    await context.packages.refresh(context.cmdb, other.guid);
    expect((await fetch(fileAddress(running, other.guid, other.version, 'empty.txt'))).status).to.equal(404);
  });

  it('says that it cannot, and not what is wrong, when content is missing or cut from the store', async () => {
    const object = running.deps.store.objectPath(ETAG.slice(1, -1));
    renameSync(object, `${object}-away`);
    const missing = await get('bin/setup.exe');
    expect(missing.status).to.equal(503);
    expect(missing.headers.get('retry-after')).to.match(/^\d+$/);
    expect(await missing.text()).to.not.contain(running.server.dataDir);
    renameSync(`${object}-away`, object);
    expect((await get('bin/setup.exe', {}, 'HEAD')).status).to.equal(200);
    chmodSync(object, 0o640);
    truncateSync(object, 10);
    expect((await get('bin/setup.exe')).status).to.equal(503);
    writeFileSync(object, CONTENT);
    expect((await bytes(await get('bin/setup.exe'))).equals(CONTENT)).to.equal(true);
  });

  it('closes the file when the client goes in the middle, and goes on serving', async function () {
    if (process.platform !== 'linux') this.skip();
    running.source.write('big.bin', Buffer.alloc(40_000_000, 7));
    const next = await running.republish(guid);
    const target = new URL(fileAddress(running, guid, next, 'big.bin')).pathname;
    const store = join(running.server.dataDir, 'packages');
    const openObjects = (): number =>
      readdirSync('/proc/self/fd').filter((fd) => linkOf(`/proc/self/fd/${fd}`).startsWith(store)).length;
    const sockets = await Promise.all(
      Array.from(
        { length: 10 },
        () =>
          new Promise<ReturnType<typeof connect>>((resolve) => {
            const socket = connect(Number(new URL(running.server.http).port), '127.0.0.1');
            socket.write(`GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`);
            socket.once('data', () => resolve(socket.pause()));
          }),
      ),
    );
    expect(openObjects()).to.equal(10);
    for (const socket of sockets) socket.destroy();
    for (let tries = 0; openObjects() > 0 && tries < 500; tries++) await wait(10);
    expect(openObjects()).to.equal(0);
    expect((await get('empty.txt')).status).to.equal(200);
  });

  it('counts downloads and their bytes', async () => {
    const { counters } = running.server.context;
    const total = async (name: 'downloads' | 'downloadBytes'): Promise<number> => {
      await counters.flush();
      return (await counters.series([name], 0)).reduce((sum, row) => sum + row.total, 0);
    };
    const [downloads, sent] = [await total('downloads'), await total('downloadBytes')];
    await bytes(await get('bin/setup.exe', { range: 'bytes=0-999999' }));
    await bytes(await get('bin/setup.exe', { range: 'bytes=1000000-' }));
    for (let tries = 0; (await total('downloads')) === downloads && tries < 100; tries++) await wait(10);
    expect([await total('downloads'), await total('downloadBytes')]).to.deep.equal([downloads + 1, sent + 1_500_000]);
  });

  it('keeps tokens out of the access log', async () => {
    const token = running.server.context.tokens.issueDownloadToken(running.agent, guid);
    await fetch(address('empty.txt'));
    expect(redactPath(`${PACKAGE_SHARE}${token}/${braces(guid)}/7/a/b.txt?x`)).to.equal(
      `${PACKAGE_SHARE}***/${braces(guid)}/7/a/b.txt?x`,
    );
    expect(redactPath(`${PACKAGE_SHARE}${token}`)).to.equal(`${PACKAGE_SHARE}***`);
    expect(redactPath('/other')).to.equal('/other');
    const logs = join(running.server.dataDir, 'logs');
    const written = (): string =>
      readdirSync(logs)
        .map((name) => readFileSync(join(logs, name), 'utf8'))
        .join('');
    // Lines are written once a second.
    for (let tries = 0; !written().includes(`${PACKAGE_SHARE}***/`) && tries < 500; tries++) await wait(10);
    const text = written();
    expect(text).to.contain(`${PACKAGE_SHARE}***/`);
    expect(text).to.not.contain(token.slice(0, 20));
  });
});

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
