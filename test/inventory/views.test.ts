import { expect } from 'chai';
import { readTimeline } from '../../models/computers/timeline.ts';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { listComputerDeliveries, listComputerEvents } from '../../models/inventory/computerEvents.ts';
import { listInventoryClasses, listMissingClasses, readInventoryRows } from '../../models/inventory/inventoryView.ts';
import { searchInventory } from '../../models/inventory/searchInventory.ts';
import { newGuid } from '../../wire/guid.ts';
import { nseClass, type NseClass } from '../../wire/nse.ts';
import { CAPTURE_ITEM, DATA_CLASS } from '../../wire/wellKnown.ts';
import { fixedClock, message, process, queued, WKS_042 } from '../events/support.ts';
import { forEachEngine } from '../support/cmdb.ts';

describe("a computer's pages", () => {
  forEachEngine((_engine, open) => {
    const clock = fixedClock('2031-02-03T04:05:06.000Z');
    let cmdb: AnyCmdb;
    const other = newGuid();

    const send = (classes: NseClass[], to = CAPTURE_ITEM.basicInventory, minute = 0, sender = WKS_042) =>
      process(cmdb, clock, [
        queued(
          message({
            to,
            classes,
            time: new Date(Date.UTC(2030, 5, 1, 10, minute)),
            resource: { guid: sender, name: 'X', keys: [] },
          }),
          { sender },
        ),
      ]);

    before(async () => {
      cmdb = await open();
      const adapters = Array.from({ length: 5 }, (_, index) => ({
        ipAddress: `10.0.0.${index}`,
        adapter: `eth${index}`,
      }));
      await send([
        nseClass('identification', [{ name: 'WKS-042', osName: 'Example OS' }]),
        nseClass('tcpip', adapters),
      ]);
      await send([nseClass('location', [{ site: 'Elsewhere' }])], CAPTURE_ITEM.basicInventory, 0, other);
      const policy = newGuid();
      await send(
        [nseClass('swdPackage', [{ packageName: 'Viewer', status: 'Downloaded', advertisementGuid: policy }])],
        CAPTURE_ITEM.swdPackage,
        1,
      );
      await send(
        [
          nseClass('swdExecution', [
            { packageName: 'Viewer', programName: 'Install', status: 'Command executed', returnCode: '0' },
          ]),
        ],
        CAPTURE_ITEM.swdExecution,
        2,
      );
      await send(
        [nseClass('swdExecution', [{ packageName: 'Editor', status: 'Command executed', returnCode: '7' }])],
        CAPTURE_ITEM.swdExecution,
        3,
      );
      await cmdb.db
        .insertInto('Delivery')
        .values({
          PolicyGuid: policy,
          ResourceGuid: WKS_042,
          PackageGuid: null,
          PackageVersion: 2,
          Status: 'downloaded',
          ReturnCode: null,
          Detail: '',
          UpdatedAt: '2030-06-01T10:01:00.000Z',
        })
        .execute();
    });
    after(() => cmdb.close());

    it('list the classes that the computer sent, with their last change', async () => {
      const classes = await listInventoryClasses(cmdb, WKS_042);
      expect(classes.map((each) => `${each.name} ${each.rowCount}`)).to.deep.equal([
        'AeX AC Identification 1',
        'AeX AC TCPIP 5',
      ]);
      expect(classes[0]).to.include({ eventAt: '2030-06-01T10:00:00.000Z', modifiedAt: '2031-02-03T04:05:06.000Z' });
    });

    it('show rows by page, values in the order of the columns', async () => {
      const shown = await readInventoryRows(cmdb, WKS_042, DATA_CLASS.tcpip, 1, 2);
      expect(shown!.total).to.equal(5);
      const [address, adapter] = ['IP Address', 'Adapter'].map((name) => shown!.columns.indexOf(name));
      expect(shown!.rows.map((row) => [row[address!], row[adapter!]])).to.deep.equal([
        ['10.0.0.1', 'eth1'],
        ['10.0.0.2', 'eth2'],
      ]);
      expect(await readInventoryRows(cmdb, WKS_042, newGuid(), 0, 10)).to.equal(undefined);
    });

    it('sort rows by a column, backwards too, and find those with a text in any of their values', async () => {
      const adapter = (await readInventoryRows(cmdb, WKS_042, DATA_CLASS.tcpip, 0, 1))!.columns.indexOf('Adapter');
      const read = async (order: Parameters<typeof readInventoryRows>[5]) => {
        const found = await readInventoryRows(cmdb, WKS_042, DATA_CLASS.tcpip, 0, 2, order);
        return [found!.total, ...found!.rows.map((row) => row[adapter])];
      };
      expect(await read({ sort: adapter })).to.deep.equal([5, 'eth0', 'eth1']);
      expect(await read({ sort: adapter, descending: true })).to.deep.equal([5, 'eth4', 'eth3']);
      expect(await read({ search: '0.0.3' })).to.deep.equal([1, 'eth3']);
      expect(await read({ search: 'ETH4' })).to.deep.equal([1, 'eth4']);
      expect(await read({ search: '%' })).to.deep.equal([0]);
    });

    it('find a text in all classes, with the column and the rest of the row', async () => {
      const found = await searchInventory(cmdb, WKS_042, 'EXAMPLE', 10);
      expect(
        found.map(({ name, total, hits }) => [name, total, hits.map(({ column, value }) => [column, value])]),
      ).to.deep.equal([['AeX AC Identification', 1, [['OS Name', 'Example OS']]]]);
      const [adapters] = await searchInventory(cmdb, WKS_042, 'eth', 2);
      expect(adapters).to.deep.include({ name: 'AeX AC TCPIP', total: 5 });
      expect(adapters!.hits).to.deep.equal([
        { column: 'Adapter', value: 'eth0', row: '10.0.0.0' },
        { column: 'Adapter', value: 'eth1', row: '10.0.0.1' },
      ]);
      expect(await searchInventory(cmdb, WKS_042, 'no such text', 10)).to.deep.equal([]);
      expect(await searchInventory(cmdb, other, 'eth', 10), 'of another computer').to.deep.equal([]);
    });

    it('tell which classes were never sent', async () => {
      const missing = (await listMissingClasses(cmdb, WKS_042)).map((each) => each.name);
      expect(missing).to.include('AeX AC Location').and.not.to.include('AeX AC TCPIP');
      expect(missing, 'events are no inventory').not.to.include('AeX SWD Execution');
    });

    it('list events of all kinds, newest first', async () => {
      const { total, events } = await listComputerEvents(cmdb, WKS_042, 0, 2);
      expect(total).to.equal(3);
      expect(events.map((event) => [event.kind, event.packageName, event.returnCode])).to.deep.equal([
        ['execution', 'Editor', 7],
        ['execution', 'Viewer', 0],
      ]);
      expect((await listComputerEvents(cmdb, WKS_042, 2, 2)).events[0]).to.include({
        kind: 'package',
        status: 'Downloaded',
        programName: '',
        returnCode: null,
      });
      expect((await listComputerEvents(cmdb, other, 0, 10)).total).to.equal(0);
    });

    it('list deliveries, also of a policy that is gone', async () => {
      const { total, deliveries } = await listComputerDeliveries(cmdb, WKS_042, 0, 10);
      expect(total).to.equal(1);
      expect(deliveries[0]).to.include({ policyName: '', status: 'downloaded', packageVersion: 2 });
    });

    it('show the timeline by page, newest first', async () => {
      const { total, entries } = await readTimeline(cmdb, WKS_042, 0, 1);
      expect(total).to.equal(2);
      expect(entries[0]).to.include({ kind: 'deliveryFailed', detail: 'Editor: return code 7.' });
    });
  });
});
