import { expect } from 'chai';
import { SessionLog, type LogOnNews } from '../../client/inventory/sessions.ts';
import { LOG_ON_EVENT } from '../../wire/nse.ts';
import { removeTemporaryFolders, temporaryFolder } from './support/agents.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ANN = { user: 'ann', domain: 'EXAMPLE' };
const BOB = { user: 'bob', domain: 'EXAMPLE' };

describe('log-ons that the agent tells', () => {
  let state: string;
  beforeEach(() => (state = temporaryFolder()));
  afterEach(removeTemporaryFolders);

  function news(log: SessionLog): LogOnNews[] {
    const told: LogOnNews[] = [];
    log.report((each) => told.push(each));
    return told;
  }
  const short = (told: LogOnNews[]) => told.map(({ user, event, seconds }) => [user, event, seconds]);

  it('are a log-on, and a log-off with the time between', () => {
    const log = new SessionLog(state);
    log.see([ANN], 100 * DAY);
    log.see([ANN], 100 * DAY + HOUR);
    log.see([ANN, BOB], 100 * DAY + 2 * HOUR);
    log.see([BOB], 100 * DAY + 3 * HOUR);
    expect(short(news(log))).to.deep.equal([
      ['ann', LOG_ON_EVENT.on, undefined],
      ['bob', LOG_ON_EVENT.on, undefined],
      ['ann', LOG_ON_EVENT.off, 7200],
    ]);
    expect(news(log)).to.deep.equal([]);
  });

  it('tell each second of a long session once, day by day', () => {
    const log = new SessionLog(state);
    for (let hour = 0; hour <= 50; hour++) log.see([ANN], 100 * DAY + hour * HOUR);
    log.see([], 100 * DAY + 51 * HOUR);
    const told = news(log);
    expect(short(told)).to.deep.equal([
      ['ann', LOG_ON_EVENT.on, undefined],
      ['ann', LOG_ON_EVENT.session, 24 * 3600],
      ['ann', LOG_ON_EVENT.session, 24 * 3600],
      ['ann', LOG_ON_EVENT.off, 2 * 3600],
    ]);
    expect(new Set(told.map(({ logOnAt }) => logOnAt))).to.deep.equal(new Set([100 * DAY]));
  });

  it('count no time when nobody looked, and none backwards', () => {
    const log = new SessionLog(state);
    log.see([ANN], 100 * DAY);
    log.see([ANN], 100 * DAY + HOUR);
    log.see([ANN], 101 * DAY);
    log.see([ANN], 100 * DAY + 2 * HOUR);
    expect(short(news(log))).to.deep.equal([
      ['ann', LOG_ON_EVENT.on, undefined],
      ['ann', LOG_ON_EVENT.off, 3600],
      ['ann', LOG_ON_EVENT.on, undefined],
      ['ann', LOG_ON_EVENT.off, 0],
      ['ann', LOG_ON_EVENT.on, undefined],
    ]);
  });

  it('survive the end of the agent, as the same events, until they are in the queue', () => {
    const before = new SessionLog(state);
    before.see([ANN], 100 * DAY);
    before.see([ANN], 100 * DAY + HOUR);
    const after = new SessionLog(state);
    expect(() =>
      after.report(() => {
        throw new Error('no room');
      }),
    ).to.throw('no room');
    const [first] = news(new SessionLog(state));
    expect(first).to.include({ user: 'ann', event: LOG_ON_EVENT.on, at: 100 * DAY });
    expect(news(new SessionLog(state))).to.deep.equal([]);
    const last = new SessionLog(state);
    last.see([], 100 * DAY + 2 * HOUR);
    expect(short(news(last))).to.deep.equal([['ann', LOG_ON_EVENT.off, 3600]]);
  });

  it('name who was there longest within 28 days as the primary user', () => {
    const log = new SessionLog(state);
    expect(log.primaryUser).to.equal(undefined);
    const stay = (user: typeof ANN, day: number, hours: number): void => {
      for (let hour = 0; hour <= hours; hour++) log.see([user], day * DAY + hour * HOUR);
      log.see([], day * DAY + (hours + 1) * HOUR);
    };
    stay(ANN, 100, 8);
    stay(BOB, 101, 5);
    expect(log.primaryUser).to.deep.equal(ANN);
    stay(BOB, 102, 5);
    expect(log.primaryUser).to.deep.equal(BOB);
    stay(ANN, 103, 1);
    expect(new SessionLog(state).primaryUser).to.deep.equal(BOB);
    log.see([], 131 * DAY);
    expect(log.primaryUser).to.deep.equal(ANN);
    log.see([], 200 * DAY);
    expect(log.primaryUser).to.equal(undefined);
  });
});
