/** What the queue's thread takes and refuses where several nodes share the queue, a table of the CMDB. */
import { expect } from 'chai';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { CmdbQueueStore } from '../../models/events/cmdbQueueStore.ts';
import { packEvents } from '../../models/events/packing.ts';
import { queueLimits } from '../../models/events/queueLimits.ts';
import type { FromQueue, Report } from '../../models/events/queueMessages.ts';
import { QueueServer } from '../../models/events/queueServer.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { forEachEngine } from '../support/cmdb.ts';

const [ANNA, BERT] = [newGuid(), newGuid()];

describe('the thread of a shared queue', () => {
  forEachEngine((_engine, open) => {
    const limits = queueLimits({ maxEvents: 1000, maxBytes: 1e9, sender: { maxEvents: 4, maxBytes: 1e6 } });
    let cmdb: AnyCmdb;
    let spool: string;
    const nodes: QueueServer[] = [];
    before(async () => {
      cmdb = await open();
      spool = mkdtempSync(join(tmpdir(), 'ns-spool-'));
      mkdirSync(spool, { recursive: true });
    });
    after(async () => {
      // The stores share one CMDB: the first to stop closes it.
      for (const node of nodes.slice(0, 1)) await node.handle({ op: 'stop' });
      rmSync(spool, { recursive: true });
    });

    function openNode() {
      const said: FromQueue[] = [];
      const store = new CmdbQueueStore(cmdb, spool, Date.now, limits.sender);
      const node = new QueueServer(store, { spool, limits, now: Date.now }, (message) => said.push(message));
      nodes.push(node);
      return {
        node,
        store,
        /** What each event of the batch was answered. */
        send: async (...senders: Guid[]): Promise<string[]> => {
          const body = Buffer.from('<note/>');
          const events = senders.map((sender) => ({ body, sender, proven: true, priority: 0, receivedAt: Date.now() }));
          await node.handle({ op: 'batch', packed: packEvents(events) });
          const { refused } = said.at(-1) as Extract<Report, { op: 'batchDone' }>;
          const codes = new Map(refused.map(([index, refusal]) => [index, refusal.code]));
          return senders.map((_, index) => codes.get(index) ?? 'accepted');
        },
        call: async (method: 'acceptFile' | 'state', ...args: unknown[]): Promise<unknown> => {
          await node.handle({ op: 'call', id: 1, method, args });
          return (said.at(-1) as Extract<Report, { op: 'called' }>).result;
        },
      };
    }

    it('refuses a computer that fills its budget, in one batch or in several, on whatever node', async () => {
      const one = openNode();
      expect(await one.send(ANNA, ANNA, BERT)).to.deep.equal(['accepted', 'accepted', 'accepted']);
      const other = openNode();
      await other.store.totals();
      expect(await other.send(ANNA, ANNA, ANNA, BERT)).to.deep.equal([
        'accepted',
        'accepted',
        'senderFull',
        'accepted',
      ]);
      await one.store.totals();
      expect(await one.send(ANNA, BERT)).to.deep.equal(['senderFull', 'accepted']);
      const { classes } = (await one.call('state')) as {
        classes: { name: string; depth: number; maxEvents: number }[];
      };
      expect(classes.find(({ name }) => name === 'fast')).to.include({ depth: 7, maxEvents: 800 });
    });

    it('keeps no file of an event that it refuses', async () => {
      const file = `${newGuid()}.xml`;
      writeFileSync(join(spool, file), `<note>${'x'.repeat(1000)}</note>`);
      const node = openNode();
      await node.store.totals();
      const event = { file, size: 1013, sender: ANNA, proven: true, priority: 0, receivedAt: Date.now() };
      expect(await node.call('acceptFile', event)).to.include({ code: 'senderFull' });
      expect(readdirSync(spool)).to.deep.equal([]);
    });
  });
});
