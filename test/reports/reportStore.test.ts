/** Saved reports, and those that come with the program, on both engines. */
import { expect } from 'chai';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { InvalidInput } from '../../models/fieldErrors.ts';
import {
  createReport,
  definitionOf,
  deleteReports,
  recordLastRun,
  updateReport,
} from '../../models/reports/changeReports.ts';
import { readValues } from '../../models/reports/parameterValues.ts';
import { installReadyReports, readReadyReports } from '../../models/reports/readyReports.ts';
import { getReport, listFolders, listReports, type ReportQuery } from '../../models/reports/reportStore.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { actor, auditActions, TestClock } from '../security/support.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { fillCmdb, openTestRunner } from './support.ts';

const ALL: ReportQuery = { sort: 'Name', descending: false, offset: 0, limit: 100 };
const INPUT = {
  name: 'Old computers',
  folder: 'Mine',
  tags: 'age, test',
  sql: 'SELECT Name FROM vComputer WHERE Name = @Name',
  parameters: [{ name: 'Name', label: 'Which', type: 'text', byDefault: 'x', choices: '' }],
  chart: { kind: 'bars', label: 'Name', values: ['Name'] },
  rowLimit: 5,
  timeLimitSeconds: 6,
};

describe('saved reports', function () {
  this.timeout(120_000);
  forEachEngine((_engine, open) => {
    let cmdb: AnyCmdb;
    const clock = new TestClock();
    before(async () => (cmdb = await open()));
    after(() => cmdb.close());
    beforeEach(() => cmdb.db.deleteFrom('Report').execute());

    it('are kept as they were written, with a line in the audit log for every change', async () => {
      const guid = await createReport(cmdb, clock, actor, INPUT);
      expect(definitionOf((await getReport(cmdb, guid))!)).to.deep.equal({ description: '', ...INPUT });
      clock.pass(1000);
      expect(
        await updateReport(cmdb, clock, { name: 'other', address: '' }, guid, {
          ...INPUT,
          name: 'New',
          chart: undefined,
        }),
      ).to.equal(true);
      const changed = (await getReport(cmdb, guid))!;
      expect(changed).to.include({
        name: 'New',
        createdBy: 'tester',
        modifiedBy: 'other',
        isBuiltIn: false,
        lastRunAt: null,
      });
      expect(changed.chart).to.equal(undefined);
      expect(await deleteReports(cmdb, clock, actor, [guid, newGuid()])).to.equal(1);
      expect(await getReport(cmdb, guid)).to.equal(undefined);
      expect((await auditActions(cmdb)).slice(-3)).to.deep.equal([
        'create report Old computers',
        'change report New',
        'delete report New',
      ]);
      expect(await updateReport(cmdb, clock, actor, guid, INPUT)).to.equal(false);
    });

    it('are found by folder, text and GUID', async () => {
      const guid = await createReport(cmdb, clock, actor, INPUT);
      await createReport(cmdb, clock, actor, { ...INPUT, name: 'Another', folder: '', tags: '' });
      const names = async (query: Partial<ReportQuery>) =>
        (await listReports(cmdb, { ...ALL, ...query })).rows.map(({ name }) => name);
      expect(await names({})).to.deep.equal(['Another', 'Old computers']);
      expect(await names({ folder: 'Mine' })).to.deep.equal(['Old computers']);
      expect(await names({ search: 'AGE' })).to.deep.equal(['Old computers']);
      expect(await names({ search: guid })).to.deep.equal(['Old computers']);
      expect(await names({ isBuiltIn: true })).to.deep.equal([]);
      expect(await names({ sort: 'LastRunAt', descending: true, offset: 1, limit: 1 })).to.have.length(1);
      expect(await listFolders(cmdb)).to.deep.equal(['Mine']);
    });

    it('remember their last run', async () => {
      const guid = await createReport(cmdb, clock, actor, INPUT);
      await recordLastRun(cmdb, clock, 'anna', guid, { rows: 7, milliseconds: 8 });
      expect(await getReport(cmdb, guid)).to.include({ lastRunBy: 'anna', lastRunRows: 7, lastRunMilliseconds: 8 });
    });

    it('come with the program, are renewed by it, and leave copies alone', async () => {
      const ready = readReadyReports();
      expect(await installReadyReports(cmdb, clock, ready)).to.equal(ready.length);
      expect(await installReadyReports(cmdb, clock, ready)).to.equal(0);
      const { guid } = ready[0]!;
      const copied = await createReport(cmdb, clock, actor, {
        ...definitionOf((await getReport(cmdb, guid))!),
        name: 'My copy',
      });
      await recordLastRun(cmdb, clock, 'anna', guid, { rows: 1, milliseconds: 1 });

      const newer = ready
        .slice(0, -1)
        .map((report, index) => (index === 0 ? { ...report, sql: 'SELECT 2 AS n', parameters: [] } : report));
      expect(await installReadyReports(cmdb, clock, newer), 'one changed, one gone').to.equal(2);
      expect(await getReport(cmdb, guid)).to.include({ sql: 'SELECT 2 AS n', isBuiltIn: true, lastRunBy: 'anna' });
      expect(await getReport(cmdb, ready.at(-1)!.guid)).to.equal(undefined);
      expect(await getReport(cmdb, copied)).to.include({ name: 'My copy', isBuiltIn: false, sql: ready[0]!.sql });

      const refused = await updateReport(cmdb, clock, actor, guid, INPUT).catch((error: unknown) => error);
      expect(refused).to.be.instanceOf(InvalidInput);
      expect(await deleteReports(cmdb, clock, actor, [guid])).to.equal(0);
      expect((await getReport(cmdb, guid))!.name).to.equal(ready[0]!.name);
    });
  });
});

describe('ready reports', function () {
  this.timeout(300_000);
  /** What the small CMDB of these tests holds for them. */
  const ROWS: Readonly<Record<string, number>> = {
    'Silent computers': 1,
    'Agent and plug-in versions': 1,
    'Computers by operating system': 1,
    'Find computers': 3,
    'Delivery success by policy': 1,
    'Inventory freshness by data class': 1,
    'Sources of a package': 1,
  };
  forEachEngine((_engine, open) => {
    it('run, every one, and so do the choices of their parameters', async () => {
      const cmdb = await open();
      await fillCmdb(cmdb);
      const runner = await openTestRunner(cmdb);
      const found: Record<string, number> = {};
      const choose = async (sql: string, what: Guid | string) =>
        expect((await runner.run(sql)).outcome, `${what}: ${sql}`).to.include({ state: 'succeeded' });
      for (const { name, sql, parameters, chart } of readReadyReports()) {
        const { outcome, rows } = await runner.run(sql, { values: readValues(parameters, {}) });
        expect(outcome, `${name}: ${JSON.stringify(outcome)}`).to.include({ state: 'succeeded' });
        if (outcome.state === 'succeeded' && chart !== undefined) {
          expect(outcome.result.columns, name).to.include.members([chart.label, ...chart.values]);
        }
        if (rows.length > 0) found[name] = rows.length;
        for (const { choices } of parameters) if (choices !== '') await choose(choices, name);
      }
      expect(found).to.deep.equal(ROWS);
      await runner.close();
      await cmdb.close();
    });
  });
});
