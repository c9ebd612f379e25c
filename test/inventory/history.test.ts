import { expect } from 'chai';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { listHistory } from '../../models/inventory/historyView.ts';
import type { NseClass } from '../../wire/nse.ts';
import { nseClass } from '../../wire/nse.ts';
import { DATA_CLASS } from '../../wire/wellKnown.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { fixedClock, message, process, queued, rowsOf, WKS_042 } from '../events/support.ts';

const day = (number: number): Date => new Date(Date.UTC(2030, 5, number));
const full = (time: Date, ...classes: NseClass[]): string => message({ time, classes });

describe('the history of inventory', () => {
  forEachEngine((_engine, open) => {
    const clock = fixedClock('2031-02-03T04:05:06.000Z');
    let cmdb: AnyCmdb;
    beforeEach(async () => {
      cmdb = await open();
    });
    afterEach(() => cmdb.close());

    const apply = (...bodies: string[]) =>
      process(
        cmdb,
        clock,
        bodies.map((body) => queued(body)),
      );
    /** Without the first data of each class, which are no change. */
    const history = async () =>
      (await listHistory(cmdb, WKS_042, { offset: 0, limit: 50 })).rows.flatMap(({ id, difference, ...row }) =>
        id === undefined ? [] : [{ id, difference: difference!, ...row }],
      );
    const agents = (names: Record<string, string>) =>
      nseClass(
        'clientAgent',
        Object.entries(names).map(([agentName, productVersion]) => ({ agentName, productVersion })),
      );

    it('begins with the first change: the first data of a class is none', async () => {
      await apply(full(day(1), nseClass('location', [{ site: 'Here' }])));
      expect(await history()).to.deep.equal([]);
    });

    it('tells which columns of a row changed, from what to what, and when', async () => {
      await apply(full(day(1), nseClass('identification', [{ name: 'PC', osName: 'Old', domain: 'EXAMPLE' }])));
      clock.at += 3600_000;
      await apply(full(day(2), nseClass('identification', [{ name: 'PC', osName: 'New', domain: 'EXAMPLE' }])));
      const [change, ...more] = await history();
      expect(more).to.deep.equal([]);
      expect(change).to.deep.include({
        classGuid: DATA_CLASS.identification,
        className: 'AeX AC Identification',
        at: '2031-02-03T05:05:06.000Z',
        eventAt: day(2).toISOString(),
        difference: {
          added: [],
          removed: [],
          changed: [{ before: { 'OS Name': 'Old' }, after: { 'OS Name': 'New' } }],
        },
      });
      clock.at -= 3600_000;
    });

    it('tells added, removed and changed rows of a class that has many, by their first value', async () => {
      await apply(full(day(1), agents({ Core: '1', Inventory: '1', Old: '1' })));
      await apply(full(day(2), agents({ New: '1', Inventory: '2', Core: '1' })));
      const [change] = await history();
      expect(change!.difference.added.map((row) => row['Agent Name'])).to.deep.equal(['New']);
      expect(change!.difference.removed.map((row) => row['Agent Name'])).to.deep.equal(['Old']);
      expect(change!.difference.changed).to.deep.equal([
        { before: { 'Product Version': '1' }, after: { 'Product Version': '2' }, row: { 'Agent Name': 'Inventory' } },
      ]);
    });

    it('has no row for what is equal, in another order, or differs only in what always differs', async () => {
      const identity = (clientDate: string) => nseClass('identification', [{ name: 'PC', clientDate }]);
      await apply(full(day(1), identity('2030-06-01 08:00:00'), agents({ A: '1', B: '2' })));
      const before = await rowsOf(cmdb, 'Inv_AeX_AC_Identification');
      await apply(full(day(2), identity('2030-06-02 08:00:00'), agents({ B: '2', A: '1' })));
      expect(await history()).to.deep.equal([]);
      expect(await rowsOf(cmdb, 'Inv_AeX_AC_Identification'), 'no write').to.deep.equal(before);
    });

    it('has a row for each event that changed something, however many were applied together', async () => {
      const site = (name: string) => nseClass('location', [{ site: name }]);
      await apply(full(day(1), site('A')), full(day(2), site('B')), full(day(3), site('A')));
      const changes = (await history()).map(({ difference }) => difference.changed[0]!);
      expect(changes.map(({ before, after }) => `${String(before.Site)} ${String(after.Site)}`)).to.have.members([
        'A B',
        'B A',
      ]);
      expect((await rowsOf(cmdb, 'Inv_AeX_AC_Location')).map((row) => row.Site)).to.deep.equal(['A']);
    });

    it('is not kept for a class whose administrator does not want it', async () => {
      await cmdb.db.updateTable('DataClass').set({ HasHistory: 0 }).where('Guid', '=', DATA_CLASS.location).execute();
      await apply(full(day(1), nseClass('location', [{ site: 'Here' }])));
      await apply(full(day(2), nseClass('location', [{ site: 'There' }])));
      expect(await history()).to.deep.equal([]);
      expect((await rowsOf(cmdb, 'Inv_AeX_AC_Location')).map((row) => row.Site)).to.deep.equal(['There']);
    });

    it('lists so many rows of one change and says how many more there were', async () => {
      const many = (version: string) =>
        agents(Object.fromEntries(Array.from({ length: 250 }, (_, index) => [`Agent ${index}`, version])));
      await apply(full(day(1), many('1')));
      await apply(full(day(2), many('2')));
      const [change] = await history();
      expect(change!.difference.changed).to.have.length(200);
      expect(change!.difference.cut).to.equal(50);
    });

    it('is read by class and by page, newest first', async () => {
      for (let number = 1; number <= 4; number++) {
        clock.at += 1000;
        await apply(
          full(day(number), nseClass('location', [{ site: `S${number}` }]), agents({ Core: String(number) })),
        );
      }
      const query = { classGuid: DATA_CLASS.location, offset: 1, limit: 1 };
      const { total, rows } = await listHistory(cmdb, WKS_042, query);
      expect(total).to.equal(4);
      expect(rows.map((row) => row.difference!.changed[0]!.after.Site)).to.deep.equal(['S3']);
      expect(await history()).to.have.length(6);
      expect((await listHistory(cmdb, WKS_042, { offset: 0, limit: 1 })).total).to.equal(8);
      clock.at -= 4000;
    });
  });
});
