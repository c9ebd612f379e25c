/** Real databases for model tests: a fresh SQLite file each time; SQL Server when TEST_MSSQL_URL is set. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCmdb, type AnyCmdb } from '../../models/cmdb/open.ts';
import { openMssql } from '../../models/cmdb/mssql.ts';
import { migrate } from '../../models/cmdb/migrate.ts';
import type { Engine } from '../../models/cmdb/types.ts';

const mssqlUrl = process.env.TEST_MSSQL_URL;

/**
 * Declares the same tests once per engine. `open` answers a migrated, empty CMDB; close it with `cmdb.close()` in an
 * `after` or `afterEach` hook: its folder or database is removed when the tests of this block are over. `upTo`: with the
 * schema of that version.
 */
export function forEachEngine(tests: (engine: Engine, open: (upTo?: number) => Promise<AnyCmdb>) => void): void {
  describe('on SQLite', () => {
    const folders: string[] = [];
    after(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));
    tests('sqlite', async (upTo) => {
      const folder = mkdtempSync(join(tmpdir(), 'ns-cmdb-'));
      folders.push(folder);
      const cmdb = await openCmdb(`sqlite:${join(folder, 'cmdb.sqlite')}`);
      await migrate(cmdb, upTo);
      return cmdb;
    });
  });

  describe('on SQL Server', () => {
    if (mssqlUrl === undefined || mssqlUrl === '') {
      it.skip('SKIPPED: TEST_MSSQL_URL is not set, nothing of this was tried on SQL Server');
      return;
    }
    const made: string[] = [];
    after(async function () {
      // Tests that take a database each leave dozens, and a SQL Server takes seconds to drop one.
      this.timeout(600_000);
      for (const name of made) await inMaster(`DROP DATABASE [${name}]`).catch(() => undefined);
    });
    tests('mssql', async (upTo) => {
      const name = `ns_test_${process.pid}_${Date.now()}_${made.length}`;
      await inMaster(`CREATE DATABASE [${name}]`);
      made.push(name);
      const url = new URL(mssqlUrl);
      url.pathname = `/${name}`;
      const cmdb = await openMssql(url.toString());
      await migrate(cmdb, upTo);
      return cmdb;
    });
  });
}

async function inMaster(statement: string): Promise<void> {
  const url = new URL(mssqlUrl!);
  url.pathname = '/master';
  const cmdb = await openMssql(url.toString());
  try {
    await cmdb.pool.request().batch(statement);
  } finally {
    await cmdb.close();
  }
}
