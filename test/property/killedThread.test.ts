/** Random streams of events end in the same CMDB, whether they are applied one by one or by threads that are killed. */
import { expect } from 'chai';
import fc from 'fast-check';
import { setTimeout as wait } from 'node:timers/promises';
import { Pipeline } from '../events/pipeline.ts';
import { cleanRun, contents, stream, withoutIds, type Ending, type Sent } from './streams.ts';

const RUNS = Math.ceil(Number(process.env.FUZZ_RUNS ?? 500) / 200);

/** `crashes`: how much of the queue, in percent, is left when the thread is killed. */
async function withCrashes(events: readonly Sent[], crashes: readonly number[]): Promise<Ending> {
  const pipeline = await Pipeline.open();
  try {
    const accepting = events.map(({ body, sender }) => pipeline.accept(body, sender));
    await pipeline.startProcessing();
    await Promise.all(accepting);
    for (const left of [...crashes].sort().reverse()) {
      while ((await pipeline.queue.state()).depth > (events.length * left) / 100) await wait(1);
      await pipeline.killProcessing();
      await pipeline.startProcessing();
    }
    await pipeline.drained();
    const { events: bad } = await pipeline.queue.listBad(0, 1000);
    return { cmdb: await contents(pipeline.cmdb), bad: withoutIds(bad.map((event) => event.reason)) };
  } finally {
    await pipeline.close();
  }
}

describe('events and threads that are killed over them', () => {
  it('end in the CMDB of the clean run', async function () {
    this.timeout(RUNS * 60_000);
    await fc.assert(
      fc.asyncProperty(
        stream(50, 200),
        fc.array(fc.integer({ min: 1, max: 99 }), { minLength: 1, maxLength: 3 }),
        async (events, crashes) => {
          const [clean, crashed] = [await cleanRun(events), await withCrashes(events, crashes)];
          expect(crashed).to.deep.equal(clean);
        },
      ),
      { numRuns: RUNS, endOnFailure: true },
    );
  });
});
