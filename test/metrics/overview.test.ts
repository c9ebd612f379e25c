import { expect } from 'chai';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { deliveriesByDay, readTotals } from '../../models/metrics/overview.ts';
import { TestClock } from '../security/support.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { addComputer, addDelivery } from './support.ts';

describe('figures of the home page', () => {
  forEachEngine((_engine, open) => {
    let cmdb: AnyCmdb;
    beforeEach(async () => (cmdb = await open()));
    afterEach(() => cmdb.close());

    it('count computers, packages and delivery policies', async () => {
      await addComputer(cmdb, 'ONE');
      await addComputer(cmdb, 'TWO');
      expect(await readTotals(cmdb)).to.deep.equal({ computers: 2, packages: 0, policies: 0, policiesOn: 0 });
    });

    it('tell deliveries by UTC day and result, no day left out, nothing older, nothing unfinished', async () => {
      const results = [
        ['succeeded', '2026-11-21T00:00:00.000Z'],
        ['succeeded', '2026-11-21T11:59:59.999Z'],
        ['failed', '2026-11-21T08:00:00.000Z'],
        ['download_failed', '2026-11-19T23:59:59.999Z'],
        ['running', '2026-11-21T08:00:00.000Z'],
        ['succeeded', '2026-11-18T23:59:59.999Z'],
      ] as const;
      for (const [status, at] of results)
        await addDelivery(cmdb, await addComputer(cmdb, `PC ${at} ${status}`), status, at);
      expect(await deliveriesByDay(cmdb, new TestClock(), 3)).to.deep.equal([
        { day: '2026-11-19', succeeded: 0, failed: 1 },
        { day: '2026-11-20', succeeded: 0, failed: 0 },
        { day: '2026-11-21', succeeded: 2, failed: 1 },
      ]);
    });
  });
});
