import { expect } from 'chai';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import type { NseClass } from '../../wire/nse.ts';
import { nseClass } from '../../wire/nse.ts';
import { DATA_CLASS } from '../../wire/wellKnown.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { fixedClock, message, process, queued, rowsOf } from '../events/support.ts';

const day = (number: number): Date => new Date(Date.UTC(2030, 5, number));
const full = (time: Date, ...classes: NseClass[]): string => message({ time, classes });
const partial = (time: Date, ...classes: NseClass[]): string =>
  full(time, ...classes).replaceAll('<inventoryClass ', '<inventoryClass partialUpdate="true" ');

describe('a partial update', () => {
  forEachEngine((_engine, open) => {
    const clock = fixedClock('2031-02-03T04:05:06.000Z');
    let cmdb: AnyCmdb;
    beforeEach(async () => {
      cmdb = await open();
    });
    afterEach(() => cmdb.close());

    const apply = async (...bodies: string[]) => {
      const outcomes = await process(
        cmdb,
        clock,
        bodies.map((body) => queued(body)),
      );
      expect(outcomes.map((outcome) => outcome.kind)).to.deep.equal(bodies.map(() => 'done'));
    };
    const identification = async () => (await rowsOf(cmdb, 'Inv_AeX_AC_Identification'))[0]!;
    const agents = async () =>
      (await rowsOf(cmdb, 'Inv_AeX_AC_Client_Agent')).map(
        (row) => `${String(row['Agent Name'])} ${String(row['Product Version'])} ${String(row['Build Number'])}`,
      );
    const update = async (dataClass: string) =>
      (
        await cmdb.db
          .selectFrom('ResourceUpdate')
          .selectAll()
          .where('InventoryClassGuid', '=', dataClass as never)
          .execute()
      )[0]!;

    it('of a class with one row sets what it gives and keeps the rest; a full one replaces everything', async () => {
      await apply(full(day(1), nseClass('identification', [{ name: 'PC', domain: 'EXAMPLE', osName: 'Old' }])));
      await apply(partial(day(2), nseClass('identification', [{ osName: 'New', osVersion: '11' }])));
      expect(await identification()).to.include({
        Name: 'PC',
        Domain: 'EXAMPLE',
        'OS Name': 'New',
        'OS Version': '11',
      });
      const [computer] = await cmdb.db.selectFrom('Computer').selectAll().execute();
      expect(computer).to.include({ Name: 'PC', Domain: 'EXAMPLE', OsName: 'New' });
      await apply(full(day(3), nseClass('identification', [{ name: 'PC' }])));
      expect(await identification()).to.include({ Name: 'PC', Domain: null, 'OS Name': null, 'OS Version': null });
    });

    it('that gives an empty text empties the column', async () => {
      await apply(full(day(1), nseClass('identification', [{ name: 'PC', domain: 'EXAMPLE' }])));
      await apply(partial(day(2), nseClass('identification', [{ domain: '' }])));
      expect(await identification()).to.include({ Name: 'PC', Domain: '' });
    });

    it('of a class with many rows finds each by its first value, and adds what it does not find', async () => {
      const rows = [
        { agentName: 'Core', productVersion: '1', buildNumber: '10' },
        { agentName: 'Inventory', productVersion: '1', buildNumber: '10' },
      ];
      await apply(full(day(1), nseClass('clientAgent', rows)));
      await apply(
        partial(
          day(2),
          nseClass('clientAgent', [
            { agentName: 'Inventory', productVersion: '2' },
            { agentName: 'Tasks', productVersion: '5' },
          ]),
        ),
      );
      expect(await agents()).to.deep.equal(['Core 1 10', 'Inventory 2 10', 'Tasks 5 null']);
      expect(await update(DATA_CLASS.clientAgent)).to.include({ RowCount: 3 });
    });

    it('looks at the next value where several rows share the first', async () => {
      const adapter = (ipAddress: string, adapterName: string) => ({ hostName: 'PC', ipAddress, adapter: adapterName });
      await apply(full(day(1), nseClass('tcpip', [adapter('10.0.0.1', 'LAN'), adapter('10.0.0.2', 'WLAN')])));
      await apply(partial(day(2), nseClass('tcpip', [{ hostName: 'PC', ipAddress: '10.0.0.2', subnet: '10.0.0.0' }])));
      const rows = await rowsOf(cmdb, 'Inv_AeX_AC_TCPIP');
      expect(rows.map((row) => [row['IP Address'], row.Adapter, row.Subnet])).to.deep.equal([
        ['10.0.0.1', 'LAN', null],
        ['10.0.0.2', 'WLAN', '10.0.0.0'],
      ]);
    });

    it('has the hash of all data: an equal full one after it writes no row, another one does', async () => {
      await apply(full(day(1), nseClass('location', [{ site: 'Here', location: 'Desk' }])));
      await apply(partial(day(2), nseClass('location', [{ site: 'There' }])));
      const { DataHash } = await update(DATA_CLASS.location);
      await apply(full(day(3), nseClass('location', [{ site: 'There', location: 'Desk' }])));
      expect(await update(DATA_CLASS.location)).to.include({ DataHash, EventAt: day(3).toISOString() });
      await apply(full(day(4), nseClass('location', [{ site: 'Here', location: 'Desk' }])));
      expect((await rowsOf(cmdb, 'Inv_AeX_AC_Location'))[0]).to.include({ Site: 'Here', Location: 'Desk' });
    });

    it('is applied on top of those before it in the same slice', async () => {
      await apply(
        full(day(1), nseClass('location', [{ site: 'Here', location: 'Desk' }])),
        partial(day(2), nseClass('location', [{ site: 'There' }])),
        partial(day(3), nseClass('location', [{ timeZone: 'CET' }])),
      );
      expect((await rowsOf(cmdb, 'Inv_AeX_AC_Location'))[0]).to.include({
        Site: 'There',
        Location: 'Desk',
        'Time Zone': 'CET',
      });
    });

    it('that is older than the data changes nothing, and one for a class without data is its first', async () => {
      await apply(full(day(5), nseClass('location', [{ site: 'Now' }])));
      await apply(partial(day(4), nseClass('location', [{ site: 'Then', location: 'Desk' }])));
      expect((await rowsOf(cmdb, 'Inv_AeX_AC_Location'))[0]).to.include({ Site: 'Now', Location: null });
      await apply(partial(day(4), nseClass('virtualMachine', [{ host: 'HV1' }])));
      expect((await rowsOf(cmdb, 'Inv_AeX_AC_VirtualMachine'))[0]).to.include({ Host: 'HV1', 'Is Virtual': null });
    });

    it('takes no row away, not even with none of its own', async () => {
      await apply(full(day(1), nseClass('clientAgent', [{ agentName: 'Core', productVersion: '1' }])));
      await apply(partial(day(2), { ...nseClass('clientAgent', []), rows: [] }));
      expect(await agents()).to.deep.equal(['Core 1 null']);
    });
  });
});
