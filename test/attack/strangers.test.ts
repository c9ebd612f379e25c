/** Requests of machines that have shown nothing. */
import { expect } from 'chai';
import { request as httpRequest } from 'node:http';
import { addLegacyAgent } from '../support/agents.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const INFO = '/Altiris/NS/Agent/GetPackageInfo.aspx';

describe('a stranger', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer({
      environment: { NS_LEGACY_AGENTS: '10.9.0.0/16', NS_TRUST_PROXY: '127.0.0.1' },
    });
  });
  after(() => server.stop());

  it('is refused an event before a byte of it is kept', async () => {
    const { hostname, port } = new URL(server.http);
    const path = '/Altiris/NS/Agent/PostEvent.aspx';
    const headers = { 'Content-Length': 400_000 };
    // The rest of the body never comes: who waits for it answers never.
    const status = await new Promise((resolve, reject) => {
      const request = httpRequest({ hostname, port, path, method: 'POST', headers }, (response) => {
        resolve(response.statusCode);
        request.destroy();
      });
      request.on('error', reject);
      request.write('<message>');
    });
    expect(status).to.equal(401);
    expect(await server.context.queue.state()).to.include({ depth: 0, accepted: 0 });
  });

  it('cannot borrow the address of a legacy range through a proxy', async () => {
    const agent = await addLegacyAgent(server.context);
    const xml = `<request resource="${agent}"><packages><package guid="${agent}"/></packages></request>`;
    const ask = async (forwarded: string) => {
      const headers = { 'X-SMA-ID': agent, 'X-Forwarded-For': forwarded };
      return (await fetch(`${server.http}${INFO}?xml=${encodeURIComponent(xml)}`, { headers })).status;
    };
    expect(await ask('10.9.0.1')).to.equal(200);
    for (const lie of [
      '10.9.0.1, 203.0.113.9',
      '127.0.0.1, 203.0.113.9',
      '10.9.0.1, junk',
      `10.9.0.1, ${'9'.repeat(500)}`,
    ])
      expect(await ask(lie), lie.slice(0, 40)).to.equal(401);
  });
});
