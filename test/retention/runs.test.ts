/** One node at a time, once a day, again after a crash; sizes and what is foretold from them. */
import { expect } from 'chai';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { InvalidInput } from '../../models/fieldErrors.ts';
import { endLease, takeLease } from '../../models/retention/lease.ts';
import { sampleSpace } from '../../models/retention/measureSpace.ts';
import {
  beginRun,
  endRun,
  lastRuns,
  noteProgress,
  requestRun,
  type PurgeRun,
} from '../../models/retention/purgeRuns.ts';
import { isDue, lastStart, nextStart, readSchedule, saveSchedule } from '../../models/retention/schedule.ts';
import { daysUntilFull, readSpace } from '../../models/retention/spaceReport.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { actor, addComputer, addEvents, daysAgo, DAY, NOW } from './support.ts';

const time = { at: NOW, now: () => time.at };
const MINUTE = 60_000;

describe('a purge run', function () {
  this.timeout(60_000);
  forEachEngine((engine, open) => {
    let cmdb: AnyCmdb;
    before(async () => (cmdb = await open()));
    after(() => cmdb.close());

    it('is held by one node, until it lets go or is not heard of for a while', async () => {
      const take = (owner: string) => takeLease(cmdb, time, 'purge', owner, MINUTE);
      expect(await take('one')).to.equal(true);
      expect(await take('two')).to.equal(false);
      expect(await take('one'), 'it may make it last').to.equal(true);
      time.at += MINUTE + 1;
      expect(await take('two'), 'the first one died').to.equal(true);
      expect(await take('one')).to.equal(false);
      await endLease(cmdb, 'purge', 'one');
      expect(await take('one'), 'it ended nobody else’s').to.equal(false);
      await endLease(cmdb, 'purge', 'two');
      expect(await take('one')).to.equal(true);
    });

    it('is asked for once, tells how far it is, and ends with what it removed', async () => {
      expect(await requestRun(cmdb, time, actor)).to.equal(true);
      expect(await requestRun(cmdb, time, actor)).to.equal(false);
      const id = await beginRun(cmdb, time, 'node', 'schedule');
      expect(await requestRun(cmdb, time, actor), 'one is under way').to.equal(false);
      await noteProgress(cmdb, time, id, { step: 'Events', planned: 10, removed: 4 });
      expect((await lastRuns(cmdb, 1))[0]).to.deep.include({
        state: 'running',
        requestedBy: 'jane',
        node: 'node',
        step: 'Events',
        planned: 10,
        removed: 4,
      });
      await endRun(cmdb, time, id, 'done', { removed: 10, detail: [{ label: 'Events', removed: 10 }] });
      expect((await lastRuns(cmdb, 5)).map(({ state, removed, detail }) => [state, removed, detail])).to.deep.equal([
        ['done', 10, [{ label: 'Events', removed: 10 }]],
      ]);
      const next = await beginRun(cmdb, time, 'node', 'schedule');
      await beginRun(cmdb, time, 'other', 'schedule');
      const [second, first] = await lastRuns(cmdb, 2);
      expect(second).to.include({ state: 'running', node: 'other', requestedBy: 'schedule' });
      expect(first, 'whoever began it is gone').to.include({ id: next, state: 'interrupted' });
    });

    it('runs at the time that was chosen', async () => {
      expect(await readSchedule(cmdb)).to.deep.equal({ startAt: '02:00', maxMinutes: 240 });
      await saveSchedule(cmdb, time, actor, { startAt: '23:30', maxMinutes: '60' });
      expect(await readSchedule(cmdb)).to.deep.equal({ startAt: '23:30', maxMinutes: 60 });
      for (const wrong of [{ startAt: '24:00', maxMinutes: '60' }, { startAt: '02:00', maxMinutes: '9' }, {}]) {
        const error = await saveSchedule(cmdb, time, actor, wrong).catch((thrown: unknown) => thrown);
        expect(error).to.be.instanceOf(InvalidInput);
      }
      expect(await readSchedule(cmdb)).to.deep.equal({ startAt: '23:30', maxMinutes: 60 });
    });

    it('measures the tables, and foretells from what was measured', async () => {
      const dataDir = mkdtempSync(`${tmpdir()}/ns-space-`);
      const computer = await addComputer(cmdb);
      await addEvents(
        cmdb,
        computer,
        Array.from({ length: 500 }, (_, index) => index),
      );
      await sampleSpace(cmdb, time, dataDir);
      if (engine === 'sqlite') await sampleSpace(cmdb, time, dataDir);
      const report = await readSpace(cmdb, time.at);
      expect(report.sampledAt).to.equal('2031-06-01T00:00:00.000Z');
      const executions = report.tables.find(({ table }) => table === 'SwdExecution')!;
      expect(executions).to.include({ label: 'AeX SWD Execution', rows: 500, rowGrowth: undefined });
      expect(executions.bytes).to.be.greaterThan(500 * 40);
      const rowsOf = (table: string) => report.tables.find((each) => each.table === table)?.rows;
      expect(rowsOf('DataClass')).to.equal(
        Number(
          (
            await cmdb.db
              .selectFrom('DataClass')
              .select((is) => is.fn.countAll().as('n'))
              .executeTakeFirstOrThrow()
          ).n,
        ),
      );
      // A table without rowid, with inner pages.
      expect(rowsOf('DataClassColumn')).to.equal(
        Number(
          (
            await cmdb.db
              .selectFrom('DataClassColumn')
              .select((is) => is.fn.countAll().as('n'))
              .executeTakeFirstOrThrow()
          ).n,
        ),
      );
      expect(report.growthPerDay, 'one day foretells nothing').to.equal(undefined);
      if (engine === 'sqlite')
        expect(report.totalBytes).to.be.at.least(report.tables.reduce((sum, { bytes }) => sum + bytes, 0));

      for (const days of [1, 2, 3, 4, 5])
        await cmdb.db
          .insertInto('SpaceSample')
          .values({
            DayAt: `${daysAgo(days).slice(0, 10)}T00:00:00.000Z`,
            TableName: 'SwdExecution',
            RowCount: 500 - 100 * days,
            Bytes: executions.bytes - 1000 * days,
            IsEstimate: 0,
          })
          .execute();
      const later = await readSpace(cmdb, time.at);
      const grown = later.tables.find(({ table }) => table === 'SwdExecution')!;
      expect(Math.round(grown.rowGrowth!)).to.equal(100);
      expect(Math.round(grown.byteGrowth!)).to.equal(1000);
      expect(later.daysSeen).to.equal(5);
      expect(later.days).to.have.length(6);
      rmSync(dataDir, { recursive: true });
    });
  });

  it('is due once a day, when it was asked for, and after a crash', () => {
    const schedule = { startAt: '02:00', maxMinutes: 240 };
    const two = lastStart(schedule, NOW);
    expect(two).to.be.at.most(NOW);
    expect(nextStart(schedule, NOW)).to.be.greaterThan(NOW);
    expect(nextStart(schedule, two)).to.be.greaterThan(two);
    expect(lastStart(schedule, two)).to.equal(two);
    expect(lastStart(schedule, two - 1)).to.be.lessThan(two);

    const at = (ms: number) => new Date(ms).toISOString();
    const run = (state: PurgeRun['state'], startedMs: number, seenMs = startedMs): PurgeRun => ({
      id: 1,
      state,
      requestedBy: 'schedule',
      requestedAt: at(startedMs),
      startedAt: at(startedMs),
      seenAt: at(seenMs),
      endedAt: null,
      node: '',
      step: '',
      planned: 0,
      removed: 0,
      detail: [],
    });
    const due = (last: PurgeRun | undefined, now = two + MINUTE, upSince = two - DAY) =>
      isDue(schedule, last, now, upSince);
    expect(due(undefined), 'never run, and up when its time came').to.equal(true);
    expect(due(undefined, two + MINUTE, two + 1), 'started after that').to.equal(false);
    expect(due(run('done', two - DAY)), 'yesterday’s').to.equal(true);
    expect(due(run('done', two + 1)), 'today’s').to.equal(false);
    expect(due(run('overran', two + 1)), 'it goes on tomorrow').to.equal(false);
    expect(due(run('requested', two + 1))).to.equal(true);
    expect(due(run('running', two - DAY, two)), 'another node is at it').to.equal(false);
    expect(due(run('running', two + 1), two + 10 * MINUTE), 'its node was killed').to.equal(true);
    expect(due(run('interrupted', two + 1), two + 10 * MINUTE)).to.equal(true);
    expect(due(run('interrupted', two + 1), two + MINUTE), 'not at once').to.equal(false);
  });

  it('foretells a full disk only where something grows', () => {
    expect(daysUntilFull(1000, 10)).to.equal(100);
    expect(daysUntilFull(1000, 0)).to.equal(undefined);
    expect(daysUntilFull(1000, -5)).to.equal(undefined);
    expect(daysUntilFull(1000, undefined)).to.equal(undefined);
  });
});
