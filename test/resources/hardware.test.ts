import { expect } from 'chai';
import { areApart, areSame, hardwareFrom, hardwareOf, machinesOf } from '../../models/resources/hardware.ts';

const of = (...keys: string[]) => hardwareFrom(keys);

describe('hardware keys', () => {
  it('are told from names and addresses, whatever their letter case, and placeholders are none', () => {
    const keys = [
      { name: 'UniqueID', value: ' ABC ' },
      { name: 'name.domain', value: 'PC.EXAMPLE' },
      { name: 'macaddress', value: '00:00:00:00:00:00' },
      { name: 'serialnumber', value: 'To be filled by O.E.M.' },
    ];
    expect(hardwareOf(keys)?.keys).to.deep.equal(['uniqueid=abc']);
    expect(hardwareOf(keys.slice(1))).to.equal(undefined);
  });

  it('are of one machine when one strong key is the same, whatever adapters come and go', () => {
    const docked = of('uniqueid=a', 'uniqueid=dock', 'macaddress=1');
    const away = of('uniqueid=a', 'macaddress=2');
    expect([areSame(docked, away), areApart(docked, away)]).to.deep.equal([true, false]);
  });

  it('are of two machines when strong keys differ, even with an adapter in common', () => {
    const [one, other] = [of('uniqueid=a', 'macaddress=dock'), of('uniqueid=b', 'macaddress=dock')];
    expect([areSame(one, other), areApart(one, other)]).to.deep.equal([false, true]);
  });

  it('tell nothing where no name is on both sides', () => {
    const [one, other] = [of('uniqueid=a'), of('macaddress=1')];
    expect([areSame(one, other), areApart(one, other)]).to.deep.equal([false, false]);
  });

  it('make machines of sets that overlap', () => {
    const sets = [of('uniqueid=a'), of('uniqueid=b'), of('uniqueid=a', 'uniqueid=c'), of('uniqueid=c')];
    const machines = machinesOf(sets.map((hardware) => ({ hardware })));
    expect(machines.map((machine) => machine.length)).to.deep.equal([3, 1]);
  });
});
