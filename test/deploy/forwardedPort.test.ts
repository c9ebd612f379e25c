import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { PAGE } from '../../wire/paths.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

/** What IIS sends along: the client's address with its port. */
describe('behind a proxy that writes ports behind addresses', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer({ environment: { NS_TRUST_PROXY: '127.0.0.1' } });
  });
  after(() => server.stop());

  /** The access log's c-ip of one request. */
  async function loggedAddress(forwarded: string): Promise<string> {
    const mark = `agent-${randomUUID()}`;
    const headers = { 'X-Forwarded-For': forwarded, 'User-Agent': mark };
    await (await fetch(`${server.http}${PAGE.connectionTest}`, { headers })).text();
    for (;;) {
      const line = accessLog()
        .split('\n')
        .find((candidate) => candidate.includes(mark));
      if (line !== undefined) return line.split(' ')[8]!;
      await pause(50);
    }
  }

  function accessLog(): string {
    const folder = join(server.dataDir, 'logs');
    return readdirSync(folder)
      .map((file) => readFileSync(join(folder, file), 'utf8'))
      .join('');
  }

  for (const [forwarded, address] of [
    ['192.0.2.7:50123', '192.0.2.7'],
    ['192.0.2.7', '192.0.2.7'],
    ['[2001:db8::7]:50123', '2001:db8::7'],
    ['2001:db8::7', '2001:db8::7'],
  ]) {
    it(`${forwarded} is ${address}`, async () => {
      expect(await loggedAddress(forwarded!)).to.equal(address);
    });
  }
});
