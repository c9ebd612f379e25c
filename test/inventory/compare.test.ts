import { expect } from 'chai';
import fc from 'fast-check';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { compareInventory } from '../../models/inventory/compare/compareInventory.ts';
import { rowsAt } from '../../models/inventory/compare/rowsAt.ts';
import { DataClasses } from '../../models/inventory/dataClasses.ts';
import { changeOf } from '../../models/inventory/history/changeOf.ts';
import { listHistory, readHistoryEntry } from '../../models/inventory/historyView.ts';
import { listInventoryClasses } from '../../models/inventory/inventoryView.ts';
import { classRowsOf } from '../../models/inventory/storedRows.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { nseClass, type NseClass } from '../../wire/nse.ts';
import { DATA_CLASS } from '../../wire/wellKnown.ts';
import { fixedClock, message, process, queued } from '../events/support.ts';
import { forEachEngine } from '../support/cmdb.ts';

const MINUTE = 60_000;

describe('what inventory was, and what differs', () => {
  forEachEngine((engine, open) => {
    const clock = fixedClock('2031-02-03T04:00:00.000Z');
    let cmdb: AnyCmdb;
    const [one, other] = [newGuid(), newGuid()];

    /** Sends inventory, and answers the instant at which it was applied. */
    const send = async (sender: Guid, classes: NseClass[]): Promise<string> => {
      clock.at += MINUTE;
      const at = new Date(clock.at).toISOString();
      const resource = { guid: sender, name: 'X', keys: [] };
      const body = message({ classes, time: new Date(clock.at), resource });
      const [outcome] = await process(cmdb, clock, [queued(body, { sender, receivedAt: at })]);
      expect(outcome).to.include({ kind: 'done' });
      return at;
    };
    const adapters = (...addresses: [string, string][]) =>
      nseClass(
        'tcpip',
        addresses.map(([adapter, ipAddress]) => ({ hostName: adapter, adapter, ipAddress })),
      );
    const named = (osVersion: string) => nseClass('identification', [{ name: 'X', osVersion, clientDate: osVersion }]);

    let times: string[];
    before(async () => {
      cmdb = await open();
      times = [
        await send(one, [named('10'), adapters(['eth0', '10.0.0.1'], ['eth1', '10.0.0.2'])]),
        await send(one, [named('11'), adapters(['eth0', '10.0.0.9'], ['eth2', '10.0.0.3'])]),
        await send(one, [named('11'), adapters(['eth0', '10.0.0.9'])]),
      ];
      await send(other, [named('11'), adapters(['eth0', '10.0.0.9'])]);
      await send(other, [nseClass('location', [{ site: 'Elsewhere' }])]);
    });
    after(() => cmdb.close());

    describe('history', () => {
      it('lists changes newest first, the first data of each class as the oldest', async () => {
        const { total, rows } = await listHistory(cmdb, one, { offset: 0, limit: 10 });
        expect(total).to.equal(5);
        expect(rows.map(({ at }) => at)).to.deep.equal([times[2], times[1], times[1], times[0], times[0]]);
        expect(
          rows.map(({ className, at, difference }) => [className, at, difference === undefined]),
        ).to.have.deep.members([
          ['AeX AC TCPIP', times[2], false],
          ['AeX AC TCPIP', times[1], false],
          ['AeX AC Identification', times[1], false],
          ['AeX AC TCPIP', times[0], true],
          ['AeX AC Identification', times[0], true],
        ]);
        expect(rows[0]!.difference).to.deep.include({ added: [], changed: [] });
        expect(rows[0]!.difference!.removed[0]).to.include({ Adapter: 'eth2', 'IP Address': '10.0.0.3' });
      });

      it('narrows to a class and to a time, and pages', async () => {
        const options = { classGuid: DATA_CLASS.identification, offset: 0, limit: 10 };
        const { total, rows } = await listHistory(cmdb, one, options);
        expect(total).to.equal(2);
        expect(rows[0]!.difference!.changed).to.deep.equal([
          { before: { 'OS Version': '10' }, after: { 'OS Version': '11' } },
        ]);
        expect((await listHistory(cmdb, one, { ...options, since: times[1] })).total).to.equal(1);
        expect((await listHistory(cmdb, one, { ...options, offset: 1, limit: 1 })).rows).to.have.length(1);
        expect((await listHistory(cmdb, newGuid(), { offset: 0, limit: 10 })).total).to.equal(0);
      });

      it('reads one change of this resource, and none of another', async () => {
        const { rows } = await listHistory(cmdb, one, { offset: 0, limit: 1 });
        const entry = await readHistoryEntry(cmdb, one, rows[0]!.id!);
        expect(entry).to.deep.include({ className: 'AeX AC TCPIP', at: times[2], difference: rows[0]!.difference });
        expect(await readHistoryEntry(cmdb, other, rows[0]!.id!)).to.equal(undefined);
      });

      it('tells when a class changed last', async () => {
        const classes = await listInventoryClasses(cmdb, one);
        expect(classes.map(({ name, changedAt, modifiedAt }) => [name, changedAt, modifiedAt])).to.deep.equal([
          ['AeX AC Identification', times[1], times[2]],
          ['AeX AC TCPIP', times[2], times[2]],
        ]);
        const [location] = (await listInventoryClasses(cmdb, other)).filter(({ guid }) => guid === DATA_CLASS.location);
        expect(location!.changedAt, 'never since it came').to.equal(location!.createdAt);
      });
    });

    it('compares two computers: what is equal, what differs, what only one has', async () => {
      const sides = [one, other].map((resource) => ({ resource, at: undefined }));
      const compared = await compareInventory(cmdb, [sides[0]!, sides[1]!], { mostRows: 100, now: clock.at });
      expect(compared.map(({ dataClass, isEqual, rows }) => [dataClass.name, isEqual, rows])).to.deep.equal([
        ['AeX AC Identification', true, [1, 1]],
        ['AeX AC Location', false, [undefined, 1]],
        ['AeX AC TCPIP', true, [1, 1]],
      ]);
      expect(compared[1]!.single![1]).to.include({ Site: 'Elsewhere' });
    });

    it('compares one computer at two times, from its history', async () => {
      const compare = (at: string | undefined, to: string | undefined) =>
        compareInventory(
          cmdb,
          [
            { resource: one, at },
            { resource: one, at: to },
          ],
          { mostRows: 100, now: clock.at },
        );
      const [identification, tcpip] = await compare(times[0], undefined);
      expect(identification).to.include({ isEqual: false, note: undefined });
      expect(identification!.single!.map((row) => row!['OS Version'])).to.deep.equal(['10', '11']);
      expect(tcpip!.rows).to.deep.equal([2, 1]);
      expect(tcpip!.difference!.changed).to.deep.equal([
        {
          row: { 'Host Name': 'eth0' },
          before: { 'IP Address': '10.0.0.1' },
          after: { 'IP Address': '10.0.0.9' },
        },
      ]);
      expect(tcpip!.difference!.removed.map((row) => row.Adapter)).to.deep.equal(['eth1']);
      expect((await compare(times[1], times[2])).map(({ isEqual }) => isEqual)).to.deep.equal([true, false]);
      const before = new Date(Date.parse(times[0]!) - MINUTE).toISOString();
      expect((await compare(before, undefined)).map(({ rows }) => rows[0])).to.deep.equal([undefined, undefined]);
    });

    it('says when history does not reach back so far', async () => {
      const keep = (days: number | null) =>
        cmdb.db
          .updateTable('DataClass')
          .set({ HistoryKeepDays: days })
          .where('Guid', '=', DATA_CLASS.identification)
          .execute();
      await keep(1);
      const at = new Date(clock.at - 25 * 60 * MINUTE).toISOString();
      const sides = [
        { resource: one, at },
        { resource: one, at: undefined },
      ] as const;
      const [identification, tcpip] = await compareInventory(cmdb, sides, { mostRows: 100, now: clock.at });
      expect(identification!.note).to.contain('kept for 1 day;');
      expect(tcpip!.note).to.equal(undefined);
      await keep(null);
    });

    it('counts and does not compare what is too large for the page', async () => {
      const sides = [one, one].map((resource, index) => ({ resource, at: index === 0 ? times[0] : undefined }));
      const [, tcpip] = await compareInventory(cmdb, [sides[0]!, sides[1]!], { mostRows: 0, now: clock.at });
      expect(tcpip).to.include({ isEqual: undefined, difference: undefined }).and.have.property('note');
    });

    it('takes back any sequence of changes exactly', async function () {
      this.timeout(120_000);
      const row = fc.tuple(fc.constantFrom('eth0', 'eth1', 'eth2', ''), fc.constantFrom('10.0.0.1', '10.0.0.2', ''));
      const steps = fc.array(fc.array(row, { maxLength: 5 }), { minLength: 2, maxLength: 5 });
      const tcpip = (await DataClasses.load(cmdb)).get(DATA_CLASS.tcpip)!;
      const rowsNow = async (sender: Guid) => (await classRowsOf(cmdb, tcpip, [sender])).get(sender) ?? [];
      await fc.assert(
        fc.asyncProperty(steps, async (sequence) => {
          const sender = newGuid();
          const states: { at: string; rows: Awaited<ReturnType<typeof rowsNow>> }[] = [];
          for (const rows of sequence) {
            const at = await send(sender, [adapters(...rows)]);
            states.push({ at, rows: await rowsNow(sender) });
          }
          for (const { at, rows } of states) {
            const earlier = await rowsAt(cmdb, sender, tcpip, await rowsNow(sender), at);
            expect(earlier.doubt).to.equal(undefined);
            expect(changeOf(tcpip, earlier.rows, rows), `${JSON.stringify(sequence)} at ${at}`).to.equal(undefined);
          }
        }),
        { numRuns: engine === 'sqlite' ? 15 : 4 },
      );
    });
  });
});
