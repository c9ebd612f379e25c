/** A stop cuts no request and loses no event. */
import { expect } from 'chai';
import { request } from 'node:http';
import { connect } from 'node:net';
import { openSqlite } from '../../models/cmdb/sqlite.ts';
import { join } from 'node:path';
import { addLegacyAgent, LEGACY_LOOPBACK } from '../support/agents.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

describe('stopping the server', () => {
  let test: TestServer;
  beforeEach(async () => (test = await startTestServer({ environment: LEGACY_LOOPBACK })));
  afterEach(() => test.stop());

  it('answers a request that is half sent when the stop comes, and takes no new one', async () => {
    const agent = await addLegacyAgent(test.context);
    const { hostname, port } = new URL(test.http);
    const body = `<request><resources><resource host="true" guid="{${agent}}"/></resources></request>`;
    const answer = new Promise<number>((resolve, reject) => {
      const sent = request(
        {
          hostname,
          port,
          method: 'POST',
          path: '/Altiris/NS/Agent/GetClientPolicies.aspx',
          headers: { 'x-sma-id': agent, 'content-length': Buffer.byteLength(body) },
        },
        (response) => response.resume().on('end', () => resolve(response.statusCode!)),
      );
      sent.on('error', reject);
      sent.write(body.slice(0, 20));
      setTimeout(() => sent.end(body.slice(20)), 300);
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    const stopped = test.server.stop();
    const refused = await fetch(`${test.http}/healthz`).then(
      () => false,
      () => true,
    );
    expect(refused).to.equal(true);
    expect(await answer).to.equal(200);
    await stopped;
  });

  it('does not wait for connections that never asked anything', async () => {
    const { hostname, port } = new URL(test.http);
    const idle = connect(Number(port), hostname);
    await new Promise((resolve) => idle.once('connect', resolve));
    const closed = new Promise((resolve) => idle.once('close', resolve));
    await test.server.stop();
    await closed;
  });

  it('writes down what was counted and who was heard of last', async () => {
    const agent = await addLegacyAgent(test.context);
    await fetch(`${test.http}/Altiris/NS/Agent/GetClientPolicies.aspx?WrkstaGuid=${agent}`);
    await test.server.stop();
    const cmdb = openSqlite(join(test.dataDir, 'cmdb.sqlite'));
    const contact = await cmdb.db
      .selectFrom('ComputerContact')
      .select('LastPolicyAt')
      .where('ResourceGuid', '=', agent)
      .executeTakeFirst();
    const counter = await cmdb.db
      .selectFrom('MinuteCounter')
      .select('Total')
      .where('Name', '=', 'checkIns')
      .executeTakeFirst();
    await cmdb.close();
    expect(contact?.LastPolicyAt).to.be.a('string');
    expect(counter?.Total).to.equal(1);
  });
});
