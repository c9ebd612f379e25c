import { expect } from 'chai';
import { isDue, type DueAnswer } from '../../agent/programs/due.ts';
import type { DeliveryRecord } from '../../agent/programs/journal.ts';
import { guid } from '../../wire/guid.ts';
import { readSchedule } from '../../wire/schedule.ts';
import type { SoftwareAdvertisement } from '../../wire/softwareDelivery.ts';

const DAILY = '<Schedule><Trigger Type="1"><BeginDate>2026-01-01 21:00:00</BeginDate></Trigger></Schedule>';
const ONCE = '<Schedule><Trigger Type="0"><BeginDate>2026-01-10 21:00:00</BeginDate></Trigger></Schedule>';
const STARTUP = '<Schedule><Trigger Type="6"><BeginDate>2026-01-01 00:00:00</BeginDate></Trigger></Schedule>';

// Local times of the computer that runs the test, as schedules have them.
const at = (day: number, hour: number, minute = 0): Date => new Date(2026, 0, day, hour, minute);

function advertisement(schedule: string, more: Partial<SoftwareAdvertisement> = {}): SoftwareAdvertisement {
  return {
    guid: guid('a1b2c3d4-1111-4222-8333-444455556666'),
    name: 'rollout',
    programGuid: guid('a1b2c3d4-1111-4222-8333-444455556667'),
    enabled: true,
    runAsSoonAsPossible: false,
    onlyAtScheduledTime: false,
    notifyUser: false,
    warnBeforeRunning: false,
    runFromServer: false,
    multicast: false,
    schedule: readSchedule(schedule),
    ...more,
  };
}

describe('whether a program is due', () => {
  const seen = (day: number, hour: number): DeliveryRecord => ({ seenVersion: 1, seenAt: at(day, hour).getTime() });
  const ran = (when: Date, version = 1): DeliveryRecord => ({ lastStartAt: when.getTime(), lastStartVersion: version });

  function ask(
    schedule: string,
    record: DeliveryRecord,
    now: Date,
    more: Partial<SoftwareAdvertisement> & { version?: number; bootAt?: Date } = {},
  ): DueAnswer {
    const { version = 1, bootAt = at(1, 0), ...rest } = more;
    return isDue({ advertisement: advertisement(schedule, rest), record, version, now, bootAt });
  }

  it('as soon as possible: once a version', () => {
    const asap = { runAsSoonAsPossible: true };
    expect(ask('<Schedule/>', {}, at(2, 9), asap)).to.deep.include({ due: true, occasion: 'asap' });
    expect(ask('<Schedule/>', { asapVersion: 1 }, at(2, 9), asap).due).to.equal(false);
    expect(ask('<Schedule/>', { asapVersion: 1 }, at(2, 9), { ...asap, version: 2 }).due).to.equal(true);
  });

  it('not before its time, which it tells', () => {
    expect(ask(DAILY, seen(2, 9), at(2, 20, 59))).to.deep.equal({ due: false, skip: false, next: at(2, 21) });
  });

  it('at its time', () => {
    expect(ask(DAILY, seen(2, 9), at(2, 21))).to.deep.equal({ due: true, occasion: 'scheduled', at: at(2, 21) });
  });

  it('once each time', () => {
    const record = { ...seen(2, 9), ...ran(at(2, 21)) };
    expect(ask(DAILY, record, at(2, 21, 1))).to.deep.equal({ due: false, skip: false, next: at(3, 21) });
    expect(ask(DAILY, record, at(3, 21)).due).to.equal(true);
  });

  it('a day late when the computer was off, and once for all the times it missed', () => {
    expect(ask(DAILY, seen(2, 9), at(5, 8))).to.deep.include({ due: true });
    expect(ask(DAILY, { ...seen(2, 9), ...ran(at(5, 8)) }, at(5, 8, 1))).to.deep.equal({
      due: false,
      skip: false,
      next: at(5, 21),
    });
  });

  it('never late when the policy says so', () => {
    const strict = { onlyAtScheduledTime: true };
    expect(ask(DAILY, seen(2, 9), at(5, 8), strict)).to.deep.equal({ due: false, skip: true, at: at(2, 21) });
    expect(ask(DAILY, seen(2, 9), at(2, 21, 5), strict).due).to.equal(true);
    expect(ask(ONCE, seen(2, 9), at(11, 8), strict)).to.deep.equal({ due: false, skip: true, at: at(10, 21) });
    expect(ask(ONCE, { ...seen(2, 9), ...ran(at(11, 8)) }, at(11, 9), strict)).to.deep.equal({
      due: false,
      skip: false,
      next: undefined,
    });
  });

  it('not for a daily time that was over before the policy or the version came', () => {
    expect(ask(DAILY, seen(3, 9), at(3, 10))).to.deep.equal({ due: false, skip: false, next: at(3, 21) });
    const newVersion: DeliveryRecord = { seenVersion: 2, seenAt: at(3, 9).getTime(), ...ran(at(2, 21)) };
    expect(ask(DAILY, newVersion, at(3, 10), { version: 2 })).to.deep.equal({
      due: false,
      skip: false,
      next: at(3, 21),
    });
  });

  it('for a single time that was over before the policy came: once a version', () => {
    expect(ask(ONCE, seen(12, 9), at(12, 9)).due).to.equal(true);
    expect(ask(ONCE, { ...seen(12, 9), ...ran(at(12, 9)) }, at(12, 10)).due).to.equal(false);
    expect(ask(ONCE, { ...seen(13, 9), ...ran(at(12, 9)) }, at(13, 10), { version: 2 }).due).to.equal(true);
  });

  it('at the next start of the computer, and once each', () => {
    expect(ask(STARTUP, seen(2, 9), at(2, 10), { bootAt: at(1, 8) }).due).to.equal(false);
    expect(ask(STARTUP, seen(2, 9), at(3, 8, 5), { bootAt: at(3, 8) })).to.deep.include({
      due: true,
      occasion: 'startup',
    });
    const answered = { ...seen(2, 9), bootAt: at(3, 8).getTime() + 1500 };
    expect(ask(STARTUP, answered, at(3, 9), { bootAt: at(3, 8) }).due).to.equal(false);
  });

  it('again tomorrow, though the clock was a year ahead when it last ran', () => {
    const record = { ...seen(2, 9), ...ran(new Date(2027, 0, 2, 21)) };
    expect(ask(DAILY, record, at(3, 10))).to.deep.equal({ due: false, skip: false, next: at(3, 21) });
  });
});
