import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { systemClock } from '../../models/clock.ts';
import { migrate } from '../../models/cmdb/migrate.ts';
import { openCmdb } from '../../models/cmdb/open.ts';
import { createPackage } from '../../models/packages/createPackage.ts';
import { seedCmdb } from '../../models/seed/seed.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { nseClass, writeNse } from '../../wire/nse.ts';
import { PAGE } from '../../wire/paths.ts';
import { CAPTURE_ITEM } from '../../wire/wellKnown.ts';
import { sourceLimits } from '../../models/packages/sources/sources.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { ask, hasNginx, startNginx, type Nginx } from './nginx.ts';

/** The only address from which agents are known by GUID alone: who is let in has been seen to come from there. */
const AGENT_ADDRESS = '127.0.0.2';
const actor = { name: 'test', address: '' };
const MB = 1024 * 1024;

async function seededFolder(): Promise<{ dataDir: string; computer: Guid }> {
  const dataDir = mkdtempSync(join(tmpdir(), 'ns-nginx-server-'));
  const cmdb = await openCmdb(`sqlite:${join(dataDir, 'cmdb.sqlite')}`);
  await migrate(cmdb);
  await seedCmdb(cmdb, systemClock, actor, {
    computers: 3,
    packages: 0,
    policies: 0,
    sites: 1,
    events: 0,
    seed: '1',
    force: false,
  });
  const { ResourceGuid } = await cmdb.db.selectFrom('Computer').select('ResourceGuid').executeTakeFirstOrThrow();
  await cmdb.close();
  return { dataDir, computer: ResourceGuid };
}

const startServer = (dataDir: string, environment: Record<string, string>): Promise<TestServer> =>
  startTestServer({
    dataDir,
    environment: {
      NS_REQUIRE_HTTPS: 'true',
      NS_PUBLIC_URL: 'https://ns1.example.com',
      NS_LEGACY_AGENTS: `${AGENT_ADDRESS}/32`,
      ...environment,
    },
  });

const portOf = (server: TestServer): string => new URL(server.http).port;

describe('nginx with deploy/nginx.conf', function () {
  if (!hasNginx) {
    it.skip('SKIPPED: nginx is not installed, the recipe was not tried');
    return;
  }
  let dataDir: string;
  let computer: Guid;
  let server: TestServer;
  let nginx: Nginx;

  /** As the agent of the seeded computer, unless the options say otherwise. */
  const asAgent = (path: string, options: Parameters<typeof ask>[2] = {}) =>
    ask(nginx.port, path, {
      localAddress: AGENT_ADDRESS,
      ...options,
      headers: { 'X-SMA-ID': computer, ...(options.headers as Record<string, string> | undefined) },
    });

  before(async () => {
    ({ dataDir, computer } = await seededFolder());
    server = await startServer(dataDir, { NS_TRUST_PROXY: '127.0.0.1' });
    nginx = await startNginx(portOf(server), dataDir);
  });
  after(async () => {
    await nginx?.stop();
    await server?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  describe('scheme, host and address', () => {
    it('are those of the client when the proxy is trusted', async () => {
      const policies = await asAgent(`${PAGE.getClientPolicies}?WrkstaGuid=${computer}`);
      expect(policies.status).to.equal(200);
      expect(policies.body.toString()).to.include(computer);
      const signIn = await ask(nginx.port, '/Altiris/Console/signIn', { headers: { Host: 'ns1.example.com' } });
      expect(signIn.status).to.equal(200);
      expect(signIn.headers['strict-transport-security']).to.be.a('string');
      expect(String(signIn.headers['set-cookie'])).to.match(/Secure/i);
    });

    it('are not what the client itself writes into the headers', async () => {
      const claimed = await asAgent(`${PAGE.getClientPolicies}?WrkstaGuid=${computer}`, {
        localAddress: '127.0.0.3',
        headers: { 'X-Forwarded-For': AGENT_ADDRESS, Forwarded: `for=${AGENT_ADDRESS}` },
      });
      expect(claimed.status).to.equal(401);
    });

    it('are not believed from anybody but the proxy', async () => {
      const status = await new Promise<number>((resolve, reject) => {
        const headers = { 'X-Forwarded-Proto': 'https', 'X-Forwarded-For': AGENT_ADDRESS, 'X-SMA-ID': computer };
        get(`${server.http}${PAGE.connectionTest}`, { localAddress: '127.0.0.3', headers }, (answer) => {
          answer.resume();
          resolve(answer.statusCode!);
        }).once('error', reject);
      });
      expect(status).to.equal(403);
    });

    it('are not believed from a proxy that nobody named', async () => {
      const other = await seededFolder();
      const wary = await startServer(other.dataDir, {});
      const unnamed = await startNginx(portOf(wary), other.dataDir);
      try {
        const refused = await ask(unnamed.port, `${PAGE.getClientPolicies}?WrkstaGuid=${other.computer}`, {
          localAddress: AGENT_ADDRESS,
          headers: { 'X-SMA-ID': other.computer },
        });
        expect(refused.status).to.equal(403);
        expect(refused.body.toString()).to.include('HTTPS is required');
      } finally {
        await unnamed.stop();
        await wary.stop();
        rmSync(other.dataDir, { recursive: true, force: true });
      }
    });
  });

  it('lets a request of 40 KB in the query through', async () => {
    const document = `<request><!-- ${'x'.repeat(40 * 1024)} --><resources><resource host="true" guid="{${computer}}"/></resources></request>`;
    const answer = await asAgent(`${PAGE.getClientPolicies}?xml=${encodeURIComponent(document)}`);
    expect(answer.status).to.equal(200);
    expect(answer.body.toString()).to.include('<response');
  });

  describe('events', () => {
    const event = (padding: number): Buffer =>
      Buffer.from(
        writeNse({
          to: CAPTURE_ITEM.basicInventory,
          priority: 0,
          msgId: newGuid(),
          time: new Date(),
          biasMinutes: 0,
          resource: { guid: computer, name: 'BIG', keys: [] },
          classes: [nseClass('location', [{ location: 'Here' }])],
        }).replace('<body>', `<body><!--${' '.repeat(padding)}-->`),
      );

    it('of nearly 64 MB get through, and the server has them on disk', async () => {
      const before = (await server.context.queue.state()).accepted;
      const answer = await asAgent(PAGE.postEvent, { method: 'POST', body: event(63 * MB) });
      expect(answer.status).to.equal(200);
      expect((await server.context.queue.state()).accepted).to.equal(before + 1);
      expect(nginx.warnings()).to.not.include('temporary file');
    });

    it('above the limit are refused for good, and the server hears nothing of them', async () => {
      const before = (await server.context.queue.state()).accepted;
      const answer = await asAgent(PAGE.postEvent, { method: 'POST', body: event(65 * MB) });
      expect(answer.status).to.equal(413);
      expect((await server.context.queue.state()).accepted).to.equal(before);
    });
  });

  describe('package files', () => {
    const files: Record<string, Buffer> = {
      'bin/a+b.txt': Buffer.from('plus\n'),
      'bin/web.config': Buffer.from('<configuration/>\n'),
      'App_Data/100% {sure}.txt': Buffer.from('percent\n'),
      'big.bin': randomBytes(48 * MB),
    };
    let sourceDir: string;
    let share: string;

    before(async () => {
      sourceDir = mkdtempSync(join(tmpdir(), 'ns-nginx-source-'));
      for (const [path, content] of Object.entries(files)) {
        mkdirSync(join(sourceDir, path, '..'), { recursive: true });
        writeFileSync(join(sourceDir, path), content);
      }
      const { context } = server;
      const input = { name: 'Through the proxy', sourcePath: sourceDir };
      const guid = await createPackage(context.cmdb, context.clock, actor, input, sourceLimits(context.settings));
      while (context.packages.get(guid)?.version === undefined) await pause(50);
      const request = `<request resource="{${computer}}"><packages><package guid="{${guid}}"/></packages></request>`;
      const info = await asAgent(`${PAGE.getPackageInfo}?xml=${encodeURIComponent(request)}`);
      share = new URL(/ href="([^"]+)"/.exec(info.body.toString())![1]!).pathname;
    });
    after(() => rmSync(sourceDir, { recursive: true, force: true }));

    const addressOf = (path: string): string => `${share}/${path.split('/').map(encodeURIComponent).join('/')}`;

    for (const path of Object.keys(files).slice(0, 3)) {
      it(`called ${path} arrive`, async () => {
        const answer = await asAgent(addressOf(path));
        expect(answer.status).to.equal(200);
        expect(answer.body.equals(files[path]!)).to.equal(true);
      });
    }

    it('with a plus that was not encoded arrive too', async () => {
      const answer = await asAgent(`${share}/bin/a+b.txt`);
      expect(answer.body.toString()).to.equal('plus\n');
    });

    it('are streamed whole and in ranges, without a copy on the disk of the proxy', async () => {
      const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
      const big = files['big.bin']!;
      // A slow client is what makes a proxy keep an answer for later.
      const whole = await asAgent(addressOf('big.bin'), { pauseMs: 400 });
      expect(whole.headers['content-length']).to.equal(String(big.length));
      expect(sha256(whole.body)).to.equal(sha256(big));
      const part = await asAgent(addressOf('big.bin'), { headers: { Range: 'bytes=2097152-4194303' } });
      expect(part.status).to.equal(206);
      expect(part.body.equals(big.subarray(2 * MB, 4 * MB))).to.equal(true);
      const same = await asAgent(addressOf('big.bin'), { headers: { 'If-None-Match': String(whole.headers.etag) } });
      expect(same.status).to.equal(304);
      expect(nginx.warnings()).to.not.include('temporary file');
    });

    it('leave no download token in the log of the proxy', async () => {
      const token = share.split('/')[3]!;
      await asAgent(addressOf('bin/a+b.txt'));
      await asAgent(`${PAGE.getPackageSnapshot}?package=x&token=${token}`);
      expect(nginx.log()).to.include('/Altiris/PackageShare/***/').and.to.include('GetPackageSnapshot.aspx?***');
      expect(nginx.log()).to.not.include(token);
    });
  });
});
