import { expect } from 'chai';
import { tmpdir } from 'node:os';
import { utc } from '../../models/clock.ts';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import type { QueueState } from '../../models/events/queue.ts';
import { readAttention } from '../../models/metrics/attention.ts';
import { checkHealth, worstState, type HealthSources, type HealthTopic } from '../../models/metrics/health.ts';
import { MINUTE, NOON, TestClock } from '../security/support.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { addComputer } from './support.ts';

const DAY = 24 * 60 * MINUTE;
const EMPTY: QueueState = {
  classes: [],
  depth: 0,
  bytes: 0,
  oldestAt: undefined,
  bad: 0,
  accepted: 0,
  rejectedNotXml: 0,
  rejectedFull: 0,
  rejectedHeld: 0,
  breakers: [],
};

describe('health', () => {
  forEachEngine((engine, open) => {
    let cmdb: AnyCmdb;
    let clock: TestClock;
    beforeEach(async () => {
      cmdb = await open();
      clock = new TestClock();
    });
    afterEach(() => cmdb.close().catch(() => undefined));

    const sources = (
      changes: Partial<HealthSources> & { state?: Partial<QueueState>; room?: boolean } = {},
    ): HealthSources => ({
      cmdb,
      clock,
      queue: { state: async () => ({ ...EMPTY, ...changes.state }), hasRoom: () => changes.room ?? true },
      certificateEnds: new Date(NOON + 300 * DAY),
      dataDir: tmpdir(),
      minFreeDiskMb: 0,
      ...changes,
    });
    const stateOf = async (topic: HealthTopic, changes: Parameters<typeof sources>[0] = {}) =>
      (await checkHealth(sources(changes))).find((check) => check.topic === topic)!.state;

    it('is well on a new server, in eleven lines without a fix', async () => {
      const all = await checkHealth(sources());
      expect(all).to.have.length(11);
      // The clock of the tests is not that of a database server.
      const checks = all.filter(({ topic }) => engine === 'sqlite' || topic !== 'clock');
      expect(checks.filter((check) => check.state !== 'ok')).to.deep.equal([]);
      expect(checks.every((check) => check.finding !== '' && check.fix === '')).to.equal(true);
      expect(worstState(checks)).to.equal('ok');
    });

    it('tells of a purge that did not finish, and of a disk that will be full', async () => {
      const run = async (State: string, daysAgo: number): Promise<void> => {
        const at = utc(NOON - daysAgo * DAY);
        await cmdb.insertMany('PurgeRun', [
          {
            State,
            RequestedBy: 'schedule',
            RequestedAt: at,
            StartedAt: at,
            SeenAt: at,
            EndedAt: at,
            Node: '',
            Step: '',
            Planned: 10,
            Removed: 4,
            Detail: '[]',
          },
        ]);
      };
      await run('done', 0);
      expect(await stateOf('purge')).to.equal('ok');
      await run('overran', 0);
      expect(await stateOf('purge')).to.equal('warning');
      await run('failed', 0);
      expect(await stateOf('purge')).to.equal('error');
      await run('done', 4);
      expect(await stateOf('purge'), 'none for days').to.equal('warning');

      const sizes = (grown: number) =>
        cmdb.insertMany(
          'SpaceSample',
          [1, 2, 3, 4, 5].map((day) => ({
            DayAt: utc(NOON - day * DAY),
            TableName: `Timeline ${grown}`,
            RowCount: 1,
            Bytes: (6 - day) * grown,
            IsEstimate: 0,
          })),
        );
      await sizes(1000);
      expect(await stateOf('space')).to.equal('ok');
      if (engine !== 'sqlite') return;
      await sizes(1e15);
      expect(await stateOf('space')).to.equal('error');
    });

    it('warns a month before the certificate ends and cries a week before', async () => {
      expect(await stateOf('certificate', { certificateEnds: new Date(NOON + 31 * DAY) })).to.equal('ok');
      expect(await stateOf('certificate', { certificateEnds: new Date(NOON + 20 * DAY) })).to.equal('warning');
      expect(await stateOf('certificate', { certificateEnds: new Date(NOON + 2 * DAY) })).to.equal('error');
      expect(await stateOf('certificate', { certificateEnds: new Date(NOON - DAY) })).to.equal('error');
    });

    it('tells of events that wait too long, of a full queue and of bad events', async () => {
      const waiting = (minutes: number) => ({ state: { depth: 4, oldestAt: NOON - minutes * MINUTE } });
      expect(await stateOf('queue', waiting(1))).to.equal('ok');
      expect(await stateOf('queue', waiting(15))).to.equal('warning');
      expect(await stateOf('queue', waiting(90))).to.equal('error');
      expect(await stateOf('queue', { room: false })).to.equal('error');
      expect(await stateOf('badEvents', { state: { bad: 1 } })).to.equal('warning');
    });

    it('tells of a disk with less than what is wanted', async () => {
      expect(await stateOf('disk', { minFreeDiskMb: Number.MAX_SAFE_INTEGER })).to.equal('error');
      expect(await stateOf('disk', { dataDir: '/there/is/no/such/folder' })).to.equal('error');
    });

    it('tells when the clock has gone back behind what is in the database', async () => {
      const ahead = new Date(NOON + 10 * MINUTE).toISOString();
      await cmdb.db.insertInto('ChangeLog').values({ Kind: 'policy', ItemGuid: null, At: ahead }).execute();
      expect(await stateOf('clock')).to.equal('error');
    });

    it('takes a few silent agents for a fact of life, a tenth of all for a sign', async () => {
      for (let index = 0; index < 19; index++) {
        await addComputer(cmdb, `PC-${index}`, { lastContactAt: '2026-11-21T11:00:00.000Z' });
      }
      await addComputer(cmdb, 'SILENT-1', { lastContactAt: '2026-11-01T00:00:00.000Z' });
      expect(await stateOf('agents')).to.equal('ok');
      await addComputer(cmdb, 'SILENT-2', { lastContactAt: '2026-11-01T00:00:00.000Z' });
      await addComputer(cmdb, 'SILENT-3', { lastContactAt: '2026-11-01T00:00:00.000Z' });
      expect(await stateOf('agents')).to.equal('warning');
    });

    it('counts as silent only managed computers that are still there', async () => {
      const long = { lastContactAt: '2026-11-01T00:00:00.000Z' };
      await addComputer(cmdb, 'COUNTS', long);
      await addComputer(cmdb, 'RETIRED', { ...long, isManaged: 0 });
      await addComputer(cmdb, 'DELETED', { ...long, deletedAt: '2026-11-02T00:00:00.000Z' });
      await addComputer(cmdb, 'RECENT', { lastContactAt: '2026-11-20T00:00:00.000Z' });
      expect((await readAttention(sources())).silentAgents).to.equal(1);
    });

    it('still answers, line by line, when the database is gone', async () => {
      const gone = sources();
      await readAttention(gone);
      await cmdb.close();
      const checks = await checkHealth(gone);
      const bad = checks.filter((check) => check.state === 'error').map((check) => check.topic);
      expect(bad).to.include.members(['cmdb', 'packages', 'agents']);
      expect(checks.find((check) => check.topic === 'certificate')!.state).to.equal('ok');
      expect(worstState(checks)).to.equal('error');
    });
  });
});
