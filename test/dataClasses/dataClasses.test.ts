import { expect } from 'chai';
import { sql } from 'kysely';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import {
  addColumn,
  createClass,
  positionField,
  reorderColumns,
  saveClassSettings,
} from '../../models/dataClasses/changeClass.ts';
import { countForDelete, deleteClass } from '../../models/dataClasses/deleteClass.ts';
import { listClasses } from '../../models/dataClasses/listClasses.ts';
import { readClass } from '../../models/dataClasses/readClass.ts';
import { nameIsTaken } from '../../models/dataClasses/tableText.ts';
import { InvalidInput } from '../../models/fieldErrors.ts';
import { guid, type Guid } from '../../wire/guid.ts';
import { DATA_CLASS } from '../../wire/wellKnown.ts';
import { fixedClock, message, process, queued, rowsOf, sample } from '../events/support.ts';
import { forEachEngine } from '../support/cmdb.ts';

const ADMIN = { name: 'anna', address: '192.0.2.9' };
/** The class of the recorded custom inventory. */
const CUSTOM = guid('deadbeef-0000-4000-8000-00000000cafe');

async function errorsOf(work: Promise<unknown>): Promise<Record<string, string>> {
  try {
    await work;
  } catch (error) {
    if (error instanceof InvalidInput)
      return Object.fromEntries(error.errors.map((each) => [each.field, each.message]));
    throw error;
  }
  return {};
}

describe('data classes', function () {
  this.timeout(120_000);
  forEachEngine((_engine, open) => {
    const clock = fixedClock('2031-02-03T04:05:06.000Z');
    let cmdb: AnyCmdb;
    before(async () => (cmdb = await open()));
    after(() => cmdb.close());

    const create = (name: string, columns: string, more = {}): Promise<Guid> =>
      createClass(cmdb, clock, ADMIN, { name, columns, isMultiRow: '1', ...more });
    const send = (dataClass: Guid, rows: (string | undefined)[][], time = '2031-02-03T04:00:00.000Z') =>
      process(cmdb, clock, [
        queued(message({ classes: [{ guid: dataClass, name: '', rows }], time: new Date(time), biasMinutes: 0 })),
      ]);
    const audit = () => cmdb.db.selectFrom('AuditEntry').selectAll().orderBy('Id', 'desc').executeTakeFirstOrThrow();

    it('of an administrator take the recorded custom inventory from then on', async () => {
      expect((await process(cmdb, clock, [queued(sample('16-nse-custom-inventory.xml'))]))[0]).to.deep.include({
        kind: 'bad',
        reason: `The CMDB has no inventory class ${CUSTOM}.`,
      });
      const made = await create('Installed Tools', 'Tool, text 100\nVersion', { guid: `{${CUSTOM.toUpperCase()}}` });
      expect(made).to.equal(CUSTOM);
      expect((await process(cmdb, clock, [queued(sample('16-nse-custom-inventory.xml'))]))[0]).to.include({
        kind: 'done',
      });
      const rows = await rowsOf(cmdb, 'Inv_Installed_Tools');
      expect(rows.map((row) => [row.Tool, row.Version])).to.have.deep.members([
        ['Example tool', '4.2'],
        ['Other tool', '1.0'],
      ]);
      const entry = await audit();
      expect(entry).to.include({
        Action: 'create',
        ObjectKind: 'data class',
        ObjectName: 'Installed Tools',
        Actor: 'anna',
      });
      expect(JSON.parse(entry.Detail!).after.columns[0]).to.include({ name: 'Tool', maxLength: 100, position: 0 });
    });

    it('keep text, whole numbers and times in columns of their types', async () => {
      const made = await create('Typed', 'Some Text, text 5\nHow Many, int\nInstalled On, time');
      const [outcome] = await send(made, [['abcdefgh', '9007199254740991', '2031-01-02 03:04:05']]);
      expect(outcome).to.include({ kind: 'done' });
      const [row] = await rowsOf(cmdb, 'Inv_Typed');
      expect(row).to.include({ 'Some Text': 'abcde', 'How Many': 9007199254740991 });
      expect(new Date(row!['Installed On'] as string).toISOString()).to.equal('2031-01-02T03:04:05.000Z');
    });

    it('are refused with names that SQL, reports or events could not bear, and nothing is made', async () => {
      const before = await cmdb.db.selectFrom('DataClass').select('Guid').execute();
      const hostile = ['x]; DROP TABLE Resource; --', 'a"b', "a'b", '_id', 'ä', 'a.b', '', '1st', 'x'.repeat(61)];
      for (const name of hostile) {
        expect(Object.keys(await errorsOf(create(name, 'Tool'))), name).to.deep.equal(['name']);
        expect(Object.keys(await errorsOf(create('Fine', name === '' ? ' ' : name))), name).to.deep.equal(['columns']);
      }
      for (const name of ['InstalledAt', 'OwnerGuid', 'IsThere', 'rowid', 'a as b'])
        expect(Object.keys(await errorsOf(create('Fine', name))), name).to.deep.equal(['columns']);
      for (const columns of ['Tool\ntool', 'Tool, blob', 'Tool, int 5', 'Tool, text 0', 'Tool, text 999999'])
        expect(Object.keys(await errorsOf(create('Fine', columns))), columns).to.deep.equal(['columns']);
      expect(await cmdb.db.selectFrom('DataClass').select('Guid').execute()).to.deep.equal(before);
      expect(await nameIsTaken(cmdb, 'Inv_Fine')).to.equal(false);
    });

    it('are refused a second time by name, by table and by GUID', async () => {
      expect(await errorsOf(create('INSTALLED tools', 'A'))).to.have.property('name');
      expect(await errorsOf(create('Installed-Tools', 'A'))).to.deep.equal({
        name: 'The CMDB has a table Inv_Installed_Tools already.',
      });
      expect(await errorsOf(create('Another', 'A', { guid: CUSTOM }))).to.deep.equal({
        guid: 'Another class has this GUID.',
      });
    });

    it('read events in a corrected order from then on, and keep what is there', async () => {
      const made = await create('Order', 'First\nSecond\nThird');
      await send(made, [['1', '2', '3']]);
      const order = new Map([
        ['First', 5],
        ['Second', 0],
        ['Third', 1],
      ]);
      await reorderColumns(cmdb, clock, ADMIN, made, order);
      expect(await rowsOf(cmdb, 'Inv_Order')).to.have.length(1);
      expect((await rowsOf(cmdb, 'Inv_Order'))[0]).to.include({ First: '1', Second: '2', Third: '3' });
      await send(made, [['2', '3', undefined, undefined, undefined, '1 new']], '2031-02-03T04:01:00.000Z');
      expect((await rowsOf(cmdb, 'Inv_Order'))[0]).to.include({ First: '1 new', Second: '2', Third: '3' });
      const entry = await audit();
      const { before, after } = JSON.parse(entry.Detail!);
      const positions = (detail: { columns: { name: string; position: number }[] }) =>
        detail.columns.map(({ name, position }) => `${name} c${position}`);
      expect(positions(before)).to.deep.equal(['First c0', 'Second c1', 'Third c2']);
      expect(positions(after)).to.deep.equal(['Second c0', 'Third c1', 'First c5']);
    });

    it('refuse an order with two columns in one place, and one that no event can reach', async () => {
      const before = await readClass(cmdb, DATA_CLASS.tcpip);
      const save = (order: [string, number][]) => reorderColumns(cmdb, clock, ADMIN, DATA_CLASS.tcpip, new Map(order));
      expect(await errorsOf(save([['Host Name', 1]]))).to.deep.equal({
        [positionField(1)]: 'Host Name is c1 already.',
      });
      for (const position of [-1, 512, 1.5, Number.NaN])
        expect(await errorsOf(save([['Host Name', position]]))).to.have.property(positionField(0));
      expect(await readClass(cmdb, DATA_CLASS.tcpip)).to.deep.equal(before);
    });

    it('take a column more, which events fill, and keep the rows that were there', async () => {
      await addColumn(cmdb, clock, ADMIN, CUSTOM, { name: 'Price', dataType: 'int', maxLength: '' });
      const [old] = await rowsOf(cmdb, 'Inv_Installed_Tools');
      expect(old).to.include({ Price: null });
      await send(CUSTOM, [['Tool', '5', '42']]);
      expect((await rowsOf(cmdb, 'Inv_Installed_Tools')).map((row) => row.Price)).to.deep.equal([42]);
      const again = addColumn(cmdb, clock, ADMIN, CUSTOM, { name: 'price', dataType: 'int', maxLength: '' });
      expect(await errorsOf(again)).to.deep.equal({ name: 'There is a column price already.' });
      const builtIn = addColumn(cmdb, clock, ADMIN, DATA_CLASS.tcpip, { name: 'Mine', dataType: 'int', maxLength: '' });
      expect(await errorsOf(builtIn)).to.have.property('name');
    });

    it('say what changed when their settings change', async () => {
      await saveClassSettings(cmdb, clock, ADMIN, CUSTOM, {
        description: 'Tools',
        hasHistory: true,
        volatile: ['Price'],
      });
      expect(await readClass(cmdb, CUSTOM)).to.include({ description: 'Tools', hasHistory: true });
      const { before, after } = JSON.parse((await audit()).Detail!);
      expect([before.hasHistory, after.hasHistory]).to.deep.equal([false, true]);
      expect(after.columns.find((column: { name: string }) => column.name === 'Price')).to.include({
        isVolatile: true,
      });
    });

    it('are listed with what they hold', async () => {
      const listed = await listClasses(cmdb);
      expect(listed.find((each) => each.guid === CUSTOM)).to.include({
        rows: 1,
        computers: 1,
        columns: 3,
        kind: 'inventory',
      });
      expect(listed.find((each) => each.guid === DATA_CLASS.swdExecution)).to.include({
        rows: 0,
        kind: 'event',
        isBuiltIn: true,
      });
    });

    it('of events have the view that reports read them by', async () => {
      for (const { name, kind, table } of await listClasses(cmdb)) {
        if (kind !== 'event') continue;
        expect(await nameIsTaken(cmdb, table), name).to.equal(true);
        await sql`select _ResourceGuid, _eventTime from ${sql.table(table)}`.execute(cmdb.db);
      }
    });

    it('go with their rows and history, and events for them are bad from then on', async () => {
      await send(CUSTOM, [['Tool', '6', '43']], '2031-02-03T04:02:00.000Z');
      const counted = await countForDelete(cmdb, (await readClass(cmdb, CUSTOM))!);
      expect(counted).to.include({ rows: 1, computers: 1 });
      const deleted = await deleteClass(cmdb, clock, ADMIN, CUSTOM);
      expect(deleted).to.deep.equal({ computers: 1, changes: counted.changes });
      expect(await readClass(cmdb, CUSTOM)).to.equal(undefined);
      expect(await nameIsTaken(cmdb, 'Inv_Installed_Tools')).to.equal(false);
      expect(
        await cmdb.db
          .selectFrom('ResourceUpdate')
          .select('DataHash')
          .where('InventoryClassGuid', '=', CUSTOM)
          .execute(),
      ).to.deep.equal([]);
      expect(await audit()).to.include({ Action: 'delete', ObjectName: 'Installed Tools' });
      expect((await send(CUSTOM, [['Tool', '6']]))[0]).to.include({ kind: 'bad' });
      expect(await deleteClass(cmdb, clock, ADMIN, CUSTOM)).to.equal(undefined);
      // The name is free again, with other columns.
      await create('Installed Tools', 'Other', { guid: CUSTOM });
      expect((await send(CUSTOM, [['now']], '2031-02-03T04:03:00.000Z'))[0]).to.include({ kind: 'done' });
      expect((await rowsOf(cmdb, 'Inv_Installed_Tools'))[0]).to.include({ Other: 'now' });
    });

    it('that are built in cannot be deleted, nor can those of events', async () => {
      for (const builtIn of [DATA_CLASS.identification, DATA_CLASS.swdExecution]) {
        expect(await errorsOf(deleteClass(cmdb, clock, ADMIN, builtIn))).to.have.property('');
        expect(await readClass(cmdb, builtIn)).not.to.equal(undefined);
      }
      await sql`select 1 from Inv_AeX_AC_Identification`.execute(cmdb.db);
    });
  });
});
