/** Events are applied while a purge is under way: between two batches, and whatever the purge does. */
import { expect } from 'chai';
import { purge } from '../../models/retention/purge.ts';
import { lastRuns } from '../../models/retention/purgeRuns.ts';
import { runPurge } from '../../models/retention/runPurge.ts';
import { takeLease } from '../../models/retention/lease.ts';
import { Pipeline } from '../events/pipeline.ts';
import { inventory, WKS_042 } from '../events/support.ts';
import { addComputer, addEvents, clock, eventAges } from './support.ts';

const OLD = 3000;

describe('a purge beside the processing of events', function () {
  this.timeout(60_000);
  let pipeline: Pipeline;
  beforeEach(async () => {
    pipeline = await Pipeline.open();
    const computer = await addComputer(pipeline.cmdb);
    await addEvents(pipeline.cmdb, computer, [1, ...Array.from({ length: OLD }, (_, index) => 400 + (index % 1000))]);
  });
  afterEach(() => pipeline.close());

  const options = (changes: Partial<Parameters<typeof runPurge>[0]> = {}): Parameters<typeof runPurge>[0] => ({
    cmdb: pipeline.cmdb,
    clock,
    dataDir: pipeline.dataDir,
    node: 'here',
    owner: 'one',
    requestedBy: 'schedule',
    maxMinutes: 60,
    pause: async () => undefined,
    signal: new AbortController().signal,
    ...changes,
  });

  const applied = async (): Promise<string | undefined> =>
    (
      await pipeline.cmdb.db
        .selectFrom('Computer')
        .select('Name')
        .where('ResourceGuid', '=', WKS_042)
        .executeTakeFirst()
    )?.Name;

  it('lets an event be accepted and applied between two of its batches', async () => {
    await pipeline.startProcessing();
    let pauses = 0;
    let seen: { name: string | undefined; left: number } | undefined;
    const result = await purge({
      cmdb: pipeline.cmdb,
      clock,
      progress: async () => false,
      pause: async () => {
        if (++pauses !== 2) return;
        await pipeline.accept(inventory('DURING'));
        await pipeline.drained();
        seen = { name: await applied(), left: (await eventAges(pipeline.cmdb)).length };
      },
    });
    expect(seen?.name, 'applied before the purge went on').to.equal('DURING');
    expect(seen?.left, 'in the middle of the purge').to.be.within(2, OLD);
    expect(result.complete).to.equal(true);
    expect(result.detail[0]).to.deep.equal({ label: 'Events “AeX SWD Execution”', removed: OLD });
    expect(await eventAges(pipeline.cmdb)).to.deep.equal([1]);
  });

  it('that is told to stop leaves the rest for the next one, which finishes it', async () => {
    const stopping = new AbortController();
    const pause = async (): Promise<void> => stopping.abort();
    expect(await runPurge(options({ pause, signal: stopping.signal }))).to.equal('interrupted');
    const left = (await eventAges(pipeline.cmdb)).length;
    expect(left).to.be.within(2, OLD);
    expect((await lastRuns(pipeline.cmdb, 1))[0]).to.include({ state: 'interrupted', removed: OLD + 1 - left });
    expect(await runPurge(options({ owner: 'two' }))).to.equal('done');
    expect(await eventAges(pipeline.cmdb)).to.deep.equal([1]);
    const [run] = await lastRuns(pipeline.cmdb, 1);
    expect(run).to.include({ state: 'done', removed: left - 1, node: 'here' });
    const sizes = await pipeline.cmdb.db.selectFrom('SpaceSample').select('TableName').execute();
    expect(sizes.map((row) => row.TableName)).to.include.members(['SwdExecution', '(CMDB file)']);
  });

  it('ends when its time is over, and says so', async () => {
    let now = clock.now();
    const hurried = { now: () => (now += 60_000) };
    expect(await runPurge(options({ clock: hurried, maxMinutes: 10 }))).to.equal('overran');
    expect((await lastRuns(pipeline.cmdb, 1))[0]).to.include({ state: 'overran' });
  });

  it('does nothing while another node is at it', async () => {
    expect(await takeLease(pipeline.cmdb, clock, 'purge', 'other', 60_000)).to.equal(true);
    expect(await runPurge(options())).to.equal('busy');
    expect(await eventAges(pipeline.cmdb)).to.have.length(OLD + 1);
    expect(await lastRuns(pipeline.cmdb, 1)).to.deep.equal([]);
  });
});
