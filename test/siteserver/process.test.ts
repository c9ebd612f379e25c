/** A package server as a process: what strangers get out of its ports, and what a sudden end costs. */
import { expect } from 'chai';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { systemClock } from '../../models/clock.ts';
import { updatePackageServer } from '../../models/packageServers/changePackageServers.ts';
import { braces, newGuid, type Guid } from '../../wire/guid.ts';
import { DownloadTokens } from '../../wire/downloadToken.ts';
import { PACKAGE_SERVER_SHARE } from '../../wire/paths.ts';
import { JANE, World } from '../e2e/packageServers/world.ts';
import { startNs } from '../support/process.ts';
import { freePort } from '../support/server.ts';

const ADDRESS = '127.0.3.1';
const SECRET = 'what nobody is to read';
const SIZE = 6 * 1024 * 1024;

describe('a package server as a process', function () {
  this.timeout(240_000);
  let world: World;
  let packageGuid: Guid;
  let port: number;
  let more: string[];
  const content = randomBytes(SIZE);
  const start = { unusedAfterHours: 1, minFreeDiskMb: 0 };

  before(async () => {
    world = await World.start();
    const source = join(world.folder, 'source');
    mkdirSync(source);
    writeFileSync(join(source, 'image.bin'), content);
    await world.site('Oslo', '127.0.3.0/24');
    packageGuid = await world.package('Image', source);
    port = await freePort();
    more = ['--http-port', String(port)];
    // Slow enough to be killed on the way.
    await world.packageServer('PS1', { address: ADDRESS, more, settings: { ...start, throttleKb: 1024 } });
  });
  after(() => world.stop());

  const parts = (): string => join(world.stateOf('PS1'), 'content', 'parts');
  const partBytes = (): number =>
    readdirSync(parts())
      .filter((name) => /^[0-9a-f]{64}$/.test(name))
      .reduce((sum, name) => sum + statSync(join(parts(), name)).size, 0);

  it('goes on with a half-fetched file after it was killed', async () => {
    await world.until('some of the file is here', () => partBytes() > 2 * 1024 * 1024);
    await world.kill('PS1');
    const held = partBytes();
    expect(held).to.be.lessThan(SIZE);
    await updatePackageServer(world.cmdb, systemClock, JANE, world.guids.get('PS1')!, start);
    const again = startNs(world.processes.get('PS1')!.child.spawnargs.slice(2));
    world.processes.set('PS1', again);
    const [, fetched] = await again.untilSays(/"Image", version \d+: ready, (\d+) bytes fetched/);
    expect(Number(fetched)).to.be.within(1, SIZE - 1024 * 1024);
    await world.untilHeld('PS1', packageGuid);
  });

  /** Writes these bytes and reads to the end of the connection, or until the answer is as long as it says. */
  const send = (bytes: string): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect(port, ADDRESS);
      let answer = '';
      socket.setEncoding('latin1').on('data', (chunk: string) => (answer += chunk));
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(answer));
      socket.write(bytes, 'latin1');
    });
  const get = (path: string, headers = '', method = 'GET'): Promise<string> =>
    send(`${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n`);
  const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);
  const bodyOf = (answer: string): string => answer.slice(answer.indexOf('\r\n\r\n') + 4);

  /** As the Notification Server would make them: the key is in the package server's own policy. */
  function ownTokens(): DownloadTokens {
    const state = world.stateOf('PS1');
    for (const name of readdirSync(state, { recursive: true, encoding: 'utf8' })) {
      if (!/polic/.test(name) || !statSync(join(state, name)).isFile()) continue;
      const key = /tokenKey[\\"=: ]+([A-Za-z0-9+/]{43}=)/.exec(readFileSync(join(state, name), 'utf8'))?.[1];
      if (key !== undefined) return new DownloadTokens(Buffer.from(key, 'base64'));
    }
    throw new Error('the package server has no policy');
  }

  it('gives nothing to who is not allowed, however the request is made', async () => {
    writeFileSync(join(world.stateOf('PS1'), 'secret.txt'), SECRET);
    const { HeldVersion: version } = (await world.holding('PS1', packageGuid))!;
    const tokens = ownTokens();
    const grant = { computer: newGuid(), packageGuid, expiresAt: Date.now() + 600_000 };
    const token = tokens.seal(grant);
    const id = encodeURIComponent(braces(packageGuid));
    const base = `${PACKAGE_SERVER_SHARE}${token}/${id}/${version}`;
    const good = await get(`${base}/image.bin`);
    expect(statusOf(good)).to.equal(200);
    expect(Buffer.from(bodyOf(good), 'latin1').equals(content)).to.equal(true);

    const ups = [
      '..',
      '%2e%2e',
      '%2E.',
      '..%2f..',
      '..%5c..',
      '%252e%252e',
      '..%c0%af..',
      '..;',
      '%uff0e%uff0e',
      '..\\..',
    ];
    const climbs = ups.flatMap((up) => [
      `${base}/${`${up}/`.repeat(6)}secret.txt`,
      `${base}/image.bin/${up}/secret.txt`,
    ]);
    const others = [
      PACKAGE_SERVER_SHARE + 'x'.repeat(72) + `/${id}/${version}/image.bin`,
      PACKAGE_SERVER_SHARE + tokens.seal({ ...grant, expiresAt: Date.now() - 1 }) + `/${id}/${version}/image.bin`,
      PACKAGE_SERVER_SHARE + tokens.seal({ ...grant, packageGuid: newGuid() }) + `/${id}/${version}/image.bin`,
      PACKAGE_SERVER_SHARE + `${id}/${version}/image.bin`,
      PACKAGE_SERVER_SHARE + token.toLowerCase() + `/${id}/${version}/image.bin`,
    ];
    const lists = [
      base,
      `${base}/`,
      `${base}/.`,
      `${PACKAGE_SERVER_SHARE}${token}/`,
      `${PACKAGE_SERVER_SHARE}${token}/${id}`,
      '/',
      '*',
    ];
    const elsewhere = ['/secret.txt', '/content/objects', '/agent.lock', '//secret.txt', 'http://x/secret.txt', '/%00'];
    for (const path of [
      ...climbs,
      ...others,
      ...lists,
      ...elsewhere,
      `${base}/image.bin%00.txt`,
      `${base}/IMAGE.BIN`,
    ]) {
      const answer = await get(path);
      expect(statusOf(answer), path).to.be.within(400, 404);
      expect(bodyOf(answer), path).to.match(/^(<error>[A-Z][^<]*<\/error>)?$/);
    }
    for (const method of ['TRACE', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PROPFIND', 'CONNECT']) {
      const answer = await get(`${base}/image.bin`, '', method);
      expect(statusOf(answer) || 400, method).to.be.within(400, 405);
      expect(bodyOf(answer).length, method).to.be.lessThan(200);
    }
    expect(bodyOf(await get(`${base}/image.bin`, '', 'HEAD'))).to.equal('');
  });

  it('gives no more than was asked for, and is not moved by nonsense', async () => {
    const { HeldVersion: version } = (await world.holding('PS1', packageGuid))!;
    const token = ownTokens().seal({ computer: newGuid(), packageGuid, expiresAt: Date.now() + 600_000 });
    const path = `${PACKAGE_SERVER_SHARE}${token}/${encodeURIComponent(braces(packageGuid))}/${version}/image.bin`;
    for (const range of [
      `bytes=${SIZE}-`,
      `bytes=${SIZE + 5}-${SIZE + 9}`,
      'bytes=-0',
      'bytes=99999999999999999999-',
    ]) {
      const answer = await get(path, `Range: ${range}\r\n`);
      expect(statusOf(answer), range).to.equal(416);
      expect(bodyOf(answer), range).to.equal('');
    }
    const tail = await get(path, `Range: bytes=${SIZE - 4}-${SIZE * 2}\r\n`);
    expect(statusOf(tail)).to.equal(206);
    expect(Buffer.from(bodyOf(tail), 'latin1').equals(content.subarray(-4))).to.equal(true);
    // Several ranges cost several readings of a file elsewhere; here they are one whole file.
    const several = await get(path, `Range: ${'bytes=0-1,'.padEnd(5000, '2-3,')}4-5\r\n`);
    expect(statusOf(several)).to.equal(200);
    expect(bodyOf(several).length).to.equal(SIZE);

    expect(statusOf(await get(`/${'a'.repeat(20_000)}`))).to.equal(431);
    expect(statusOf(await get(path, `X-Much: ${'a'.repeat(20_000)}\r\n`))).to.equal(431);
    expect(statusOf(await get(path, 'X-Many: 1\r\n'.repeat(3000)))).to.equal(431);
    expect(statusOf(await send('GET / HTTP/9.9\r\n\r\n'))).to.be.within(400, 505);
    expect(
      statusOf(
        await send(`GET ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n`),
      ),
    ).to.equal(400);
    expect(statusOf(await get(path, 'Range: bytes=0-0\r\n')), 'it serves on').to.equal(206);
  });
});
