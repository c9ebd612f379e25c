/** Runs: their turns, their owners, and what is left of them. */
import { expect } from 'chai';
import { mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { openCmdb } from '../../models/cmdb/open.ts';
import { migrate } from '../../models/cmdb/migrate.ts';
import { InvalidInput } from '../../models/fieldErrors.ts';
import { readDefinition } from '../../models/reports/definition.ts';
import { ReportRuns } from '../../models/reports/reportRuns.ts';
import { RunFiles, type ReportRun } from '../../models/reports/runFiles.ts';
import { SqliteRunner } from '../../models/reports/runner/sqliteRunner.ts';
import { newGuid } from '../../wire/guid.ts';

const ENDLESS = 'WITH RECURSIVE x(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x) SELECT COUNT(*) FROM x';
const anna = { guid: newGuid(), name: 'anna' };
const bert = { guid: newGuid(), name: 'bert' };

const report = (sql: string) => ({ ...readDefinition({ name: 'A report', sql, rowLimit: 1000 }), guid: newGuid() });
const counting = (rows: number) =>
  report(
    `WITH RECURSIVE x(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x LIMIT ${rows}) SELECT n, 'row ' || n AS text FROM x`,
  );

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe('runs of reports', function () {
  this.timeout(120_000);
  let folder: string;
  let cmdb: AnyCmdb;
  let runs: ReportRuns;
  let heard: string[];

  const open = () =>
    new ReportRuns({
      runner: new SqliteRunner({
        database: join(folder, 'cmdb.sqlite'),
        now: Date.now,
        queues: () => Promise.resolve([]),
      }),
      folder: join(folder, 'reports'),
      clock: { now: Date.now },
      atOnce: 2,
      onSuccess: async (run) => void heard.push(run.title),
      onError: (error) => heard.push(String(error)),
    });
  const ended = async (run: ReportRun): Promise<ReportRun> => {
    await runs.settled(run, 60_000);
    return runs.get(run.owner, run.id)!;
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ns-runs-'));
    cmdb = await openCmdb(`sqlite:${join(folder, 'cmdb.sqlite')}`);
    await migrate(cmdb);
    heard = [];
    runs = open();
  });
  afterEach(async () => {
    await runs.close();
    await cmdb.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('keep their rows, which are read by page, by nobody but their owner', async () => {
    const run = await ended(runs.start(anna, counting(950), []));
    expect(run).to.include({ state: 'succeeded', ownerName: 'anna' });
    expect(run.result).to.include({ rows: 950 });
    expect(run.result!.columns).to.deep.equal(['n', 'text']);
    expect(await runs.rows(run, 0, 2)).to.deep.equal([
      [1, 'row 1'],
      [2, 'row 2'],
    ]);
    expect((await runs.rows(run, 949, 100)).flat()).to.deep.equal([950, 'row 950']);
    expect(await runs.rows(run, 305, 1)).to.deep.equal([[306, 'row 306']]);
    expect(await runs.rows(run, 2000, 10)).to.deep.equal([]);
    expect(heard).to.deep.equal(['A report']);

    expect(runs.get(bert.guid, run.id)).to.equal(undefined);
    expect(runs.list(bert.guid)).to.deep.equal([]);
    expect(await runs.cancel(bert.guid, run.id)).to.equal(false);
    expect(runs.remove(bert.guid, run.id)).to.equal(false);
    expect(runs.list(anna.guid).map(({ id }) => id)).to.deep.equal([run.id]);
  });

  it('wait for their turn, two at once, and leave the line when they are cancelled', async () => {
    const [one, two, three, four] = [anna, bert, anna, bert].map((owner) => runs.start(owner, report(ENDLESS), []));
    await until(() => one!.state === 'running' && two!.state === 'running');
    expect([three!.state, four!.state]).to.deep.equal(['waiting', 'waiting']);
    await runs.cancel(bert.guid, four!.id);
    expect(runs.get(bert.guid, four!.id)!.state).to.equal('cancelled');
    await runs.cancel(anna.guid, one!.id);
    expect(runs.get(anna.guid, one!.id)!.state).to.equal('cancelled');
    await until(() => three!.state === 'running');
    // A preview does not stand behind them.
    expect((await runs.preview(anna.guid, 'SELECT 1 AS n', [])).rows).to.deep.equal([[1]]);
  });

  it('are at most four of a person', () => {
    for (let count = 0; count < 4; count++) runs.start(anna, report(ENDLESS), []);
    expect(() => runs.start(anna, report(ENDLESS), [])).to.throw(InvalidInput, 'under way already');
    expect(runs.start(bert, report(ENDLESS), []).owner).to.equal(bert.guid);
  });

  it('are cancelled when the server stops, and interrupted when it was killed', async () => {
    const stopped = runs.start(anna, report(ENDLESS), []);
    await until(() => stopped.state === 'running');
    await runs.close();
    expect(stopped.state).to.equal('cancelled');

    const killed = { ...stopped, id: newGuid(), state: 'running' as const };
    new RunFiles(join(folder, 'reports')).write(killed);
    const done = { ...stopped, id: newGuid(), state: 'succeeded' as const };
    new RunFiles(join(folder, 'reports')).write(done);
    runs = open();
    expect(runs.get(anna.guid, killed.id)).to.include({
      state: 'interrupted',
      reason: 'The server was stopped while it ran.',
    });
    expect(runs.get(anna.guid, done.id)).to.include({ state: 'succeeded' });
  });

  it('are forgotten after a day, and when their owner deletes them', async () => {
    const kept = await ended(runs.start(anna, counting(1), []));
    const old = await ended(runs.start(anna, counting(1), []));
    const gone = await ended(runs.start(anna, counting(1), []));
    expect(runs.remove(anna.guid, gone.id)).to.equal(true);
    const own = join(folder, 'reports', anna.guid);
    const before = Date.now() / 1000 - 25 * 3600;
    for (const name of readdirSync(own).filter((each) => each.startsWith(old.id)))
      utimesSync(join(own, name), before, before);
    await runs.close();
    runs = open();
    expect(runs.list(anna.guid).map(({ id }) => id)).to.deep.equal([kept.id]);
    expect(readdirSync(own).sort()).to.deep.equal([`${kept.id}.json`, `${kept.id}.rows`]);
  });

  it('say why they failed', async () => {
    const run = await ended(runs.start(anna, report('SELECT NoSuchColumn FROM vComputer'), []));
    expect(run).to.include({ state: 'failed', reason: 'No such column: NoSuchColumn.' });
    expect(heard).to.deep.equal([]);
  });
});
