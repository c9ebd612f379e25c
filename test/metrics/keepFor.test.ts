import { expect } from 'chai';
import { keepFor } from '../../models/metrics/keepFor.ts';
import { TestClock } from '../security/support.ts';

describe('a kept answer', () => {
  let clock: TestClock;
  let calls: number;
  beforeEach(() => {
    clock = new TestClock();
    calls = 0;
  });

  it('is asked for once, however many want it at the same time', async () => {
    const ask = keepFor(clock, 1000, async () => ++calls);
    expect(await Promise.all([ask(), ask(), ask()])).to.deep.equal([1, 1, 1]);
    clock.pass(999);
    expect(await ask()).to.equal(1);
  });

  it('is given once more while a new one is fetched, and not when it is twice as old', async () => {
    const ask = keepFor(clock, 1000, async () => ++calls);
    await ask();
    clock.pass(1500);
    expect(await ask()).to.equal(1);
    expect(await ask()).to.equal(2);
    clock.pass(2000);
    expect(await ask()).to.equal(3);
  });

  it('outlives a failure for a while, then the failure is told', async () => {
    const ask = keepFor(clock, 1000, async () => {
      calls++;
      if (calls > 1) throw new Error('gone');
      return calls;
    });
    await ask();
    clock.pass(1500);
    expect(await ask()).to.equal(1);
    clock.pass(1000);
    const failure = await ask().catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(Error);
  });
});
