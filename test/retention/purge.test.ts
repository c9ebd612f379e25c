/** What rules delete, in which steps, and what they leave alone. */
import { expect } from 'chai';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { sql } from 'kysely';
import { InvalidInput } from '../../models/fieldErrors.ts';
import { countOld } from '../../models/retention/countOld.ts';
import { purge, type PurgeDeps } from '../../models/retention/purge.ts';
import { readLimits, saveLimits } from '../../models/retention/saveLimits.ts';
import { ruleSentence } from '../../models/retention/sentence.ts';
import { guidParam } from '../../models/cmdb/types.ts';
import { forEachEngine } from '../support/cmdb.ts';
import {
  actor,
  addComputer,
  addEvents,
  clock,
  daysAgo,
  eventAges,
  EXECUTION,
  IDENTIFICATION,
  NOW,
  subject,
} from './support.ts';

describe('retention', function () {
  this.timeout(60_000);
  forEachEngine((engine, open) => {
    let cmdb: AnyCmdb;
    before(async () => (cmdb = await open()));
    after(() => cmdb.close());
    beforeEach(async () => {
      for (const table of [
        'SwdExecution',
        'InventoryHistory',
        'ResourceUpdate',
        'Inv_AeX_AC_Identification',
        'ComputerContact',
        'Timeline',
        'AppliedEvent',
        'MinuteCounter',
        'AuditEntry',
        'RetentionRule',
      ])
        await sql`delete from ${sql.table(table)}`.execute(cmdb.db);
      await cmdb.db.updateTable('DataClass').set({ KeepDays: null, KeepRows: null }).execute();
      await cmdb.db.updateTable('DataClass').set({ KeepDays: 365 }).where('Guid', '=', EXECUTION).execute();
    });

    const run = (changes: Partial<PurgeDeps> = {}) =>
      purge({ cmdb, clock, pause: async () => undefined, progress: async () => false, ...changes });

    it('deletes events that are older than the rule says, oldest first, and counts them before', async () => {
      const computer = await addComputer(cmdb);
      const old = Array.from({ length: 250 }, (_, index) => 366 + index);
      await addEvents(cmdb, computer, [1, 364, ...old]);
      const executions = await subject(cmdb, `events:${EXECUTION}`);
      expect(await countOld(cmdb, executions, executions, NOW)).to.deep.equal({ rows: 250, atLeast: false });
      expect(await countOld(cmdb, executions, executions, NOW, 100)).to.deep.equal({ rows: 100, atLeast: true });
      const result = await run();
      expect(result).to.deep.equal({
        complete: true,
        removed: 250,
        detail: [{ label: executions.label, removed: 250 }],
      });
      expect(await eventAges(cmdb)).to.deep.equal([1, 364]);
      expect((await run()).removed).to.equal(0);
    });

    it('deletes in batches, ends between two of them when it is told to, and goes on the next time', async () => {
      const computer = await addComputer(cmdb);
      await addEvents(
        cmdb,
        computer,
        Array.from({ length: 300 }, (_, index) => 400 + index),
      );
      let batches = 0;
      const cut = await run({ progress: async (_step, _planned, removed) => removed > 0 && ++batches === 1 });
      expect(cut).to.deep.include({ complete: false, removed: 100 });
      const left = await eventAges(cmdb);
      expect(left).to.have.length(200);
      // DELETE TOP takes any that are due.
      if (engine === 'sqlite') expect(Math.max(...left), 'the oldest went first').to.equal(599);
      expect(await run()).to.deep.include({ complete: true, removed: 200 });
      expect(await eventAges(cmdb)).to.deep.equal([]);
    });

    it('keeps the newest rows of each computer when the rule limits them', async () => {
      const [anna, bert] = [await addComputer(cmdb), await addComputer(cmdb)];
      await addEvents(cmdb, anna, [5, 1, 4, 2, 3]);
      await addEvents(cmdb, bert, [7]);
      await cmdb.db.updateTable('DataClass').set({ KeepRows: 2 }).where('Guid', '=', EXECUTION).execute();
      const executions = await subject(cmdb, `events:${EXECUTION}`);
      expect(await countOld(cmdb, executions, executions, NOW)).to.deep.equal({ rows: 3, atLeast: false });
      expect((await run()).removed).to.equal(3);
      expect(await eventAges(cmdb, anna)).to.deep.equal([1, 2]);
      expect(await eventAges(cmdb, bert)).to.deep.equal([7]);
    });

    it('deletes the history of one class and not of another', async () => {
      const computer = await addComputer(cmdb);
      const [tcpip] = await cmdb.db.selectFrom('DataClass').select('Guid').where('Name', '=', 'AeX AC TCPIP').execute();
      const row = (inventoryClass: string, days: number) => ({
        ResourceGuid: computer,
        InventoryClassGuid: inventoryClass,
        At: daysAgo(days),
        EventAt: daysAgo(days),
        Change: '{}',
      });
      await cmdb.insertMany('InventoryHistory', [
        row(IDENTIFICATION, 400),
        row(IDENTIFICATION, 5),
        row(tcpip!.Guid, 400),
      ]);
      const history = await subject(cmdb, `history:${tcpip!.Guid}`);
      await saveLimits(cmdb, clock, actor, history, { keepDays: null, keepRows: null });
      expect((await run()).removed).to.equal(1);
      const left = await cmdb.db
        .selectFrom('InventoryHistory')
        .select(['InventoryClassGuid', 'At'])
        .orderBy('Id')
        .execute();
      expect(left).to.deep.equal([
        { InventoryClassGuid: IDENTIFICATION, At: daysAgo(5) },
        { InventoryClassGuid: tcpip!.Guid, At: daysAgo(400) },
      ]);
    });

    it('deletes inventory of computers that are silent for long, and never because it did not change', async () => {
      const [silent, alive, unknown] = [
        await addComputer(cmdb, 200),
        await addComputer(cmdb, 1),
        await addComputer(cmdb),
      ];
      for (const computer of [silent, alive, unknown]) {
        await sql`insert into Inv_AeX_AC_Identification (_ResourceGuid, Name) values (${guidParam(computer)}, 'x')`.execute(
          cmdb.db,
        );
        await cmdb.db
          .insertInto('ResourceUpdate')
          .values({
            ResourceGuid: computer,
            InventoryClassGuid: IDENTIFICATION,
            CreatedAt: daysAgo(900),
            ModifiedAt: daysAgo(900),
            EventAt: daysAgo(900),
            RowCount: 1,
            DataHash: 'x',
          })
          .execute();
      }
      expect((await run()).removed, 'kept for ever as delivered').to.equal(0);
      const inventory = await subject(cmdb, `inventory:${IDENTIFICATION}`);
      await saveLimits(cmdb, clock, actor, inventory, { keepDays: 180, keepRows: null });
      expect(await countOld(cmdb, inventory, { keepDays: 180, keepRows: null }, NOW)).to.deep.equal({
        rows: 1,
        atLeast: false,
      });
      expect((await run()).removed).to.equal(1);
      const left = await cmdb.db.selectFrom('ResourceUpdate').select('ResourceGuid').execute();
      expect(left.map((row) => row.ResourceGuid).sort()).to.deep.equal([alive, unknown].sort());
      const { rows } = await sql<{ total: number }>`select count(*) as total from Inv_AeX_AC_Identification`.execute(
        cmdb.db,
      );
      expect(Number(rows[0]!.total)).to.equal(2);
    });

    it('trims logs by their own rules', async () => {
      const computer = await addComputer(cmdb);
      await cmdb.insertMany('Timeline', [
        { ResourceGuid: computer, At: daysAgo(366), Kind: 'old', Detail: '' },
        { ResourceGuid: computer, At: daysAgo(364), Kind: 'young', Detail: '' },
      ]);
      await cmdb.insertMany('AppliedEvent', [
        { SenderGuid: computer, MsgId: computer, BodyHash: 'x', AppliedAt: daysAgo(91) },
        { SenderGuid: computer, MsgId: EXECUTION, BodyHash: 'x', AppliedAt: daysAgo(89) },
      ]);
      await cmdb.insertMany('MinuteCounter', [
        { Name: 'checkIns', MinuteAt: daysAgo(15), Total: 1 },
        { Name: 'checkIns', MinuteAt: daysAgo(13), Total: 2 },
      ]);
      const { detail } = await run();
      expect(detail.map(({ removed }) => removed)).to.deep.equal([1, 1, 1]);
      expect((await cmdb.db.selectFrom('Timeline').select('Kind').execute()).map((row) => row.Kind)).to.deep.equal([
        'young',
      ]);
      expect(
        (await cmdb.db.selectFrom('AppliedEvent').select('MsgId').execute()).map((row) => row.MsgId),
      ).to.deep.equal([EXECUTION]);
      expect(
        (await cmdb.db.selectFrom('MinuteCounter').select('Total').execute()).map((row) => row.Total),
      ).to.deep.equal([2]);
    });

    it('writes a rule with what it was before, and takes only what makes sense', async () => {
      const timeline = await subject(cmdb, 'timeline');
      expect(ruleSentence(timeline, timeline)).to.equal(
        'Timeline entries of computers older than 365 days are deleted.',
      );
      const limits = readLimits(timeline, { keepDays: '30', keepRows: '' });
      await saveLimits(cmdb, clock, actor, timeline, limits);
      expect(await subject(cmdb, 'timeline')).to.include({ keepDays: 30, keepRows: null });
      await saveLimits(cmdb, clock, actor, timeline, { keepDays: null, keepRows: 50 });
      expect(await subject(cmdb, 'timeline')).to.include({ keepDays: null, keepRows: 50 });
      const audit = await cmdb.db
        .selectFrom('AuditEntry')
        .select(['Actor', 'ObjectKind', 'Detail'])
        .orderBy('Id')
        .execute();
      expect(audit[0]).to.include({ Actor: 'jane', ObjectKind: 'retention' });
      expect(JSON.parse(audit[0]!.Detail!)).to.deep.equal({
        before: { keepDays: 365, keepRows: null },
        after: { keepDays: 30, keepRows: null },
      });
      const applied = await subject(cmdb, 'appliedEvents');
      for (const wrong of [
        { keepDays: '29' },
        { keepDays: '1e3' },
        { keepDays: '-5' },
        { keepDays: 'x' },
        { keepDays: '99999' },
      ])
        expect(() => readLimits(applied, wrong), JSON.stringify(wrong)).to.throw(InvalidInput, 'from 30 to 36,500');
      expect(readLimits(applied, { keepDays: '', keepRows: '7' }), 'rows mean nothing here').to.deep.equal({
        keepDays: null,
        keepRows: null,
      });
    });
  });

  it('says what a rule does in a sentence', () => {
    const events = { label: 'Events “X”', kind: 'events' } as const;
    const inventory = { label: 'Inventory “X”', kind: 'inventory' } as const;
    const say = (what: typeof events | typeof inventory, keepDays: number | null, keepRows: number | null = null) =>
      ruleSentence(what, { keepDays, keepRows });
    expect(say(events, 1)).to.equal('Events “X” older than 1 day are deleted.');
    expect(say(events, 1000, 50)).to.equal(
      'Events “X” older than 1,000 days are deleted, and only the newest 50 of each computer are kept.',
    );
    expect(say(events, null, 50)).to.equal('Of events “X” only the newest 50 of each computer are kept.');
    expect(say(events, null)).to.equal('Events “X” are kept for ever.');
    expect(say(inventory, 180)).to.equal('Inventory “X” of computers that were not heard of for 180 days is deleted.');
    expect(say(inventory, null)).to.equal('Inventory “X” is kept, however long a computer is silent.');
  });
});
