/** Several threads that apply events: nothing twice, nothing out of order. */
import { expect } from 'chai';
import { setTimeout as wait } from 'node:timers/promises';
import type { Guid } from '../../wire/guid.ts';
import { addLegacyAgent, LEGACY_LOOPBACK } from '../support/agents.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { inventory, rowsOf } from './support.ts';

const COMPUTERS = 12;
const EVENTS = 15;

describe('three threads that apply events', () => {
  let test: TestServer;
  before(async () => {
    test = await startTestServer({ environment: { ...LEGACY_LOOPBACK, NS_EVENT_WORKERS: '3' } });
  });
  after(() => test.stop());

  it('leave each computer with the last that it sent, every event applied once', async () => {
    const { queue, cmdb, clock } = test.context;
    const computers: Guid[] = [];
    for (let index = 0; index < COMPUTERS; index++) computers.push(await addLegacyAgent(test.context, `PC-${index}`));
    const started = clock.now() - 60_000;
    for (let number = 0; number < EVENTS; number++) {
      await Promise.all(
        computers.map((guid, index) => {
          const name = `PC-${index}-${number}`;
          const event = inventory(name, { resource: { guid, name, keys: [] }, time: new Date(started + number) });
          return queue.accept({
            body: Buffer.from(event),
            sender: guid,
            proven: true,
            priority: 0,
            receivedAt: clock.now(),
          });
        }),
      );
    }
    while ((await queue.state()).depth > 0) await wait(20);
    expect((await queue.state()).bad).to.equal(0);
    expect(await rowsOf(cmdb, 'AppliedEvent')).to.have.length(COMPUTERS * EVENTS);
    const names = (await rowsOf(cmdb, 'Inv_AeX_AC_Identification')).map((row) => row.Name);
    expect(names.sort()).to.deep.equal(computers.map((_, index) => `PC-${index}-${EVENTS - 1}`).sort());
  });
});
