/** The CMDB does not take writes for a while: agents keep their data and are told to come again; nothing is lost. */
import { expect } from 'chai';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { PAGE } from '../../wire/paths.ts';
import { nseClass, writeNse } from '../../wire/nse.ts';
import { CAPTURE_ITEM } from '../../wire/wellKnown.ts';
import { addLegacyAgent, LEGACY_LOOPBACK, rowCounts } from '../support/agents.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

describe('a CMDB that takes no writes', function () {
  this.timeout(120_000);
  let test: TestServer;
  let agent: Guid;
  let holder: DatabaseSync;

  before(async () => {
    test = await startTestServer({ environment: LEGACY_LOOPBACK });
    agent = await addLegacyAgent(test.context);
    holder = new DatabaseSync(join(test.dataDir, 'cmdb.sqlite'));
    holder.exec('BEGIN EXCLUSIVE');
  });
  after(async () => {
    holder.close();
    await test.stop();
  });

  const register = (name: string) =>
    fetch(test.http + PAGE.createResource, {
      method: 'POST',
      headers: { 'content-type': 'application/xml' },
      body: `<resource name="${name}"><key name="fqdn" value="${name}.example.test"/><regRequest guid="{${newGuid()}}" state="new"/></resource>`,
    });
  const inventory = () =>
    writeNse({
      to: CAPTURE_ITEM.basicInventory,
      priority: 0,
      msgId: newGuid(),
      time: new Date(),
      biasMinutes: 0,
      resource: { guid: agent, name: 'WKS-042', keys: [] },
      classes: [nseClass('identification', [{ name: 'WKS-042', domain: 'EXAMPLE', osName: 'Example OS 11' }])],
    });

  it('lets computers go on that need nothing written', async () => {
    const response = await fetch(`${test.http}${PAGE.getClientPolicies}?WrkstaGuid=${agent}`);
    expect(response.status).to.equal(200);
    expect((await fetch(`${test.http}/healthz`)).status).to.equal(200);
  });

  it('takes events all the same: they wait on disk', async () => {
    const response = await fetch(test.http + PAGE.postEvent, {
      method: 'POST',
      headers: { 'x-sma-id': agent },
      body: inventory(),
    });
    expect(response.status).to.equal(200);
    expect((await rowCounts(test.context, ['Inv_AeX_AC_Identification'])).Inv_AeX_AC_Identification).to.equal(0);
  });

  it('answers 503 with Retry-After to what must be written, and writes nothing', async () => {
    const response = await register('WKS-043');
    expect(response.status).to.equal(503);
    expect(Number(response.headers.get('retry-after'))).to.be.within(60, 120);
    expect(await response.text()).to.match(/^<error code="unavailable"/);
    expect((await rowCounts(test.context, ['AgentRegistration'])).AgentRegistration).to.equal(1);
  });

  it('recovers by itself: registrations are taken, the event is applied once', async () => {
    holder.exec('ROLLBACK');
    expect((await register('WKS-043')).status).to.equal(200);
    for (let attempt = 0; attempt < 200; attempt++) {
      if ((await test.context.queue.state()).depth === 0) break;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    expect(
      await rowCounts(test.context, ['AgentRegistration', 'Inv_AeX_AC_Identification', 'AppliedEvent']),
    ).to.deep.equal({
      AgentRegistration: 2,
      Inv_AeX_AC_Identification: 1,
      AppliedEvent: 1,
    });
  });
});
