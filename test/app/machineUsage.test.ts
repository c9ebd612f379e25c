import { expect } from 'chai';
import { pino } from 'pino';
import { computeIfDue } from '../../app/services/machineUsage.ts';
import { takeLease } from '../../models/retention/lease.ts';
import { readSetting } from '../../models/settings/settingStore.ts';
import { fixedClock } from '../events/support.ts';
import { forEachEngine } from '../support/cmdb.ts';

const go = () => false;

describe('the nightly machine usage', () => {
  forEachEngine((_engine, open) => {
    it('is computed once a night, by one node, and anew when it was cut off', async function () {
      this.timeout(30_000);
      const cmdb = await open();
      const clock = fixedClock('2031-02-03T12:00:00.000Z');
      const deps = { cmdb, clock, log: pino({ level: 'silent' }) };
      try {
        expect(await computeIfDue(deps, 'one', () => true)).to.equal(false);
        let asked = 0;
        expect(await computeIfDue(deps, 'one', () => ++asked > 1)).to.equal(false);
        expect(await readSetting(cmdb, 'machineUsage.lastRunAt')).to.equal(undefined);

        await takeLease(cmdb, clock, 'machineUsage', 'another', 60_000);
        expect(await computeIfDue(deps, 'one', go)).to.equal(false);
        clock.at += 61_000;
        expect(await computeIfDue(deps, 'one', go)).to.equal(true);
        expect(await readSetting(cmdb, 'machineUsage.lastRunAt')).to.equal('2031-02-03T12:01:01.000Z');
        expect(await computeIfDue(deps, 'two', go)).to.equal(false);
        clock.at += 24 * 3_600_000;
        expect(await computeIfDue(deps, 'two', go)).to.equal(true);
      } finally {
        await cmdb.close();
      }
    });
  });
});
