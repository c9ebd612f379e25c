/** A package server's share against those who want more than they may: over real sockets, with a real store. */
import { expect } from 'chai';
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ContentStore } from '../../siteserver/packages/contentStore.ts';
import { listen } from '../../siteserver/serve/listeners.ts';
import { packageShare } from '../../siteserver/serve/share.ts';
import { verifyContent } from '../../siteserver/packages/verifyContent.ts';
import { agentLog } from '../../client/base/log.ts';
import { braces, newGuid, type Guid } from '../../wire/guid.ts';
import { manifestHash, signManifest, writeManifest, type ManifestFile } from '../../wire/manifest.ts';
import { DownloadTokens } from '../../wire/downloadToken.ts';
import { PACKAGE_SERVER_SHARE } from '../../wire/paths.ts';
import { freePort } from '../support/server.ts';
import { writeKeyBlob } from '../../wire/proof.ts';

const CONTENT = 'twelve bytes';
const HASH = createHash('sha256').update(CONTENT).digest('hex');
const VERSION = 1000;
const never = new AbortController().signal;

describe('the share of a package server', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ns-share-'));
  const packageGuid = newGuid();
  const computer = newGuid();
  const tokens = new DownloadTokens(Buffer.alloc(32, 1));
  const keys = generateKeyPairSync('ed25519');
  const store = new ContentStore(folder);
  let server: Server;
  let port: number;
  let isPublished = true;
  let isServer = true;
  const sent: [string, string, number][] = [];
  const missing: string[] = [];

  before(async () => {
    await publish(packageGuid, { 'bin/set up+1.exe': Buffer.from(CONTENT) });
    const deps = {
      store,
      tokens: () => (isServer ? tokens : undefined),
      isPublished: () => isPublished,
      onSent: (guid: string, ofPackage: string, _version: number, bytes: number) =>
        void sent.push([guid, ofPackage, bytes]),
      onMissing: (content: string) => void missing.push(content),
    };
    server = createServer(packageShare(deps, false));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as { port: number }).port;
  });

  async function publish(guid: Guid, contents: Record<string, Buffer>): Promise<void> {
    const files: ManifestFile[] = [];
    for (const [path, content] of Object.entries(contents)) {
      const hash = createHash('sha256').update(content).digest('hex');
      const date = '2030-01-01T00:00:00Z';
      files.push({ path, size: content.length, date, hash, executable: true, folder: false });
      writeFileSync(store.partPath(hash), content);
      await store.adopt(hash);
    }
    const hash = manifestHash(files);
    const signature = signManifest(keys.privateKey, guid, VERSION, hash);
    const manifest = { packageGuid: guid, version: VERSION, hash, signature, files };
    store.keepManifest(guid, VERSION, writeManifest(manifest));
    await store.publish(manifest);
  }

  after(() => {
    server.close();
    server.closeAllConnections();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The path goes out as it is written: no client tidies it up. */
  const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    new Promise<{ status: number; headers: Record<string, unknown>; body: string }>((resolve, reject) => {
      const asked = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
        response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body }));
      });
      asked.on('error', reject).end();
    });
  const sealed = (more = {}) => tokens.seal({ computer, packageGuid, expiresAt: Date.now() + 60_000, ...more });
  const below = (path: string, token = sealed(), version: string | number = VERSION): string =>
    `${PACKAGE_SERVER_SHARE}${token}/${encodeURIComponent(braces(packageGuid))}/${version}/${path}`;
  const FILE = 'bin/set%20up+1.exe';

  it('gives the file to who brings its token, whole and in pieces', async () => {
    const whole = await get(below(FILE));
    expect(whole).to.include({ status: 200, body: CONTENT });
    expect(whole.headers).to.include({ etag: `"${HASH}"`, 'accept-ranges': 'bytes', 'content-length': '12' });
    const piece = await get(below(FILE), { Range: 'bytes=7-', 'If-Range': `"${HASH}"` });
    expect(piece).to.include({ status: 206, body: 'bytes' });
    expect(piece.headers['content-range']).to.equal('bytes 7-11/12');
    expect(await get(below(FILE), { Range: 'bytes=7-', 'If-Range': '"other"' })).to.include({
      status: 200,
      body: CONTENT,
    });
    expect(await get(below(FILE), { Range: 'bytes=12-' })).to.include({ status: 416 });
    expect(await get(below(FILE), { 'If-None-Match': `"${HASH}"` })).to.include({ status: 304, body: '' });
    expect(await get(below(FILE), {}, 'HEAD')).to.include({ status: 200, body: '' });
    expect(sent).to.deep.equal([12, 5, 12].map((bytes) => [computer, packageGuid, bytes]));
  });

  it('lets nobody in without the right token', async () => {
    const seen = sent.length;
    const others: [string, string][] = [
      ['none', `${PACKAGE_SERVER_SHARE}${encodeURIComponent(braces(packageGuid))}/${VERSION}/${FILE}`],
      ['nonsense', below(FILE, 'x'.repeat(72))],
      [
        'of another server',
        below(
          FILE,
          new DownloadTokens(Buffer.alloc(32, 2)).seal({ computer, packageGuid, expiresAt: Date.now() + 60_000 }),
        ),
      ],
      ['over', below(FILE, sealed({ expiresAt: Date.now() - 1 }))],
    ];
    for (const [what, path] of others) expect((await get(path)).status, what).to.equal(401);
    expect((await get(below(FILE, sealed({ packageGuid: newGuid() })))).status).to.equal(403);
    expect((await get(below(FILE), { 'X-SMA-ID': newGuid() })).status).to.equal(403);
    expect((await get(below(FILE), { 'X-SMA-ID': computer })).status).to.equal(200);
    isServer = false;
    expect((await get(below(FILE))).status).to.equal(401);
    isServer = true;
    isPublished = false;
    expect((await get(below(FILE))).status).to.equal(403);
    isPublished = true;
    expect(sent.length).to.equal(seen + 1);
  });

  it('has no way out of the package, and nothing to list', async () => {
    writeFileSync(join(folder, 'secret.txt'), 'secret');
    const object = `content/objects/${HASH.slice(0, 2)}/${HASH}`;
    const attempts = [
      '',
      'bin',
      'bin/',
      'bin/..',
      '../',
      '../../../../secret.txt',
      '..%2f..%2f..%2f..%2fsecret.txt',
      '%2e%2e/%2e%2e/%2e%2e/secret.txt',
      '..%5c..%5csecret.txt',
      '%252e%252e%252fsecret.txt',
      'bin//set%20up+1.exe',
      './bin/set%20up+1.exe',
      'bin/set%20up+1.exe/',
      'bin/set%20up+1.exe%00',
      'bin/set%20up+1.exe::$DATA',
      'BIN/SET%20UP+1.EXE',
      'bin/set%20up%201.exe',
      `../../../${object}`,
      '%ff%fe',
      '%',
      'a'.repeat(9000),
    ];
    for (const path of attempts) {
      const answer = await get(below(path));
      expect(answer.status, path.slice(0, 60)).to.equal(404);
      expect(answer.body).to.equal('<error>There is no such file.</error>');
    }
    for (const path of [
      '/',
      '/secret.txt',
      '/../secret.txt',
      PACKAGE_SERVER_SHARE,
      `${PACKAGE_SERVER_SHARE}..`,
      '/Altiris/PackageShare/',
      `http://127.0.0.1${below(FILE)}`,
      '*',
    ]) {
      expect((await get(path)).status, path).to.equal(404);
    }
    for (const version of ['0', '-1', '1e3', '01000', '999', '1000.0', 'x']) {
      expect((await get(below(FILE, sealed(), version))).status, version).to.equal(404);
    }
  });

  it('gives many at once their own bytes, and goes on when some of them go away', async () => {
    const big = randomBytes(3_000_000);
    const guid = newGuid();
    await publish(guid, { 'big.bin': big });
    const path = `${PACKAGE_SERVER_SHARE}${sealed({ packageGuid: guid })}/${guid}/${VERSION}/big.bin`;
    const leaving = Array.from(
      { length: 20 },
      () =>
        new Promise<void>((resolve) => {
          const asked = request({ host: '127.0.0.1', port, path, agent: false }, (response) => {
            response.once('data', () => asked.destroy());
            response.on('error', () => undefined);
          });
          asked.on('error', () => undefined);
          asked.on('close', resolve);
          asked.end();
        }),
    );
    const whole = Array.from({ length: 30 }, async (_, index) => {
      const start = index * 90_000 + (index % 7);
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { Range: `bytes=${start}-` } });
      expect(Buffer.from(await answer.arrayBuffer()).equals(big.subarray(start)), `from ${start}`).to.equal(true);
    });
    await Promise.all([...leaving, ...whole]);
  });

  it('holds no connection open for who never ends the head of a request', async () => {
    const free = await freePort();
    const listening = await listen({ bind: '127.0.0.1', port: 0, httpPort: free, tls: {} }, () => () => undefined, {
      headMs: 200,
      lookMs: 50,
    });
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(free, '127.0.0.1');
      let text = '';
      socket.on('data', (chunk) => (text += String(chunk)));
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(text));
      socket.write('GET / HTTP/1.1\r\nX-Slow: ');
    });
    expect(answer).to.match(/^HTTP\/1\.1 408 /);
    await listening.close();
  });

  it('takes GET and HEAD and nothing else', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'PROPFIND', 'OPTIONS']) {
      expect((await get(below(FILE), {}, method)).status, method).to.equal(405);
    }
    expect(readdirSync(join(folder, 'content', 'objects', HASH.slice(0, 2)))).to.deep.equal([HASH]);
  });

  it('serves no file of another size, and says so; verification finds what has the right one', async () => {
    const place = store.objectPath(HASH);
    writeFileSync(place, 'eleven byte');
    expect((await get(below(FILE))).status).to.equal(503);
    expect(missing).to.deep.equal([HASH]);
    writeFileSync(place, 'twelve bytez');
    expect(
      await verifyContent(
        store,
        agentLog(() => undefined, false),
        never,
      ),
    ).to.equal(1);
    expect((await get(below(FILE))).status).to.equal(404);
    expect(store.versions(packageGuid)).to.deep.equal([]);
  });

  it('believes after a restart only what the server has signed, and what is whole', async () => {
    const nsKeys = [writeKeyBlob(keys.publicKey)];
    writeFileSync(store.partPath(HASH), CONTENT);
    await store.adopt(HASH);
    await store.publish(store.keptManifest(packageGuid, VERSION, nsKeys)!);
    const again = new ContentStore(folder);
    await again.load(nsKeys);
    expect(again.versions(packageGuid).map(({ version }) => version)).to.deep.equal([VERSION]);
    const stranger = new ContentStore(folder);
    await stranger.load([writeKeyBlob(generateKeyPairSync('ed25519').publicKey)]);
    expect(stranger.packages).to.deep.equal([]);
  });
});
