import { expect } from 'chai';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import {
  describeSchedule,
  firesOn,
  isLocalTime,
  nextRun,
  readSchedule,
  ScheduleError,
  writeSchedule,
  type Schedule,
  type Trigger,
} from '../../wire/schedule.ts';
import { localText } from '../../wire/scheduleTimes.ts';

const common = { durationMinutes: 0, intervalMinutes: 0, killAtEnd: false, disabled: false };
const daily: Trigger = { ...common, type: 'daily', begin: '2030-01-01 21:00:00', daysInterval: 1 };

const at = (local: string): Date => new Date(local.replace(' ', 'T'));
const next = (trigger: Trigger, after: string, lastRun?: string): string | undefined => {
  const found = nextRun({ triggers: [trigger] }, at(after), lastRun === undefined ? undefined : at(lastRun));
  return found === undefined ? undefined : localText(found.getTime());
};

/** Runs with the wall clock of a zone. */
function inZone(zone: string, work: () => void): void {
  const before = process.env.TZ;
  process.env.TZ = zone;
  try {
    work();
  } finally {
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
  }
}

const localTimes = fc
  .record({ day: fc.integer({ min: 0, max: 40_000 }), second: fc.integer({ min: 0, max: 86_399 }) })
  .map(({ day, second }) => new Date(day * 86_400_000 + second * 1000).toISOString().slice(0, 19).replace('T', ' '));
const subset = (from: number, to: number) =>
  fc
    .uniqueArray(fc.integer({ min: from, max: to }), { minLength: 1, maxLength: to - from + 1 })
    .map((some) => some.sort((a, b) => a - b));
const commons = fc.record({
  begin: localTimes,
  durationMinutes: fc.integer({ min: 0, max: 3000 }),
  intervalMinutes: fc.integer({ min: 0, max: 600 }),
  killAtEnd: fc.boolean(),
  disabled: fc.boolean(),
});
const details = fc.oneof(
  fc.constantFrom({ type: 'once' as const }, { type: 'startup' as const }, { type: 'logon' as const }),
  fc.record({ type: fc.constant('daily' as const), daysInterval: fc.integer({ min: 1, max: 60 }) }),
  fc.record({
    type: fc.constant('weekly' as const),
    weeksInterval: fc.integer({ min: 1, max: 8 }),
    daysOfWeek: subset(0, 6),
  }),
  fc.record({ type: fc.constant('monthly' as const), days: subset(1, 31), months: subset(1, 12) }),
);
const triggers: fc.Arbitrary<Trigger> = fc
  .tuple(commons, details, fc.option(localTimes, { nil: undefined }))
  .map(([base, detail, end]) => ({ ...base, ...(end === undefined ? {} : { end }), ...detail }) as Trigger);

describe('schedules', () => {
  it('survive being written and read, under each root', () => {
    fc.assert(
      fc.property(
        fc.array(triggers, { maxLength: 3 }),
        fc.constantFrom('schedule' as const, 'Schedule' as const),
        (list, root) => {
          const schedule: Schedule = { triggers: list };
          expect(readSchedule(writeSchedule(schedule, root))).to.deep.equal(schedule);
        },
      ),
    );
  });

  it('read the sample of the management API', () => {
    const text = readFileSync(new URL('../fixtures/protocol/11-schedule-trigger.xml', import.meta.url), 'utf8');
    expect(readSchedule(text).triggers).to.deep.equal([{ ...daily, begin: '2030-01-01 09:00:00' }]);
  });

  it('read a bare Trigger', () => {
    const text = '<Trigger Type="6"><BeginDate>2030-01-01</BeginDate></Trigger>';
    expect(readSchedule(text).triggers).to.deep.equal([{ ...common, type: 'startup', begin: '2030-01-01 00:00:00' }]);
  });

  it('take what a weekly or monthly trigger leaves out from its first day', () => {
    // 2030-01-01 is a Tuesday.
    const weekly = readSchedule(
      '<schedule><Trigger Type="2"><BeginDate>2030-01-01 08:00:00</BeginDate></Trigger></schedule>',
    );
    expect(weekly.triggers[0])
      .to.include({ type: 'weekly', weeksInterval: 1 })
      .and.deep.include({ daysOfWeek: [2] });
    const monthly = readSchedule(
      '<schedule><Trigger Type="3"><BeginDate>2030-01-31 08:00:00</BeginDate></Trigger></schedule>',
    );
    expect(monthly.triggers[0]).to.deep.include({ days: [31], months: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] });
  });

  it('refuse what they cannot follow', () => {
    const refused = [
      '<policy/>',
      '<Trigger/>',
      '<Trigger Type="5"><BeginDate>2030-01-01 08:00:00</BeginDate></Trigger>',
      '<Trigger Type="1"/>',
      '<Trigger Type="1"><BeginDate>2030-02-30 08:00:00</BeginDate></Trigger>',
      '<Trigger Type="1"><BeginDate>2030-02-03 25:00:00</BeginDate></Trigger>',
      '<Trigger Type="1"><BeginDate>2030-02-03 08:00:00</BeginDate><DaysInterval>0</DaysInterval></Trigger>',
      '<Trigger Type="1" Interval="-5"><BeginDate>2030-02-03 08:00:00</BeginDate></Trigger>',
      '<Trigger Type="2"><BeginDate>2030-02-03 08:00:00</BeginDate><DaysOfTheWeek>many</DaysOfTheWeek></Trigger>',
    ];
    for (const text of refused) expect(() => readSchedule(text), text).to.throw(ScheduleError);
  });

  it('know a time from a text that only looks like one', () => {
    expect(isLocalTime('2028-02-29 23:59:59')).to.equal(true);
    for (const text of [
      '2030-02-29 00:00:00',
      '2030-13-01 00:00:00',
      '2030-01-01T00:00:00',
      '2030-01-01 24:00:00',
      '',
    ]) {
      expect(isLocalTime(text), text).to.equal(false);
    }
  });
});

describe('the next run of a schedule', () => {
  it('of a daily one is today before its time and tomorrow after it', () => {
    expect(next(daily, '2031-05-05 20:59:59')).to.equal('2031-05-05 21:00:00');
    expect(next(daily, '2031-05-05 21:00:00')).to.equal('2031-05-06 21:00:00');
    expect(next(daily, '2029-05-05 21:00:00')).to.equal('2030-01-01 21:00:00');
  });

  it('counts intervals from the first day', () => {
    expect(next({ ...daily, type: 'daily', daysInterval: 3 }, '2030-01-02 00:00:00')).to.equal('2030-01-04 21:00:00');
    const weekly: Trigger = {
      ...common,
      type: 'weekly',
      begin: '2030-01-01 08:00:00',
      weeksInterval: 2,
      daysOfWeek: [0, 2],
    };
    // Weeks begin on Sunday: the Sunday after the first Tuesday belongs to the week that is left out.
    expect(next(weekly, '2030-01-01 08:00:00')).to.equal('2030-01-13 08:00:00');
    expect(next(weekly, '2030-01-13 08:00:00')).to.equal('2030-01-15 08:00:00');
  });

  it('passes over months without the day', () => {
    const monthly: Trigger = {
      ...common,
      type: 'monthly',
      begin: '2030-01-01 06:00:00',
      days: [31],
      months: [1, 2, 3, 4],
    };
    expect(next(monthly, '2030-01-31 06:00:00')).to.equal('2030-03-31 06:00:00');
    expect(next({ ...monthly, days: [30], months: [2] }, '2030-01-01 00:00:00')).to.equal(undefined);
    expect(next({ ...monthly, days: [29], months: [2], begin: '2097-01-01 06:00:00' }, '2097-01-01 00:00:00')).to.equal(
      '2104-02-29 06:00:00',
    );
  });

  it('of one that happens once stays due until it has run', () => {
    const once: Trigger = { ...common, type: 'once', begin: '2030-01-01 21:00:00' };
    expect(next(once, '2030-06-01 00:00:00')).to.equal('2030-01-01 21:00:00');
    expect(next(once, '2030-06-01 00:00:00', '2029-12-31 00:00:00')).to.equal('2030-01-01 21:00:00');
    expect(next(once, '2030-06-01 00:00:00', '2030-01-01 21:00:00')).to.equal(undefined);
  });

  it('repeats within the duration', () => {
    const repeated = { ...daily, durationMinutes: 60, intervalMinutes: 20 };
    expect(next(repeated, '2030-01-05 21:00:00')).to.equal('2030-01-05 21:20:00');
    expect(next(repeated, '2030-01-05 21:40:00')).to.equal('2030-01-06 21:00:00');
    const pastMidnight = { ...daily, durationMinutes: 300, intervalMinutes: 60 };
    expect(next(pastMidnight, '2030-01-06 00:30:00')).to.equal('2030-01-06 01:00:00');
  });

  it('ends with the schedule, and there is none while it is switched off', () => {
    const ending = { ...daily, end: '2030-01-03 21:00:00' };
    expect(next(ending, '2030-01-02 22:00:00')).to.equal('2030-01-03 21:00:00');
    expect(next(ending, '2030-01-03 21:00:00')).to.equal(undefined);
    expect(next({ ...daily, disabled: true }, '2030-01-02 22:00:00')).to.equal(undefined);
  });

  it('is the earliest of several triggers', () => {
    const morning = { ...daily, begin: '2030-01-01 06:00:00' };
    const found = nextRun({ triggers: [daily, morning] }, at('2030-02-01 12:00:00'));
    expect(localText(found!.getTime())).to.equal('2030-02-01 21:00:00');
    expect(nextRun({ triggers: [] }, at('2030-02-01 12:00:00'))).to.equal(undefined);
  });

  it('keeps the wall clock when summer time begins and ends', () => {
    inZone('Europe/Berlin', () => {
      expect(next(daily, '2030-03-30 22:00:00')).to.equal('2030-03-31 21:00:00');
      expect(next(daily, '2030-10-26 22:00:00')).to.equal('2030-10-27 21:00:00');
      const atNight = { ...daily, begin: '2030-01-01 02:30:00' };
      // On this day 02:30 does not exist: the clock jumps from 02:00 to 03:00.
      expect(next(atNight, '2030-03-30 12:00:00')).to.equal('2030-03-31 03:30:00');
      expect(next(atNight, '2030-03-31 12:00:00')).to.equal('2030-04-01 02:30:00');
    });
  });

  it('lies after the given instant, on a day of the rule, with no such day before it', () => {
    inZone('UTC', () => {
      const recurring = triggers.filter(
        ({ type, disabled }) => !disabled && (type === 'daily' || type === 'weekly' || type === 'monthly'),
      );
      fc.assert(
        fc.property(recurring, localTimes, (trigger, after) => {
          const plain = { ...trigger, durationMinutes: 0, intervalMinutes: 0, end: undefined };
          const found = nextRun({ triggers: [plain] }, at(after))?.getTime();
          expect(found).to.equal(bruteForce(plain, at(after).getTime()));
        }),
        { numRuns: 200 },
      );
    });
  });

  it('with repetitions is never later than without', () => {
    fc.assert(
      fc.property(
        triggers.filter(({ type }) => type === 'daily' || type === 'weekly'),
        localTimes,
        (trigger, after) => {
          const repeated = nextRun({ triggers: [trigger] }, at(after))?.getTime();
          const plain = nextRun({ triggers: [{ ...trigger, durationMinutes: 0 }] }, at(after))?.getTime();
          if (plain !== undefined) expect(repeated).to.be.at.most(plain);
          if (repeated !== undefined) expect(repeated).to.be.greaterThan(at(after).getTime());
        },
      ),
    );
  });

  it('is left to start-up and logon for triggers of that type', () => {
    const startup: Trigger = { ...common, type: 'startup', begin: '2030-01-01 00:00:00', end: '2031-01-01 00:00:00' };
    const schedule = { triggers: [startup] };
    expect(nextRun(schedule, at('2030-06-01 00:00:00'))).to.equal(undefined);
    expect(firesOn(schedule, 'startup', at('2030-06-01 00:00:00'))).to.equal(true);
    expect(firesOn(schedule, 'logon', at('2030-06-01 00:00:00'))).to.equal(false);
    expect(firesOn(schedule, 'startup', at('2029-06-01 00:00:00'))).to.equal(false);
    expect(firesOn(schedule, 'startup', at('2031-06-01 00:00:00'))).to.equal(false);
  });
});

/** Day after day in UTC, with the rule spelled out a second time. */
function bruteForce(trigger: Trigger, after: number): number | undefined {
  const begin = Date.parse(`${trigger.begin.replace(' ', 'T')}Z`);
  const sunday = (time: number): number => Math.floor(time / 86_400_000) - new Date(time).getUTCDay();
  for (let time = begin, count = 0; count < 60_000; time += 86_400_000, count++) {
    if (time <= after) continue;
    const date = new Date(time);
    if (trigger.type === 'daily' && count % trigger.daysInterval === 0) return time;
    if (trigger.type === 'weekly' && trigger.daysOfWeek.includes(date.getUTCDay())) {
      if (((sunday(time) - sunday(begin)) / 7) % trigger.weeksInterval === 0) return time;
    }
    if (trigger.type === 'monthly' && trigger.days.includes(date.getUTCDate())) {
      if (trigger.months.includes(date.getUTCMonth() + 1)) return time;
    }
  }
  return undefined;
}

describe('a schedule in words', () => {
  const said = (trigger: Trigger): string => describeSchedule({ triggers: [trigger] });

  it('says rule, time and first day', () => {
    expect(said(daily)).to.equal('Every day at 21:00, from 2030-01-01');
    expect(said({ ...common, type: 'once', begin: '2030-01-01 21:00:30' })).to.equal('Once at 21:00:30 on 2030-01-01');
    expect(
      said({ ...common, type: 'weekly', begin: '2030-01-01 08:00:00', weeksInterval: 2, daysOfWeek: [5, 1] }),
    ).to.equal('Every 2 weeks on Monday and Friday at 08:00, from 2030-01-01');
    expect(said({ ...common, type: 'monthly', begin: '2030-01-01 08:00:00', days: [15, 1], months: [1, 7] })).to.equal(
      'On day 1 and 15 of January and July at 08:00, from 2030-01-01',
    );
    expect(said({ ...common, type: 'logon', begin: '2030-01-01 08:00:00' })).to.equal(
      'When a user logs on, from 2030-01-01 08:00',
    );
  });

  it('says repetition, end and that it is switched off', () => {
    const all = { ...daily, durationMinutes: 60, intervalMinutes: 20, end: '2031-01-01 00:00:00', disabled: true };
    expect(said(all)).to.equal(
      'Every day at 21:00, from 2030-01-01, repeated every 20 minutes for 60 minutes, until 2031-01-01 00:00 (switched off)',
    );
    expect(describeSchedule({ triggers: [] })).to.equal('Never');
  });
});
