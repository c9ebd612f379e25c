/** Random streams of events end in the same CMDB when the whole process that applies them is killed again and again. */
import { expect } from 'chai';
import fc from 'fast-check';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Pipeline } from '../events/pipeline.ts';
import { cleanRun, contents, stream, withoutIds, type Ending, type Sent } from './streams.ts';

const RUNS = Math.ceil(Number(process.env.FUZZ_RUNS ?? 500) / 500);
const CHILD = fileURLToPath(new URL('./drainingProcess.ts', import.meta.url));

/** Milliseconds from the first events that are done to the kill; `undefined`: it ends by itself, and well. */
async function runProcess(dataDir: string, killAfter?: number): Promise<void> {
  const child = spawn(process.execPath, [CHILD, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = once(child, 'exit') as Promise<[number | null]>;
  await Promise.race([once(child.stdout, 'data'), exit]);
  if (killAfter === undefined) {
    expect((await exit)[0]).to.equal(0);
    return;
  }
  await wait(killAfter);
  child.kill('SIGKILL');
  await exit;
}

async function withKills(events: readonly Sent[], kills: readonly number[]): Promise<Ending> {
  const pipeline = await Pipeline.open();
  try {
    await Promise.all(events.map(({ body, sender }) => pipeline.accept(body, sender)));
    await pipeline.queue.stop();
    for (const killAfter of kills) await runProcess(pipeline.dataDir, killAfter);
    await runProcess(pipeline.dataDir);
    await pipeline.reopenQueue();
    const { events: bad } = await pipeline.queue.listBad(0, 1000);
    return { cmdb: await contents(pipeline.cmdb), bad: withoutIds(bad.map((event) => event.reason)) };
  } finally {
    await pipeline.close();
  }
}

describe('events and a process that is killed over them', () => {
  it('end in the CMDB of the clean run', async function () {
    this.timeout(RUNS * 180_000);
    await fc.assert(
      fc.asyncProperty(
        stream(200, 400),
        fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 2, maxLength: 4 }),
        async (events, kills) => {
          const [clean, killed] = [await cleanRun(events), await withKills(events, kills)];
          expect(killed).to.deep.equal(clean);
        },
      ),
      { numRuns: RUNS, endOnFailure: true },
    );
  });
});
