/** The schema `reports` on SQL Server follows the tables that it shows. */
import { expect } from 'chai';
import { dropReportViews } from '../../models/cmdb/migrate.ts';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { addTableColumn, createTable, dropTable } from '../../models/dataClasses/tableText.ts';
import { ensureReportViews } from '../../models/reports/runner/mssqlViews.ts';
import { NEVER_READ } from '../../models/reports/runner/readable.ts';
import { forEachEngine } from '../support/cmdb.ts';

type Mssql = Extract<AnyCmdb, { engine: 'mssql' }>;

describe('the views of reports', function () {
  this.timeout(120_000);
  forEachEngine((engine, open) => {
    if (engine === 'sqlite') return;
    let cmdb: Mssql;
    before(async () => (cmdb = (await open()) as Mssql));
    after(() => cmdb.close());

    const columns = async (): Promise<Map<string, string[]>> => {
      const { recordset } = await cmdb.pool
        .request()
        .query<{ t: string; c: string }>(
          "SELECT LOWER(TABLE_NAME) AS t, LOWER(COLUMN_NAME) AS c FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_SCHEMA = 'reports' ORDER BY TABLE_NAME, ORDINAL_POSITION",
        );
      const found = new Map<string, string[]>();
      for (const { t, c } of recordset) found.set(t, [...(found.get(t) ?? []), c]);
      return found;
    };

    it('are made once, and show nothing that reports must not read', async () => {
      expect(await ensureReportViews(cmdb)).to.be.greaterThan(40);
      expect(await ensureReportViews(cmdb)).to.equal(0);
      const made = await columns();
      expect([...made.keys()]).to.include.members(['vcomputer', 'inv_aex_ac_tcpip', 'item']);
      expect([...made.keys()].filter((name) => NEVER_READ.has(name))).to.deep.equal([]);
      expect(made.get('eventqueueentry')).not.to.include('body');
    });

    it('follow a data class that is added, gets a column and is deleted', async () => {
      const text = (name: string) => ({ name, dataType: 'text' as const, maxLength: 50 });
      await cmdb.transaction((session) => createTable(session, 'Inv_Of_The_Test', [text('One')]));
      await ensureReportViews(cmdb);
      expect((await columns()).get('inv_of_the_test')).to.deep.equal(['_id', '_resourceguid', 'one']);
      await cmdb.transaction((session) => addTableColumn(session, 'Inv_Of_The_Test', text('Two Words')));
      await ensureReportViews(cmdb);
      expect((await columns()).get('inv_of_the_test')).to.deep.equal(['_id', '_resourceguid', 'one', 'two words']);
      await cmdb.transaction((session) => dropTable(session, 'Inv_Of_The_Test'));
      expect((await columns()).has('inv_of_the_test')).to.equal(false);
      expect(await ensureReportViews(cmdb)).to.equal(0);
    });

    it('make room for a migration and come back', async () => {
      const before_ = (await columns()).size;
      await dropReportViews(cmdb.pool);
      expect([...(await columns()).keys()].sort()).to.deep.equal(['eventqueueentry', 'item', 'itemclass']);
      await ensureReportViews(cmdb);
      expect((await columns()).size).to.equal(before_);
    });
  });
});
