/** How reports find their rows: indexes serve the joins, and an author is told what reads a big table whole. */
import { expect } from 'chai';
import { sql } from 'kysely';
import { FIVE_CLASSES } from '../../bench/reportRow.ts';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { QueryFailed } from '../../models/reports/runner/runner.ts';
import { readReadyReports } from '../../models/reports/readyReports.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { fillCmdb, openTestRunner, type TestRunner } from './support.ts';

describe('the plan of a report', function () {
  this.timeout(120_000);
  forEachEngine((engine, open) => {
    let cmdb: AnyCmdb;
    let runner: TestRunner;
    before(async () => {
      cmdb = await open();
      await fillCmdb(cmdb);
      runner = await openTestRunner(cmdb);
    });
    after(async () => {
      await runner.close();
      await cmdb.close();
    });
    const explain = (text: string) => runner.runner.explain({ sql: text, values: [], timeLimitSeconds: 30 });

    if (engine === 'mssql') {
      it('is shown, or why there is none (Babelfish shows none in this form)', async () => {
        const plan = await explain('SELECT Name FROM vComputer').catch((error: unknown) => error);
        if (plan instanceof QueryFailed) expect(plan.message).to.match(/plan|showplan/i);
        else expect(plan).to.have.property('lines').that.is.not.empty;
        // The switch does not stay on the connection.
        expect((await runner.run('SELECT COUNT(*) FROM vComputer')).rows).to.deep.equal([[3]]);
      });
      return;
    }

    it('joins five data classes by their indexes: only the list of computers is read whole', async () => {
      const { lines, scans } = await explain(FIVE_CLASSES);
      const classes = lines.filter(({ text }) =>
        /USING (COVERING )?INDEX IX_Inv_AeX_AC_\w+ResourceGuid \(_ResourceGuid=\?\)/.test(text),
      );
      expect(classes, JSON.stringify(lines)).to.have.length(5);
      expect(scans.map(({ table }) => table)).to.have.length(1);
      expect(scans[0]!.table).to.be.oneOf(['Resource', 'Computer']);
    });

    it('of the ready reports reads no inventory or event table whole where one computer or class is asked for', async () => {
      const silent = readReadyReports().find(({ name }) => name === 'Silent computers')!;
      const { scans } = await explain(silent.sql);
      expect(scans.map(({ table }) => table)).to.deep.equal([]);
    });

    it('names tables that are read whole, also behind a view and an alias', async () => {
      const { scans } = await explain("SELECT e.ReturnCode FROM Evt_AeX_SWD_Execution e WHERE e.[Package Name] = 'x'");
      expect(scans).to.deep.equal([{ table: 'SwdExecution', byIndex: false, rows: 4 }]);
      const counted = await explain('SELECT COUNT(*) FROM RM_ResourceComputer a, RM_ResourceUser b');
      expect(counted.scans).to.deep.equal([]);
    });

    it('counts a big table only as far as it matters', async () => {
      await sql`INSERT INTO SpaceSample (DayAt, TableName, RowCount, Bytes, IsEstimate)
        WITH RECURSIVE x(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x LIMIT 100002)
        SELECT '2030-01-01T00:00:00.000Z', 'T' || n, n, n, 0 FROM x`.execute(cmdb.db);
      const { scans } = await explain('SELECT SUM(Bytes) FROM vSpaceSample');
      expect(scans.map(({ table, rows }) => [table, rows])).to.deep.equal([['SpaceSample', 100_001]]);
    });

    it('is not told to who may not run the query', async () => {
      const error: unknown = await explain('SELECT * FROM Secret').catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(QueryFailed);
      expect((error as Error).message)
        .to.contain('prohibited')
        .and.not.to.contain('SCAN');
    });
  });
});
