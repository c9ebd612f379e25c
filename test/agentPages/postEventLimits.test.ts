/** What PostEvent answers to one computer that sends too much or nothing but rubbish, and to all the others meanwhile. */
import { expect } from 'chai';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Guid } from '../../wire/guid.ts';
import { PAGE } from '../../wire/paths.ts';
import { inventory } from '../events/support.ts';
import { addLegacyAgent, LEGACY_LOOPBACK } from '../support/agents.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

describe('PostEvent under pressure', () => {
  let test: TestServer;
  let noisy: Guid;
  let quiet: Guid;
  before(async () => {
    const environment = { ...LEGACY_LOOPBACK, NS_QUEUE_SENDER_MAX_EVENTS: '2', NS_EVENT_BREAKER: '2' };
    test = await startTestServer({ environment });
    noisy = await addLegacyAgent(test.context, 'NOISY');
    quiet = await addLegacyAgent(test.context, 'QUIET');
  });
  after(() => test.stop());

  const post = (agent: string, body: string, method = 'POST') =>
    fetch(test.http + PAGE.postEvent, {
      method,
      headers: { 'X-SMA-ID': agent, 'Content-Type': 'application/xml' },
      ...(method === 'HEAD' ? {} : { body }),
    });
  const mine = (agent: Guid, name: string): string =>
    inventory(name, { resource: { guid: agent, name, keys: [] }, time: new Date() });
  const drained = async (): Promise<void> => {
    while ((await test.context.queue.state()).depth > 0) await wait(20);
  };
  const name = async (agent: Guid): Promise<string | undefined> => {
    const rows = test.context.cmdb.db.selectFrom('Computer').select('Name').where('ResourceGuid', '=', agent);
    return (await rows.executeTakeFirst())?.Name;
  };

  it('tells the computer that fills its budget to wait, at a time of its own, and takes what others send', async () => {
    // A writer that holds the CMDB keeps events from being processed.
    const cmdb = test.context.cmdb as unknown as { writer: { exec(sql: string): void } };
    cmdb.writer.exec('BEGIN IMMEDIATE');
    try {
      expect((await post(noisy, mine(noisy, 'ONE'))).status).to.equal(200);
      expect((await post(noisy, mine(noisy, 'TWO'))).status).to.equal(200);
      const refused = await post(noisy, mine(noisy, 'THREE'));
      expect(refused.status).to.equal(503);
      expect(await refused.text())
        .to.contain('code="senderFull"')
        .and.contain('Queue was full for this computer.');
      expect((await post(quiet, mine(quiet, 'STILL QUIET'))).status).to.equal(200);
      expect((await post(quiet, '', 'HEAD')).status).to.equal(200);
      const times = [refused.headers.get('retry-after')];
      for (const spelling of [noisy, `{${noisy}}`, noisy.toUpperCase()])
        times.push((await post(spelling, mine(noisy, 'AGAIN'))).headers.get('retry-after'));
      expect(new Set(times).size, times.join()).to.equal(1);
      expect(Number(times[0])).to.be.within(300, 600);
    } finally {
      cmdb.writer.exec('ROLLBACK');
    }
    await drained();
    expect([await name(noisy), await name(quiet)]).to.deep.equal(['TWO', 'STILL QUIET']);
    expect((await post(noisy, mine(noisy, 'LATER'))).status).to.equal(200);
    await drained();
  });

  it('tells a computer whose events are all bad to keep them, without reading what it sends', async () => {
    for (let index = 0; index < 2; index++) expect((await post(noisy, '<note/>')).status).to.equal(200);
    await drained();
    const before = await test.context.queue.state();
    expect(before.breakers.map(({ sender }) => sender)).to.deep.equal([noisy]);
    for (const body of ['<note/>', `<a>${'x'.repeat(600_000)}</a>`]) {
      const refused = await post(noisy, body);
      expect(refused.status).to.equal(503);
      expect(await refused.text()).to.contain('Events of this computer are refused for a while.');
      expect(Number(refused.headers.get('retry-after'))).to.be.within(1, 120);
    }
    const after = await test.context.queue.state();
    expect([after.accepted, after.bad, after.rejectedHeld]).to.deep.equal([before.accepted, 2, 2]);
    expect(existsSync(join(test.dataDir, 'spool')) ? readdirSync(join(test.dataDir, 'spool')) : []).to.deep.equal([]);
    expect((await post(quiet, mine(quiet, 'UNTROUBLED'))).status).to.equal(200);

    await test.context.queue.closeBreaker(noisy);
    expect((await post(noisy, mine(noisy, 'GOOD'))).status).to.equal(200);
    await drained();
    expect(await name(noisy)).to.equal('GOOD');
    expect((await test.context.queue.state()).breakers).to.deep.equal([]);
  });

  it('takes an event file from the inbox of the data folder as if the computer had sent it', async () => {
    const folder = join(test.dataDir, 'EventQueue', 'EvtInbox');
    while (!existsSync(folder)) await wait(50);
    writeFileSync(join(folder, 'quiet.nse'), mine(quiet, 'BY-FILE'));
    while ((await name(quiet)) !== 'BY-FILE') await wait(50);
    expect(readdirSync(folder)).to.deep.equal([]);
  });
});
