import { expect } from 'chai';
import { deleteMatching, insertMissing, readMatching, updateMany } from '../../models/cmdb/bulk.ts';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { newGuid } from '../../wire/guid.ts';
import { forEachEngine } from '../support/cmdb.ts';

const COLUMNS = ['SenderGuid', 'MsgId', 'BodyHash', 'AppliedAt'];
const KEY = ['SenderGuid', 'MsgId'];
const [FIRST, SECOND] = ['2031-02-03T04:05:06.000Z', '2031-02-03T04:05:07.123Z'];

describe('statements over many rows', () => {
  forEachEngine((_engine, open) => {
    const [a, b, c] = [newGuid(), newGuid(), newGuid()];
    let cmdb: AnyCmdb;
    before(async () => {
      cmdb = await open();
    });
    after(() => cmdb.close());

    it('insert what is missing, and answer which', async () => {
      const rows = [
        [a, b, "it's", FIRST],
        [a, c, '["]', FIRST],
      ];
      const inserted = await insertMissing<{ SenderGuid: string; MsgId: string }>(
        cmdb,
        'AppliedEvent',
        COLUMNS,
        KEY,
        rows,
      );
      expect(inserted.map((row) => ({ ...row }))).to.have.deep.members([
        { SenderGuid: a, MsgId: b },
        { SenderGuid: a, MsgId: c },
      ]);
      const again = [...rows, [b, c, 'new', SECOND]];
      expect(
        (await insertMissing(cmdb, 'AppliedEvent', COLUMNS, KEY, again)).map((row) => ({ ...(row as object) })),
      ).to.deep.equal([{ SenderGuid: b, MsgId: c }]);
      expect(await insertMissing(cmdb, 'AppliedEvent', COLUMNS, KEY, [])).to.deep.equal([]);
    });

    it('read by any key, in the form that code expects', async () => {
      const read = async (key: string[], keys: string[][]) =>
        (await readMatching<object>(cmdb, 'AppliedEvent', COLUMNS, key, keys)).map((row) => ({ ...row }));
      expect(
        await read(KEY, [
          [a, c],
          [c, c],
        ]),
      ).to.deep.equal([{ SenderGuid: a, MsgId: c, BodyHash: '["]', AppliedAt: FIRST }]);
      expect(await read(['SenderGuid'], [[a], [b]])).to.have.length(3);
      expect(await read(KEY, [])).to.deep.equal([]);
    });

    it('update rows by their key and no others', async () => {
      await updateMany(cmdb, 'AppliedEvent', COLUMNS, 2, [
        [a, b, 'changed', SECOND],
        [c, c, 'not there', SECOND],
      ]);
      const rows = await cmdb.db.selectFrom('AppliedEvent').selectAll().orderBy('BodyHash').execute();
      expect(rows.map((row) => `${row.BodyHash} ${row.AppliedAt}`)).to.have.members([
        `["] ${FIRST}`,
        `changed ${SECOND}`,
        `new ${SECOND}`,
      ]);
    });

    it('delete by one column', async () => {
      await deleteMatching(cmdb, 'AppliedEvent', 'SenderGuid', [a, c]);
      expect(
        (await cmdb.db.selectFrom('AppliedEvent').select('SenderGuid').execute()).map((row) => row.SenderGuid),
      ).to.deep.equal([b]);
      await deleteMatching(cmdb, 'AppliedEvent', 'SenderGuid', []);
    });
  });
});
