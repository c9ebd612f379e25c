import { expect } from 'chai';
import { sql } from 'kysely';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { listInventoryClasses, readInventoryRows } from '../../models/inventory/inventoryView.ts';
import { guid } from '../../wire/guid.ts';
import { fixedClock, inventory, process, queued, WKS_042 } from '../events/support.ts';
import { forEachEngine } from '../support/cmdb.ts';

const ODD = guid('0d0d0d0d-0000-4000-8000-000000000001');
const TABLE = `Inv_Odd"; DROP TABLE Computer; --]`;
const COLUMNS = [`it's "quoted"`, 'brackets [a]] v1.0', 'Select'];

/** A class as an administrator may define it: whatever its names hold, they are names. */
async function defineOddClass({ db, engine }: AnyCmdb): Promise<void> {
  const text = engine === 'sqlite' ? sql`text` : sql`nvarchar(100)`;
  const owner = engine === 'sqlite' ? sql`text` : sql`uniqueidentifier`;
  let table = db.schema.createTable(TABLE).addColumn('_id', 'integer').addColumn('_ResourceGuid', owner);
  for (const column of COLUMNS) table = table.addColumn(column, text);
  await table.execute();
  await db
    .insertInto('DataClass')
    .values({ Guid: ODD, Name: 'Odd', DataTableName: TABLE, Kind: 'inventory', IsMultiRow: 1, Description: '' })
    .execute();
  for (const [index, Name] of COLUMNS.entries()) {
    // Position 1 is a hole: agents of another version sent something there.
    const Position = index === 0 ? 0 : index + 1;
    await db
      .insertInto('DataClassColumn')
      .values({ DataClassGuid: ODD, Position, Name, DataType: 'text', MaxLength: 100 })
      .execute();
  }
}

describe('reading inventory', () => {
  forEachEngine((_engine, open) => {
    let cmdb: AnyCmdb;
    before(async () => {
      cmdb = await open();
      await process(cmdb, fixedClock('2031-01-01T00:00:00Z'), [queued(inventory('WKS-042'))]);
      await defineOddClass(cmdb);
      const row = { _id: 1, _ResourceGuid: WKS_042, [COLUMNS[0]!]: "<b>'1'</b>", [COLUMNS[1]!]: null, Select: '3' };
      await cmdb.db
        .insertInto(TABLE as never)
        .values(row as never)
        .execute();
      const times = { CreatedAt: '2031-01-01T00:00:00.000Z', ModifiedAt: '2031-01-01T00:00:00.000Z' };
      await cmdb.db
        .insertInto('ResourceUpdate')
        .values({
          ResourceGuid: WKS_042,
          InventoryClassGuid: ODD,
          ...times,
          EventAt: times.CreatedAt,
          RowCount: 1,
          DataHash: '',
        })
        .execute();
    });
    after(() => cmdb.close());

    it('quotes names of tables and columns, whatever they hold', async () => {
      const rows = await readInventoryRows(cmdb, WKS_042, ODD, 0, 10);
      expect(rows).to.deep.include({ columns: COLUMNS, rows: [["<b>'1'</b>", null, '3']], total: 1 });
      expect(await cmdb.db.selectFrom('Computer').select('Name').execute()).to.deep.equal([{ Name: 'WKS-042' }]);
    });

    it('sorts and searches such a class, too', async () => {
      const rows = await readInventoryRows(cmdb, WKS_042, ODD, 0, 10, { sort: 1, search: "'1'" });
      expect(rows!.rows).to.deep.equal([["<b>'1'</b>", null, '3']]);
      expect((await readInventoryRows(cmdb, WKS_042, ODD, 0, 10, { search: 'nowhere' }))!.total).to.equal(0);
    });

    it('shows such a class among the others', async () => {
      const classes = await listInventoryClasses(cmdb, WKS_042);
      expect(classes.map((each) => each.name)).to.deep.equal(['AeX AC Identification', 'Odd']);
      expect(classes[1]).to.include({ hasHistory: false, changedAt: null });
    });
  });
});
