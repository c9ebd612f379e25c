import { expect } from 'chai';
import { Breakers } from '../../models/events/breakers.ts';
import { newGuid } from '../../wire/guid.ts';

const MINUTE = 60_000;

describe('the circuit breaker of a sender', () => {
  const clock = { at: 0, now: () => clock.at };
  const [ANNA, BERT] = [newGuid(), newGuid()];
  let breakers: Breakers;
  beforeEach(() => {
    clock.at = 1_000_000;
    breakers = new Breakers(3, clock.now);
  });
  const bad = (times: number, sender = ANNA): void => {
    for (let count = 0; count < times; count++) breakers.bad(sender);
  };

  it('opens after so many bad events in a row, for that sender alone', () => {
    bad(2);
    expect(breakers.waitOf(ANNA)).to.equal(0);
    bad(1);
    expect(breakers.waitOf(ANNA)).to.equal(MINUTE);
    expect(breakers.waitOf(BERT)).to.equal(0);
    expect(breakers.list()).to.deep.equal([{ sender: ANNA, badInARow: 3, openUntil: clock.at + MINUTE }]);
  });

  it('counts from the beginning after a good event', () => {
    bad(2);
    breakers.good(ANNA);
    bad(2);
    expect(breakers.waitOf(ANNA)).to.equal(0);
    expect(breakers.list()).to.deep.equal([]);
  });

  it('lets one event try when its time is over, and opens for longer when that is bad, an hour at most', () => {
    bad(3);
    const waits = [];
    for (let round = 0; round < 9; round++) {
      waits.push(breakers.waitOf(ANNA) / MINUTE);
      clock.at += breakers.waitOf(ANNA);
      expect(breakers.waitOf(ANNA)).to.equal(0);
      bad(1);
    }
    expect(waits).to.deep.equal([1, 2, 4, 8, 16, 32, 60, 60, 60]);
  });

  it('does not open for longer by what waited already when it opened', () => {
    bad(50);
    expect(breakers.waitOf(ANNA)).to.equal(MINUTE);
    expect(breakers.list()[0]!.badInARow).to.equal(50);
  });

  it('closes with the first good event, and begins with a minute again', () => {
    bad(3);
    clock.at += MINUTE;
    bad(1);
    expect(breakers.waitOf(ANNA)).to.equal(2 * MINUTE);
    breakers.good(ANNA);
    expect(breakers.waitOf(ANNA)).to.equal(0);
    bad(3);
    expect(breakers.waitOf(ANNA)).to.equal(MINUTE);
  });

  it('is closed by an administrator, which is news like its opening', () => {
    bad(3);
    const opened = breakers.version;
    expect(breakers.close(ANNA)).to.equal(true);
    expect(breakers.version).to.not.equal(opened);
    expect([breakers.waitOf(ANNA), breakers.close(ANNA), breakers.close(BERT)]).to.deep.equal([0, false, false]);
  });

  it('never opens when it is switched off', () => {
    breakers = new Breakers(0, clock.now);
    bad(1000);
    expect(breakers.waitOf(ANNA)).to.equal(0);
  });
});
