/** What somebody could try who may write reports: the server stays up, nothing is changed, nothing secret is read. */
import { expect } from 'chai';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { ReadOnlyConnection } from '../../models/reports/runner/readOnlyConnection.ts';
import type { QueryOutcome } from '../../models/reports/runner/runner.ts';
import { toSqlite } from '../../models/reports/runner/sqliteDialect.ts';
import { NEVER_READ } from '../../models/reports/runner/readable.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { fillCmdb, openTestRunner, type TestRunner } from './support.ts';

const SECRET = 'the-secret-that-nobody-reads';
const ENDLESS = 'WITH RECURSIVE x(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x) SELECT COUNT(*) FROM x';

async function hideSecrets({ db }: AnyCmdb): Promise<void> {
  await db
    .insertInto('Secret')
    .values({
      Name: 'attack',
      Wrapped: SECRET,
      PublicPart: null,
      CreatedAt: '2030-01-01T00:00:00.000Z',
      RetiredAt: null,
    })
    .execute();
}

/** All rows that an attack could have touched. */
async function everything({ db }: AnyCmdb): Promise<string> {
  const tables = ['Secret', 'Resource', 'Computer', 'Role', 'Setting', 'Report', 'SwdExecution'] as const;
  const rows = await Promise.all(tables.map((table) => db.selectFrom(table).selectAll().execute()));
  return JSON.stringify(rows);
}

describe('a report cannot do harm', function () {
  this.timeout(120_000);
  forEachEngine((engine, open) => {
    let cmdb: AnyCmdb;
    let runner: TestRunner;
    let folder: string;
    let before_: string;
    before(async () => {
      folder = mkdtempSync(join(tmpdir(), 'ns-attack-'));
      cmdb = await open();
      await fillCmdb(cmdb);
      await hideSecrets(cmdb);
      runner = await openTestRunner(cmdb);
      before_ = await everything(cmdb);
    });
    after(async () => {
      await runner.close();
      await cmdb.close();
      rmSync(folder, { recursive: true, force: true });
    });
    afterEach(async () => {
      expect(await everything(cmdb), 'something was changed').to.equal(before_);
    });

    /** SQLite's guard is the connection's; a process of its own for each of a hundred attacks would only take time. */
    const inProcess = (statement: string): QueryOutcome => {
      const connection = new ReadOnlyConnection({
        database: cmdb.location.slice('sqlite:'.length),
        now: 0,
        queues: [],
      });
      try {
        connection.database.prepare(toSqlite(statement)).all();
        throw new Error(`it ran: ${statement}`);
      } catch (error) {
        return { state: 'failed', milliseconds: 0, reason: (error as Error).message };
      } finally {
        connection.close();
      }
    };

    const refused = async (statement: string): Promise<string> => {
      const attempt = engine === 'sqlite' ? { outcome: inProcess(statement), rows: [] } : await runner.run(statement);
      const { outcome, rows } = attempt;
      expect(JSON.stringify([outcome, rows]), statement).not.to.contain(SECRET);
      expect(outcome.state, statement).to.equal('failed');
      const reason = outcome.state === 'failed' ? outcome.reason : '';
      expect(reason).not.to.contain('it ran');
      return reason;
    };

    it('is told why, and by the way it is really run', async () => {
      for (const statement of ['SELECT * FROM Secret', 'DELETE FROM Computer', 'DROP TABLE Computer']) {
        const { outcome } = await runner.run(statement);
        expect(outcome.state, statement).to.equal('failed');
        expect(JSON.stringify(outcome)).not.to.contain(SECRET);
      }
    });

    it('reads no table with users, sessions, tokens, keys or settings', async () => {
      for (const table of NEVER_READ) {
        await refused(`SELECT * FROM ${table}`);
        await refused(`SELECT COUNT(*) FROM ${table}`);
        await refused(`SELECT Guid, (SELECT COUNT(*) FROM ${table}) FROM vComputer`);
      }
    });

    it('reads them no other way either', async () => {
      await refused('SELECT * FROM main.Secret');
      await refused('SELECT * FROM dbo.Secret');
      await refused('SELECT Wrapped FROM "Secret"');
      await refused('SELECT Wrapped FROM [Secret]');
      await refused('SELECT c.Name FROM vComputer c WHERE EXISTS (SELECT 1 FROM Secret s WHERE s.Wrapped LIKE c.Name)');
      await refused('SELECT Name FROM vComputer UNION ALL SELECT Wrapped FROM Secret');
      await refused('SELECT * FROM vComputer c JOIN ConsoleUser u ON 1 = 1');
    });

    it('writes nothing', async () => {
      await refused("INSERT INTO Resource (Guid) VALUES ('x')");
      await refused('DELETE FROM Computer');
      await refused("UPDATE Role SET Name = 'owned'");
      await refused('DROP TABLE Computer');
      await refused('CREATE TABLE owned (x int)');
      await refused('DROP VIEW vComputer');
      await refused('WITH x AS (SELECT 1 AS n) DELETE FROM Computer');
    });

    it('stops at its limit of rows', async () => {
      const many =
        engine === 'sqlite'
          ? 'WITH RECURSIVE x(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x LIMIT 10000000) SELECT n FROM x'
          : 'SELECT TOP (200000) a.COLUMN_NAME FROM INFORMATION_SCHEMA.COLUMNS a CROSS JOIN INFORMATION_SCHEMA.COLUMNS b';
      const { outcome, rows } = await runner.run(many, { rowLimit: 500 });
      expect(outcome, JSON.stringify(outcome)).to.include({ state: 'succeeded' });
      expect([rows.length, outcome.state === 'succeeded' && outcome.result.cut]).to.deep.equal([500, 'rows']);
    });

    it('is ended when its time is over, and when somebody cancels it', async () => {
      const endless =
        engine === 'sqlite'
          ? ENDLESS
          : 'SELECT COUNT_BIG(*) FROM INFORMATION_SCHEMA.COLUMNS a CROSS JOIN INFORMATION_SCHEMA.COLUMNS b CROSS JOIN INFORMATION_SCHEMA.COLUMNS c CROSS JOIN INFORMATION_SCHEMA.COLUMNS d';
      const { outcome } = await runner.run(endless, { timeLimitSeconds: 1 });
      expect(outcome).to.include({ state: 'failed' });
      expect(outcome.state === 'failed' && outcome.reason).to.contain('time limit');

      const query = runner.runner.run({
        sql: endless,
        values: [],
        rowLimit: 10,
        timeLimitSeconds: 100,
        file: join(folder, 'rows'),
      });
      query.cancel();
      expect((await query.done).state).to.equal('cancelled');
      // What comes next is served as before.
      expect((await runner.run('SELECT COUNT(*) FROM vComputer')).rows).to.deep.equal([[3]]);
    });

    if (engine === 'sqlite') {
      it('borrows no view’s name to read behind it', async () => {
        await refused('WITH vComputer AS (SELECT Wrapped FROM Secret) SELECT * FROM vComputer');
        await refused('WITH vComputer AS (SELECT LastInventoryAt FROM Computer) SELECT * FROM vComputer');
        await refused('SELECT Body FROM cmdb.EventQueueEntry');
        await refused('SELECT * FROM cmdb.Setting');
        await refused('SELECT Value FROM temp.Setting');
        await refused('SELECT ResourceGuid FROM Computer');
      });

      it('reaches no other file, no schema, no pragma and no extension', async () => {
        const target = join(folder, 'owned.sqlite');
        await refused(`ATTACH '${target}' AS owned`);
        await refused(`VACUUM INTO '${target}'`);
        await refused('DETACH cmdb');
        await refused('PRAGMA query_only = OFF');
        await refused('PRAGMA journal_mode = DELETE');
        await refused('SELECT * FROM pragma_table_list');
        await refused("SELECT * FROM pragma_table_info('Secret')");
        await refused('SELECT sql FROM sqlite_master');
        await refused('SELECT sql FROM cmdb.sqlite_schema');
        await refused('SELECT name FROM sqlite_temp_master');
        await refused('SELECT * FROM dbstat');
        await refused("SELECT load_extension('/tmp/x')");
        await refused("SELECT writefile('/tmp/x', 'y')");
        await refused("SELECT fts3_tokenizer('x')");
        await refused('BEGIN');
        await refused('REINDEX');
        expect(existsSync(target)).to.equal(false);
      });

      it('takes no more memory than it may', async () => {
        const small = await openTestRunner(cmdb, 160);
        const rows = (count: number) =>
          `WITH RECURSIVE x(n, s) AS (SELECT 1, printf('%.*c', 1000000, 'x') UNION ALL SELECT n + 1, s FROM x LIMIT ${count})`;
        const sorted = await small.run(`${rows(100_000)} SELECT s || n FROM x ORDER BY s || n DESC`);
        expect(sorted.outcome.state === 'failed' && sorted.outcome.reason).to.contain('more memory');
        const joined = await small.run(`${rows(20)} SELECT group_concat(s) FROM x`);
        expect(joined.outcome.state).to.equal('failed');
        for (const bomb of [
          'zeroblob(1000000000)',
          "printf('%.*c', 999999999, 'x')",
          "replace(hex(zeroblob(4000000)), '0', '0123456789')",
        ]) {
          const { outcome } = await small.run(`SELECT ${bomb}`);
          expect(outcome.state === 'failed' && outcome.reason, bomb).to.contain('too big');
        }
        expect((await small.run('SELECT COUNT(*) FROM vComputer')).rows).to.deep.equal([[3]]);
        await small.close();
      });
    } else {
      it('has no second statement that stays', async () => {
        await runner.run("SELECT 1 AS n UPDATE dbo.Role SET Name = 'owned'");
        await runner.run('SELECT 1 AS n; DROP TABLE dbo.Computer');
        await refused('SELECT * INTO dbo.owned FROM vComputer');
        await refused('EXEC sp_helptext vComputer');
        await refused('SELECT * FROM sys.sql_logins');
      });
    }
  });
});
