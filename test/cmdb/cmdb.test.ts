import { expect } from 'chai';
import { sql } from 'kysely';
import { newGuid } from '../../wire/guid.ts';
import { RESOURCE_TYPE } from '../../wire/wellKnown.ts';
import {
  contains,
  insertIfMissing,
  insertOrUpdate,
  insertReturningId,
  isUniqueViolation,
  page,
  top,
} from '../../models/cmdb/sql.ts';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { guidParam } from '../../models/cmdb/types.ts';
import { forEachEngine } from '../support/cmdb.ts';

const at = '2030-01-02T03:04:05.678Z';

function resource(name: string) {
  return {
    Guid: newGuid(),
    Name: name,
    ResourceTypeGuid: RESOURCE_TYPE.computer,
    IsManaged: 1 as const,
    CreatedAt: at,
    ModifiedAt: at,
    DeletedAt: null,
  };
}

describe('the CMDB', () => {
  forEachEngine((engine, open) => {
    let cmdb: AnyCmdb;
    beforeEach(async () => (cmdb = await open()));
    afterEach(() => cmdb.close());

    const names = async (): Promise<string[]> =>
      (await cmdb.db.selectFrom('Resource').select('Name').orderBy('Name').execute()).map((row) => row.Name);

    it('gives back GUIDs, times, flags and big numbers in the one form that code expects', async () => {
      const row = resource('WKS-001');
      await cmdb.db.insertInto('Resource').values(row).execute();
      const found = await cmdb.db
        .selectFrom('Resource')
        .selectAll()
        .where('Guid', '=', row.Guid)
        .executeTakeFirstOrThrow();
      expect(found).to.deep.equal({ ...row, RetiredAt: null, DeletedBy: null });

      await cmdb.db.insertInto('MinuteCounter').values({ Name: 'x', MinuteAt: at, Total: 5_000_000_000 }).execute();
      const counter = await cmdb.db.selectFrom('MinuteCounter').select('Total').executeTakeFirstOrThrow();
      expect(counter.Total).to.equal(5_000_000_000);
    });

    it('types the parameters of a query inside a condition by its own columns', async () => {
      const row = resource('WKS-002');
      await cmdb.db.insertInto('Resource').values(row).execute();
      const inside = cmdb.db
        .selectFrom('Resource')
        .select('Guid')
        .where(contains(cmdb, 'Name', 's-00'));
      const found = await cmdb.db.selectFrom('Resource').select('Name').where('Guid', 'in', inside).execute();
      expect(found).to.deep.equal([{ Name: 'WKS-002' }]);
    });

    it('commits a transaction that resolves and undoes one that throws', async () => {
      await cmdb.transaction((session) => session.db.insertInto('Resource').values(resource('kept')).execute());
      const failing = cmdb.transaction(async (session) => {
        await session.db.insertInto('Resource').values(resource('undone')).execute();
        throw new Error('changed my mind');
      });
      expect(
        await failing.then(
          () => 'resolved',
          (error: Error) => error.message,
        ),
      ).to.equal('changed my mind');
      expect(await names()).to.deep.equal(['kept']);
    });

    it('keeps statements of others out of an open transaction', async () => {
      let release!: () => void;
      const hold = new Promise<void>((resolve) => (release = resolve));
      const slow = cmdb
        .transaction(async (session) => {
          await session.db.insertInto('Resource').values(resource('inside')).execute();
          await hold;
          throw new Error('undo');
        })
        .catch(() => undefined);
      const outside = cmdb.db.insertInto('MinuteCounter').values({ Name: 'outside', MinuteAt: at, Total: 1 }).execute();
      release();
      await slow;
      await outside;
      expect(await names()).to.deep.equal([]);
      expect(await cmdb.db.selectFrom('MinuteCounter').select('Name').execute()).to.deep.equal([{ Name: 'outside' }]);
    });

    it('inserts many rows, in and out of a transaction', async () => {
      await cmdb.insertMany(
        'Resource',
        Array.from({ length: 500 }, (_, index) => resource(`a${index}`)),
      );
      await cmdb.transaction((session) =>
        session.insertMany(
          'Resource',
          Array.from({ length: 500 }, (_, index) => resource(`b${index}`)),
        ),
      );
      expect(await names()).to.have.length(1000);
    });

    it('writes a row whether or not it is there', async () => {
      for (const total of [1, 2]) {
        await cmdb.transaction((session) =>
          insertOrUpdate(session, 'MinuteCounter', ['Name', 'MinuteAt'], { Name: 'n', MinuteAt: at, Total: total }),
        );
      }
      const rows = await cmdb.db.selectFrom('MinuteCounter').select(['Name', 'MinuteAt', 'Total']).execute();
      expect(rows).to.deep.equal([{ Name: 'n', MinuteAt: at, Total: 2 }]);
    });

    it('inserts once and says who was first', async () => {
      const row = { SenderGuid: newGuid(), MsgId: newGuid(), BodyHash: 'a', AppliedAt: at };
      const insert = () =>
        cmdb.transaction((session) => insertIfMissing(session, 'AppliedEvent', ['SenderGuid', 'MsgId'], row));
      expect([await insert(), await insert()]).to.deep.equal([true, false]);
    });

    it('answers generated ids, pages and tops', async () => {
      const entry = { ResourceGuid: newGuid(), At: at, Kind: 'k', Detail: '' };
      await cmdb.db
        .insertInto('Resource')
        .values({ ...resource('r'), Guid: entry.ResourceGuid })
        .execute();
      const ids = [];
      for (let index = 0; index < 5; index++) {
        ids.push(
          await cmdb.transaction((session) =>
            insertReturningId(session, 'Timeline', { ...entry, Detail: String(index) }),
          ),
        );
      }
      expect(ids).to.deep.equal([...ids].sort((a, b) => a - b));
      expect(ids.every((id) => id > 0)).to.equal(true);
      const ordered = cmdb.db.selectFrom('Timeline').select('Detail').orderBy('Id');
      expect((await page(cmdb, ordered, 1, 2).execute()).map((row) => row.Detail)).to.deep.equal(['1', '2']);
      expect((await top(cmdb, ordered, 2).execute()).map((row) => row.Detail)).to.deep.equal(['0', '1']);
    });

    it('finds text without regard to case and takes wildcards literally', async () => {
      await cmdb.insertMany('Resource', ['WKS-100%', 'wks-1000', 'a_b', 'axb', '[x]'].map(resource));
      const find = async (text: string) =>
        (
          await cmdb.db
            .selectFrom('Resource')
            .select('Name')
            .where(contains(cmdb, 'Name', text))
            .orderBy('Name')
            .execute()
        ).map((row) => row.Name);
      expect(await find('wks-100')).to.have.length(2);
      expect(await find('100%')).to.deep.equal(['WKS-100%']);
      expect(await find('a_b')).to.deep.equal(['a_b']);
      expect(await find('[x]')).to.deep.equal(['[x]']);
      expect(await find("' OR 1=1 --")).to.deep.equal([]);
    });

    it('syncs every commit again after one that may be lost, whether that went well or not', async () => {
      const synced = () =>
        cmdb.engine === 'sqlite' ? Object.values(cmdb.writer.prepare('PRAGMA synchronous').get()!)[0] : 2;
      const write = (fails: boolean) =>
        cmdb.transaction(
          async ({ db }) => {
            await db
              .insertInto('Resource')
              .values(resource(fails ? 'undone' : 'kept'))
              .execute();
            if (cmdb.engine === 'sqlite') expect(synced()).to.equal(1);
            if (fails) throw new Error('undo');
          },
          { mayBeLost: true },
        );
      await write(false);
      expect(synced()).to.equal(2);
      await write(true).catch(() => undefined);
      expect(synced()).to.equal(2);
      expect(await names()).to.deep.equal(['kept']);
    });

    it('knows a duplicate key when it meets one', async () => {
      const row = resource('one');
      await cmdb.db.insertInto('Resource').values(row).execute();
      const error: unknown = await cmdb.db
        .insertInto('Resource')
        .values(row)
        .execute()
        .then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
      expect(isUniqueViolation(error)).to.equal(true);
      expect(isUniqueViolation(new Error('other'))).to.equal(false);
    });

    it('refuses a row that points at nothing', async () => {
      const orphan = { ResourceGuid: newGuid(), KeyName: 'fqdn', KeyValue: 'x' };
      const error: unknown = await cmdb.db
        .insertInto('ResourceKey')
        .values(orphan)
        .execute()
        .then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
      expect(error).to.be.instanceOf(Error);
      expect(isUniqueViolation(error)).to.equal(false);
    });

    it('has the compatibility views that reports rely on', async () => {
      for (const view of [
        'vComputer',
        'vResource',
        'RM_ResourceComputer',
        'ResourceUpdateSummary',
        'SWDPackage',
        'SWDPackageCodebase',
        'Evt_AeX_SWD_Execution',
        'Inv_AeX_AC_Identification',
        'Inv_AeX_AC_TCPIP',
        'Inv_AeX_AC_Client_Agent',
      ]) {
        const { rows } = await sql`SELECT COUNT(*) AS n FROM ${sql.table(view)}`.execute(cmdb.db);
        expect(Number((rows[0] as { n: number }).n), view).to.equal(0);
      }
    });

    it('takes GUIDs of raw SQL with their type', async () => {
      const row = resource('raw');
      await cmdb.db.insertInto('Resource').values(row).execute();
      const { rows } = await sql<{
        Name: string;
      }>`SELECT Name FROM Resource WHERE Guid = ${guidParam(row.Guid)}`.execute(cmdb.db);
      expect(rows.map((found) => found.Name)).to.deep.equal(['raw']);
    });

    it(`${engine === 'sqlite' ? 'syncs every commit' : 'runs with ANSI settings'}`, async () => {
      if (cmdb.engine === 'sqlite') {
        expect(Object.values(cmdb.writer.prepare('PRAGMA synchronous').get()!)).to.deep.equal([2]);
        expect(Object.values(cmdb.writer.prepare('PRAGMA journal_mode').get()!)).to.deep.equal(['wal']);
        expect(Object.values(cmdb.writer.prepare('PRAGMA foreign_keys').get()!)).to.deep.equal([1]);
      } else {
        const { rows } = await sql<{ n: number }>`SELECT CAST(SESSIONPROPERTY('ANSI_NULLS') AS int) AS n`.execute(
          cmdb.db,
        );
        expect(rows[0]!.n).to.equal(1);
      }
    });
  });
});
