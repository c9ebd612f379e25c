/** docs/reports.md promises columns: the database must have exactly those. */
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { readReadyReports } from '../../models/reports/readyReports.ts';
import { REPORT_VIEWS } from '../../models/reports/runner/readable.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { openTestRunner } from './support.ts';

const text = readFileSync(fileURLToPath(new URL('../../docs/reports.md', import.meta.url)), 'utf8');

/** Lines of the table of views: name and columns, lower-case, because not every engine keeps the letter case of names. */
const documented = (): Map<string, string> =>
  new Map(
    [...text.matchAll(/^\| `(\w+)` +\| ([^|]*?) +\| [^|]+\|$/gm)]
      .filter(([, , columns]) => columns!.includes(', '))
      .map(([, name, columns]) => [name!.toLowerCase(), columns!.replaceAll(/[[\]]/g, '').toLowerCase()]),
  );

describe('the documentation of reports', function () {
  this.timeout(120_000);

  it('names every compatibility view', () => {
    const names = [...documented().keys()];
    expect(names).to.include.members(REPORT_VIEWS.map((name) => name.toLowerCase()));
    expect(new Set(names).size).to.equal(names.length);
  });

  it('has a folder for every ready report', () => {
    for (const { folder } of readReadyReports()) expect(text).to.match(new RegExp(`^\\| ${folder} +\\|`, 'm'));
  });

  forEachEngine((_engine, open) => {
    it('lists the columns that there are', async () => {
      const cmdb: AnyCmdb = await open();
      const runner = await openTestRunner(cmdb);
      const { rows } = await runner.run(
        "SELECT TABLE_NAME, COLUMN_NAME FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_SCHEMA IN ('dbo', 'reports') ORDER BY TABLE_NAME, ORDINAL_POSITION",
      );
      const columns = new Map<string, string[]>();
      for (const [table, column] of rows.map((row) => row.map((value) => String(value).toLowerCase()))) {
        columns.set(table!, [...(columns.get(table!) ?? []), column!]);
      }
      for (const [name, promised] of documented()) {
        expect((columns.get(name) ?? []).join(', '), name).to.equal(promised);
      }
      const views = [...columns.keys()].filter((name) => !name.startsWith('inv_'));
      expect(
        views.filter((name) => !documented().has(name)),
        'not in docs/reports.md',
      ).to.deep.equal([]);
      await runner.close();
      await cmdb.close();
    });
  });
});
