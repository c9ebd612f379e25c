/**
 * However events of several computers are interleaved, cut into slices, undone half-way and applied again: each
 * computer's come in their order, so the CMDB ends as after the clean run.
 */
import { expect } from 'chai';
import fc from 'fast-check';
import { utc } from '../../models/clock.ts';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { CmdbUnavailable, type Cmdb } from '../../models/cmdb/types.ts';
import type { Outcome, QueuedEvent } from '../../models/events/outcome.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { fixedClock, process as apply, queued } from '../events/support.ts';
import { cleanRun, contents, SENDERS, stream, withoutIds, type Ending, type Sent } from './streams.ts';

const RUNS = Math.ceil(Number(process.env.FUZZ_RUNS ?? 500) / 20);

/** How the next slice goes: so many events, then nothing, or its end before or after the commit. */
interface Step {
  /** Whose turn it is, by computer: a number for each place in the slice. */
  turns: number[];
  fate: 'whole' | 'undone' | 'forgotten';
}

const step = fc.record({
  turns: fc.array(fc.nat(SENDERS.length - 1), { minLength: 1, maxLength: 60 }),
  fate: fc.constantFrom('whole' as const, 'whole' as const, 'undone' as const, 'forgotten' as const),
});

class Undone extends Error {}

/** A CMDB whose next transaction does its work and is then undone, as by a death before the commit. */
function undoing(cmdb: Cmdb): Cmdb {
  const transaction: Cmdb['transaction'] = (work, options) =>
    cmdb.transaction(async (session) => {
      await work(session);
      throw new CmdbUnavailable(new Undone());
    }, options);
  return { ...cmdb, transaction };
}

class Fleet {
  readonly #waiting: QueuedEvent[][];
  readonly bad: string[] = [];

  constructor(events: readonly Sent[]) {
    const all = events.map(({ body, sender }) => queued(body, { sender }));
    this.#waiting = SENDERS.map((sender) => all.filter((event) => event.sender === sender));
  }

  isEmpty(): boolean {
    return this.#waiting.every((list) => list.length === 0);
  }

  /** The next events of those whose turn it is; all of one computer are in order. */
  take(turns: readonly number[]): QueuedEvent[] {
    const taken = SENDERS.map(() => 0);
    return turns.flatMap((turn) => this.#waiting[turn]![taken[turn]!++] ?? []);
  }

  settle(outcomes: readonly Outcome[]): void {
    const ids = new Set(outcomes.map(({ id }) => id));
    for (const list of this.#waiting) list.splice(0, list.length, ...list.filter(({ id }) => !ids.has(id)));
    for (const outcome of outcomes) if (outcome.kind !== 'done') this.bad.push(outcome.reason);
  }
}

async function inSlices(cmdb: Cmdb, events: readonly Sent[], steps: readonly Step[]): Promise<Ending> {
  const clock = fixedClock(utc(Date.parse('2021-01-01T00:00:00Z')));
  const fleet = new Fleet(events);
  for (let index = 0; !fleet.isEmpty(); index++) {
    const { turns, fate } = steps[index] ?? { turns: SENDERS.map((_, turn) => turn), fate: 'whole' };
    const slice = fleet.take(turns);
    if (fate === 'undone') {
      const fault: unknown = await apply(undoing(cmdb), clock, slice).catch((error: unknown) => error);
      if (!Array.isArray(fault)) expect((fault as CmdbUnavailable).cause).to.be.instanceOf(Undone);
    } else {
      const outcomes = await apply(cmdb, clock, slice);
      if (fate === 'whole') fleet.settle(outcomes);
    }
  }
  return { cmdb: await contents(cmdb), bad: withoutIds(fleet.bad) };
}

describe('events in slices', () => {
  forEachEngine((engine, open) => {
    let cmdb: AnyCmdb;
    it('end in the CMDB of the clean run', async function () {
      this.timeout(engine === 'sqlite' ? RUNS * 20_000 : 600_000);
      await fc.assert(
        fc.asyncProperty(stream(1, 120), fc.array(step, { maxLength: 25 }), async (events, steps) => {
          cmdb = await open();
          try {
            expect(await inSlices(cmdb, events, steps)).to.deep.equal(await cleanRun(events));
          } finally {
            await cmdb.close();
          }
        }),
        { numRuns: engine === 'sqlite' ? RUNS : 3, endOnFailure: true },
      );
    });
  });
});
