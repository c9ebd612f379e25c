/** Separate budgets: what one class or one computer fills leaves the others theirs. */
import { expect } from 'chai';
import { ProtocolError } from '../../models/protocolErrors.ts';
import { queueLimits } from '../../models/events/queueLimits.ts';
import { QUEUE_CLASSES } from '../../models/events/queueClasses.ts';
import { chooseClaim, type Candidate } from '../../models/events/queueStore.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { Pipeline } from './pipeline.ts';
import { inventory } from './support.ts';

const [ANNA, BERT] = [newGuid(), newGuid()];
const answer = (work: Promise<void>): Promise<string> =>
  work.then(
    () => 'accepted',
    (error: unknown) => (error instanceof ProtocolError ? error.code : Promise.reject(error)),
  );
const sized = (bytes: number): string => `<note>${'x'.repeat(bytes - 13)}</note>`;

describe('the budgets of the event queue', () => {
  let pipeline: Pipeline;
  afterEach(() => pipeline.close());

  it('fill by class: large events leave room for small ones', async () => {
    const classes = { default: { maxEvents: 2, maxBytes: 1e6 }, fast: { maxEvents: 3, maxBytes: 1e6 } };
    pipeline = await Pipeline.open({ maxEvents: 100, maxBytes: 1e9, classes });
    const sent = await Promise.all(
      [20_000, 20_000, 20_000, 100, 100, 100, 100].map((size) => answer(pipeline.accept(sized(size), newGuid()))),
    );
    expect(sent).to.deep.equal([
      ...['accepted', 'accepted', 'queueFull'],
      ...['accepted', 'accepted', 'accepted', 'queueFull'],
    ]);
    const { rejectedFull, classes: states } = await pipeline.queue.state();
    expect(rejectedFull).to.equal(2);
    expect(states.find(({ name }) => name === 'default')).to.include({ depth: 2, bytes: 40_000, maxEvents: 2 });
  });

  it('fill by bytes, too, and one event goes in whatever its size', async () => {
    pipeline = await Pipeline.open({
      maxEvents: 100,
      maxBytes: 1e9,
      classes: { fast: { maxEvents: 9, maxBytes: 500 } },
    });
    expect(await answer(pipeline.accept(sized(10_000)))).to.equal('accepted');
    expect(await answer(pipeline.accept(sized(100)))).to.equal('queueFull');
  });

  it('begin where the thresholds are set', async () => {
    const thresholds = { fastBytes: 50, slowBytes: 200, largeBytes: 300 };
    pipeline = await Pipeline.open({ maxEvents: 100, maxBytes: 1e9, thresholds });
    for (const size of [49, 50, 199, 200, 300, 301]) await pipeline.accept(sized(size), newGuid());
    const depths = (await pipeline.queue.state()).classes.map(({ name, depth }) => `${name} ${depth}`);
    expect(depths).to.deep.equal(['priority 0', 'fast 1', 'default 2', 'slow 2', 'large 1']);
  });

  it('fill by computer: a noisy one is told to wait, the others are not', async () => {
    pipeline = await Pipeline.open({ maxEvents: 100, maxBytes: 1e9, sender: { maxEvents: 3, maxBytes: 1e6 } });
    const noisy = await Promise.all(Array.from({ length: 5 }, () => answer(pipeline.accept(sized(100), ANNA))));
    expect(noisy).to.deep.equal(['accepted', 'accepted', 'accepted', 'senderFull', 'senderFull']);
    expect(await answer(pipeline.accept(sized(100), ANNA)), 'in a batch of its own').to.equal('senderFull');
    expect(await answer(pipeline.accept(sized(100), BERT))).to.equal('accepted');
    // What it sent is bad, but done: its bytes count for all, not against it.
    await pipeline.startProcessing();
    await pipeline.drained();
    expect(await answer(pipeline.accept(sized(100), ANNA))).to.equal('accepted');
  });

  it('count what waited before the start', async () => {
    pipeline = await Pipeline.open({ maxEvents: 100, maxBytes: 1e9, sender: { maxEvents: 2, maxBytes: 1e6 } });
    await pipeline.accept(sized(100), ANNA);
    await pipeline.accept(sized(100), ANNA);
    await pipeline.reopenQueue();
    expect(await answer(pipeline.accept(sized(100), ANNA))).to.equal('senderFull');
    expect(await answer(pipeline.accept(sized(100), BERT))).to.equal('accepted');
  });
});

describe('a computer whose events are all bad', () => {
  let pipeline: Pipeline;
  beforeEach(async () => {
    pipeline = await Pipeline.open({ maxEvents: 100, maxBytes: 1e9, breakerAfter: 3 });
    await pipeline.startProcessing();
    for (let index = 0; index < 3; index++) await pipeline.accept(sized(100), ANNA);
    await pipeline.drained();
  });
  afterEach(() => pipeline.close());

  it('is told to wait, before its body is read, and everybody else is not', async () => {
    expect(await answer(pipeline.accept(sized(100), ANNA))).to.equal('senderHeld');
    expect(() => pipeline.queue.admit(ANNA)).to.throw(ProtocolError);
    expect(() => pipeline.queue.admit(BERT)).to.not.throw();
    expect(
      await answer(pipeline.accept(inventory('B', { resource: { guid: BERT, name: 'B', keys: [] } }), BERT)),
    ).to.equal('accepted');
    const { breakers, rejectedHeld, bad } = await pipeline.queue.state();
    expect(breakers).to.have.length(1);
    expect(breakers[0]).to.include({ sender: ANNA, badInARow: 3 });
    expect([rejectedHeld, bad]).to.deep.equal([2, 3]);
  });

  it('is heard again when an administrator closes its breaker', async () => {
    expect(await pipeline.queue.closeBreaker(ANNA)).to.equal(true);
    expect(await answer(pipeline.accept(sized(100), ANNA))).to.equal('accepted');
    expect((await pipeline.queue.state()).breakers).to.deep.equal([]);
  });
});

describe('the default budgets of the classes', () => {
  it('are shares of the whole unless they are set', () => {
    const limits = queueLimits({ maxEvents: 1000, maxBytes: 10_000, classes: { slow: { maxEvents: 7, maxBytes: 8 } } });
    expect(limits.classes.slow).to.deep.equal({ maxEvents: 7, maxBytes: 8 });
    for (const name of QUEUE_CLASSES) {
      expect(limits.classes[name].maxEvents, name).to.be.within(1, 999);
      expect(limits.classes[name].maxBytes, name).to.be.within(1, 9999);
    }
  });
});

describe('the choice of what is processed next', () => {
  const claim = { classes: QUEUE_CLASSES, count: 8, bytes: 1000 };
  let id = 0;
  const events = (sender: Guid, count: number, changes: Partial<Candidate> = {}): Candidate[] =>
    Array.from({ length: count }, () => ({ id: ++id, sender, size: 10, attempts: 0, nextAttemptAt: 0, ...changes }));
  const senders = (chosen: readonly Candidate[]) =>
    chosen.map(({ sender }) => (sender === ANNA ? 'A' : sender === BERT ? 'B' : '-')).join('');

  it('gives a noisy computer a share when others wait behind it', () => {
    const chosen = chooseClaim([...events(ANNA, 100), ...events(BERT, 3)], new Set(), 0, claim);
    expect(chosen).to.have.length(8);
    expect(senders(chosen)).to.equal('AAAAAABB');
    expect(chosen.map((event) => event.id)).to.deep.equal(chosen.map((event) => event.id).sort((a, b) => a - b));
  });

  it('leaves out none of a computer on the way: its events stay in order', () => {
    const all = [...events(ANNA, 5), ...events(BERT, 1), ...events(ANNA, 5)];
    const mine = all.filter(({ sender }) => sender === ANNA).map((event) => event.id);
    const chosen = chooseClaim(all, new Set(), 0, claim).filter(({ sender }) => sender === ANNA);
    expect(chosen.map((event) => event.id)).to.deep.equal(mine.slice(0, chosen.length));
  });

  it('goes past a computer that waits for its next try, or is being worked on', () => {
    const all = [...events(ANNA, 5, { nextAttemptAt: 99 }), ...events(BERT, 2)];
    expect(senders(chooseClaim(all, new Set(), 0, claim))).to.equal('BB');
    expect(senders(chooseClaim([...events(ANNA, 5), ...events(BERT, 2)], new Set([ANNA]), 0, claim))).to.equal('BB');
  });

  it('looks at no more rows than it must when one computer has filled the queue', () => {
    let looked = 0;
    function* endless(): Generator<Candidate> {
      for (;;) {
        looked++;
        yield* events(ANNA, 1);
      }
    }
    expect(senders(chooseClaim(endless(), new Set(), 0, claim))).to.equal('AAAAAAAA');
    expect(looked).to.be.below(5000);
  });
});
