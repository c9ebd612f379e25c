import { expect } from 'chai';
import fc from 'fast-check';
import type { Outcome } from '../../models/events/outcome.ts';
import {
  packEvents,
  packLease,
  packOutcomes,
  unpackEvents,
  unpackLease,
  unpackOutcomes,
} from '../../models/events/packing.ts';
import { queueClassOf } from '../../models/events/queueClasses.ts';
import type { Guid } from '../../wire/guid.ts';

const body = fc.uint8Array({ maxLength: 50 });
const sender = fc.uuid() as fc.Arbitrary<Guid>;
const receivedAt = fc.integer({ min: 0, max: 4_000_000_000_000 });

describe('events between threads', () => {
  it('arrive as they were sent', () => {
    const event = fc.record({
      body,
      sender,
      receivedAt,
      proven: fc.boolean(),
      priority: fc.integer({ min: -1000, max: 1000 }),
    });
    fc.assert(
      fc.property(fc.array(event), (events) => {
        expect(unpackEvents(packEvents(events))).to.deep.equal(events);
      }),
    );
  });

  it('are leased as they were stored', () => {
    const file = fc.record({ file: fc.uuid() });
    const event = fc.record({ id: fc.nat(), sender: fc.option(sender), receivedAt, body: fc.oneof(body, file) });
    fc.assert(
      fc.property(fc.array(event), fc.string(), (leased, queueId) => {
        const events = leased.map((each) => ({ ...each, queueId }));
        expect(unpackLease(packLease(events))).to.deep.equal(events);
      }),
    );
  });

  it('are told of as they became', () => {
    const outcomes: Outcome[] = [
      { id: 3, kind: 'done' },
      { id: 2 ** 40, kind: 'done' },
      { id: 1, kind: 'bad', reason: 'No such class.' },
      { id: 2, kind: 'later', reason: 'The CMDB said no.' },
    ];
    expect(unpackOutcomes(packOutcomes(outcomes))).to.deep.equal(outcomes);
  });
});

describe('the class of an event', () => {
  for (const [size, priority, name] of [
    [0, 0, 'fast'],
    [14_999, 1, 'fast'],
    [15_000, 0, 'default'],
    [1_048_575, 0, 'default'],
    [1_048_576, 0, 'slow'],
    [20_971_520, 0, 'slow'],
    [20_971_521, 0, 'large'],
    [100, 2, 'priority'],
    [500_000, 9, 'priority'],
    [2_000_000, 9, 'slow'],
  ] as const) {
    it(`is ${name} for ${size} bytes of priority ${priority}`, () => {
      expect(queueClassOf(size, priority)).to.equal(name);
    });
  }
});
