import { expect } from 'chai';
import { RegistrationLimiter } from '../../models/agents/registrationLimiter.ts';
import { standingClock } from './support.ts';

describe('the limit of unknown registrations', () => {
  it('holds per address and minute', () => {
    const clock = standingClock();
    const limiter = new RegistrationLimiter(2, clock);
    const take = (address: string): boolean => limiter.take(address);
    expect([take('10.0.0.1'), take('10.0.0.1'), take('10.0.0.1'), take('10.0.0.2')]).to.deep.equal([
      true,
      true,
      false,
      true,
    ]);
    clock.time += 60_000;
    expect(take('10.0.0.1')).to.equal(true);
  });

  it('counts an IPv6 network of 64 bits as one', () => {
    const limiter = new RegistrationLimiter(1, standingClock());
    expect(limiter.take('2001:db8:0:1::1')).to.equal(true);
    expect(limiter.take('2001:db8:0:1:ffff::2')).to.equal(false);
    expect(limiter.take('2001:db8:0:2::1')).to.equal(true);
    expect(limiter.take('::ffff:10.0.0.1')).to.equal(true);
    expect(limiter.take('::ffff:10.0.0.2')).to.equal(true);
  });

  it('of 0 is none', () => {
    const limiter = new RegistrationLimiter(0, standingClock());
    for (let count = 0; count < 1000; count++) expect(limiter.take('10.0.0.1')).to.equal(true);
  });
});
