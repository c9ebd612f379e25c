import { expect } from 'chai';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { newGuid } from '../../wire/guid.ts';
import { nseClass } from '../../wire/nse.ts';
import { DATA_CLASS, RESOURCE_TYPE } from '../../wire/wellKnown.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { fixedClock, inventory, message, process, queued, rowsOf, sample, WKS_042 } from '../events/support.ts';

describe('basic inventory', () => {
  forEachEngine((_engine, open) => {
    const clock = fixedClock('2031-02-03T04:05:06.000Z');
    let cmdb: AnyCmdb;
    beforeEach(async () => {
      cmdb = await open();
    });
    afterEach(() => cmdb.close());

    const apply = async (...bodies: string[]) =>
      process(
        cmdb,
        clock,
        bodies.map((body) => queued(body)),
      );
    const computer = async () => (await cmdb.db.selectFrom('Computer').selectAll().execute())[0]!;
    const timeline = async () =>
      (await rowsOf(cmdb, 'Timeline')).map((row) => `${String(row.Kind)}: ${String(row.Detail)}`);

    it('makes a computer of the recorded sample: resource, keys, rows, summary', async () => {
      expect((await apply(sample('15-nse-basic-inventory.xml')))[0]).to.include({ kind: 'done' });
      expect(await rowsOf(cmdb, 'Resource')).to.deep.equal([
        {
          Guid: WKS_042,
          Name: 'WKS-042',
          ResourceTypeGuid: RESOURCE_TYPE.computer,
          IsManaged: 1,
          CreatedAt: '2031-02-03T04:05:06.000Z',
          ModifiedAt: '2031-02-03T04:05:06.000Z',
          DeletedAt: null,
          DeletedBy: null,
          RetiredAt: null,
        },
      ]);
      const keys = await cmdb.db.selectFrom('ResourceKey').selectAll().orderBy('KeyName').execute();
      expect(keys.map((key) => `${key.KeyName}=${key.KeyValue}`)).to.deep.equal([
        'fqdn=wks-042.example.test',
        'name.domain=WKS-042.EXAMPLE',
        'uniqueid=made-up-hardware-id-1',
      ]);
      const [row] = await rowsOf(cmdb, 'Inv_AeX_AC_Identification');
      expect(row).to.include({
        _ResourceGuid: WKS_042,
        Name: 'WKS-042',
        FQDN: 'wks-042.example.test',
        'OS Name': 'Example OS 11',
        'OS Version': '10.0',
        'System Type': null,
      });
      expect(await computer()).to.include({
        Name: 'WKS-042',
        Domain: 'EXAMPLE',
        Fqdn: 'wks-042.example.test',
        OsName: 'Example OS 11',
        LastInventoryAt: '2031-02-03T04:05:06.000Z',
      });
      const [update] = await cmdb.db.selectFrom('ResourceUpdate').selectAll().execute();
      expect(update).to.include({
        ResourceGuid: WKS_042,
        InventoryClassGuid: DATA_CLASS.identification,
        RowCount: 1,
        EventAt: '2030-01-07T06:50:13.421Z',
      });
    });

    it('takes address, MAC and agent version from the rows that tell them best', async () => {
      await apply(
        message({
          classes: [
            nseClass('tcpip', [
              { ipAddress: '127.0.0.1', macAddress: '' },
              { ipAddress: '10.1.2.3', macAddress: '00-00-5E-00-53-01' },
            ]),
            nseClass('clientAgent', [
              { agentName: 'Altiris Inventory Agent', productVersion: '1.0' },
              { agentName: 'Altiris Agent', productVersion: '8.8.1' },
            ]),
          ],
        }),
      );
      expect(await computer()).to.include({
        IpAddress: '10.1.2.3',
        MacAddress: '00-00-5E-00-53-01',
        AgentVersion: '8.8.1',
        Name: 'WKS-042',
      });
      expect(await rowsOf(cmdb, 'Inv_AeX_AC_TCPIP')).to.have.length(2);
    });

    it('replaces the whole row set of a class and leaves other classes and computers alone', async () => {
      const other = newGuid();
      const agents = (...names: string[]) =>
        nseClass(
          'clientAgent',
          names.map((agentName) => ({ agentName })),
        );
      await process(cmdb, clock, [
        queued(message({ classes: [agents('one', 'two', 'three'), nseClass('location', [{ site: 'Here' }])] })),
        queued(message({ classes: [agents('theirs')], resource: { guid: other, name: 'OTHER', keys: [] } }), {
          sender: other,
        }),
      ]);
      await apply(message({ classes: [agents('four')], time: new Date('2030-06-02T10:00:00Z') }));
      const rows = await rowsOf(cmdb, 'Inv_AeX_AC_Client_Agent');
      expect(rows.map((row) => row['Agent Name']).sort()).to.deep.equal(['four', 'theirs']);
      expect(await rowsOf(cmdb, 'Inv_AeX_AC_Location')).to.have.length(1);
      await apply(message({ classes: [{ ...agents(), rows: [] }], time: new Date('2030-06-03T10:00:00Z') }));
      expect((await rowsOf(cmdb, 'Inv_AeX_AC_Client_Agent')).map((row) => row['Agent Name'])).to.deep.equal(['theirs']);
    });

    it('writes no row for data that has not changed, in whatever order it comes, but moves the times on', async () => {
      const adapters = (...addresses: string[]) =>
        message({
          classes: [
            nseClass(
              'tcpip',
              addresses.map((ipAddress) => ({ ipAddress })),
            ),
          ],
          time: new Date(clock.at - 1000),
        });
      await apply(adapters('10.0.0.1', '10.0.0.2'));
      const ids = async () =>
        (await cmdb.db.selectFrom('ResourceUpdate').select(['ModifiedAt', 'CreatedAt', 'RowCount']).execute())[0]!;
      const before = await ids();
      const rowIds = async () =>
        (await cmdb.db
          .selectFrom('Inv_AeX_AC_TCPIP' as never)
          .select('_id' as never)
          .execute()) as { _id: number }[];
      const rowsBefore = await rowIds();
      clock.at += 3600_000;
      await apply(adapters('10.0.0.2', '10.0.0.1'));
      expect(await rowIds()).to.deep.equal(rowsBefore);
      const after = await ids();
      expect(after.CreatedAt).to.equal(before.CreatedAt);
      expect(Date.parse(after.ModifiedAt) - Date.parse(before.ModifiedAt)).to.equal(3600_000);
      clock.at -= 3600_000;
    });

    it('never lets an older event overwrite newer data of the same class', async () => {
      await apply(
        inventory('NEW', { time: new Date('2030-06-02T00:00:00Z') }),
        inventory('OLD', { time: new Date('2030-06-01T00:00:00Z') }),
      );
      await apply(inventory('OLDER', { time: new Date('2030-05-01T00:00:00Z') }));
      expect((await computer()).Name).to.equal('NEW');
      expect((await rowsOf(cmdb, 'Inv_AeX_AC_Identification')).map((row) => row.Name)).to.deep.equal(['NEW']);
      await apply(
        message({ classes: [nseClass('location', [{ site: 'Here' }])], time: new Date('2030-05-01T00:00:00Z') }),
      );
      expect(await rowsOf(cmdb, 'Inv_AeX_AC_Location'), 'another class').to.have.length(1);
    });

    it('takes the later of two inventories that wait together', async () => {
      await apply(inventory('FIRST'), inventory('SECOND', { time: new Date('2030-06-01T11:00:00Z') }));
      expect((await rowsOf(cmdb, 'Inv_AeX_AC_Identification')).map((row) => row.Name)).to.deep.equal(['SECOND']);
      expect((await computer()).Name).to.equal('SECOND');
    });

    it('does not let a clock that runs ahead shut out what comes after it', async () => {
      await process(cmdb, clock, [
        queued(inventory('AHEAD', { time: new Date('2099-01-01T00:00:00Z') }), { receivedAt: '2031-01-01T00:00:00Z' }),
      ]);
      await process(cmdb, clock, [
        queued(inventory('RIGHT', { time: new Date('2031-01-02T00:00:00Z') }), { receivedAt: '2031-01-02T00:00:00Z' }),
      ]);
      expect((await computer()).Name).to.equal('RIGHT');
    });

    it('applies nothing of an event with a class that the CMDB does not define, and names the class', async () => {
      const [outcome] = await apply(
        message({
          classes: [nseClass('location', [{ site: 'Here' }]), { guid: newGuid(), name: 'Shoe sizes', rows: [['44']] }],
        }),
      );
      expect(outcome).to.include({ kind: 'bad' });
      expect((outcome as { reason: string }).reason).to.contain('"Shoe sizes"');
      expect(await rowsOf(cmdb, 'Inv_AeX_AC_Location')).to.deep.equal([]);
      expect(await rowsOf(cmdb, 'AppliedEvent')).to.deep.equal([]);
      const [custom] = await apply(sample('16-nse-custom-inventory.xml'));
      expect((custom as { reason: string }).reason).to.contain('deadbeef-0000-4000-8000-00000000cafe');
    });

    it('never makes a table or a column: a class named like SQL stays a name', async () => {
      const [outcome] = await apply(
        message({ classes: [{ guid: '' as never, name: "x]; DROP TABLE Computer; --'", rows: [['1']] }] }).replaceAll(
          'guid="{}"',
          '',
        ),
      );
      expect(outcome).to.include({ kind: 'bad' });
      expect(await rowsOf(cmdb, 'Computer')).to.deep.equal([]);
    });

    it('cuts what is too long, leaves out what has no column, and flags both once', async () => {
      const faulty = message({
        classes: [
          {
            ...nseClass('virtualMachine', []),
            rows: [['x'.repeat(50), 'y', undefined, undefined, undefined, 'extra']],
          },
        ],
      });
      await apply(faulty);
      expect((await rowsOf(cmdb, 'Inv_AeX_AC_VirtualMachine'))[0]).to.include({
        'Is Virtual': 'x'.repeat(10),
        Hypervisor: 'y',
        Host: null,
      });
      expect(await timeline()).to.deep.equal([
        'flagged: Inventory: AeX AC VirtualMachine, Is Virtual: text was cut to 10 characters. AeX AC VirtualMachine has no column 5; its values were left out.',
      ]);
      await apply(faulty.replace(/<msgId>.*<\/msgId>/, '').replace(/<time>.*<\/time>/, ''));
      expect(await timeline()).to.have.length(1);
    });

    it('keeps one row of a class that takes one', async () => {
      await apply(message({ classes: [nseClass('identification', [{ name: 'A' }, { name: 'B' }])] }));
      expect((await rowsOf(cmdb, 'Inv_AeX_AC_Identification')).map((row) => row.Name)).to.deep.equal(['B']);
      expect((await timeline())[0]).to.contain('takes one row');
    });

    it('takes over new values of a key and drops the old ones', async () => {
      const keys = (...values: string[]) => ({
        guid: WKS_042,
        name: 'WKS-042',
        keys: values.map((value) => ({ name: 'uniqueid', value })),
      });
      await apply(inventory('A', { resource: keys('one', 'two') }));
      await apply(
        inventory('A', {
          resource: {
            ...keys('TWO', 'three'),
            keys: [...keys('TWO', 'three').keys, { name: 'fqdn', value: 'a.test' }],
          },
        }),
      );
      const rows = await cmdb.db.selectFrom('ResourceKey').select('KeyValue').orderBy('KeyValue').execute();
      expect(rows.map((row) => row.KeyValue)).to.deep.equal(['a.test', 'three', 'two']);
    });

    it("does not take over another computer's key", async () => {
      const attacker = newGuid();
      const key = [{ name: 'uniqueid', value: 'victims-hardware' }];
      await apply(inventory('VICTIM', { resource: { guid: WKS_042, name: 'VICTIM', keys: key } }));
      await process(cmdb, clock, [
        queued(inventory('ATTACKER', { resource: { guid: attacker, name: 'ATTACKER', keys: key } }), {
          sender: attacker,
        }),
      ]);
      const rows = await cmdb.db.selectFrom('ResourceKey').select('ResourceGuid').execute();
      expect(rows.map((row) => row.ResourceGuid)).to.deep.equal([WKS_042]);
    });

    it("does not write another computer's data", async () => {
      const attacker = newGuid();
      await apply(inventory('VICTIM'));
      const before = await rowsOf(cmdb, 'Inv_AeX_AC_Identification');
      const [outcome] = await process(cmdb, clock, [
        queued(inventory('HACKED', { time: new Date('2030-07-01T00:00:00Z') }), { sender: attacker }),
      ]);
      expect(outcome).to.include({ kind: 'bad' });
      expect((outcome as { reason: string }).reason).to.contain('not the computer that sent it');
      expect(await rowsOf(cmdb, 'Inv_AeX_AC_Identification')).to.deep.equal(before);
      expect(await cmdb.db.selectFrom('Resource').select('Guid').execute()).to.have.length(1);
    });

    it('finds the computer by keys when the event gives no GUID, and by the old GUID after a merge', async () => {
      await apply(sample('15-nse-basic-inventory.xml'));
      const byKey = inventory('BY-KEY', {
        resource: { guid: WKS_042, name: 'X', keys: [{ name: 'uniqueid', value: 'Made-Up-Hardware-Id-1' }] },
      });
      expect((await apply(byKey.replaceAll(` guid="{${WKS_042}}"`, '')))[0]).to.include({ kind: 'done' });
      expect((await computer()).Name).to.equal('BY-KEY');

      const old = newGuid();
      await cmdb.db
        .insertInto('ResourceAlias')
        .values({ AliasGuid: old, ResourceGuid: WKS_042, CreatedAt: '2030-01-01T00:00:00.000Z' })
        .execute();
      await apply(
        inventory('BY-ALIAS', { resource: { guid: old, name: 'X', keys: [] }, time: new Date('2030-07-01T00:00:00Z') }),
      );
      expect((await computer()).Name).to.equal('BY-ALIAS');

      const [unknown] = await apply(
        inventory('NOBODY', {
          resource: { guid: WKS_042, name: 'X', keys: [{ name: 'uniqueid', value: 'unheard-of' }] },
        }).replaceAll(` guid="{${WKS_042}}"`, ''),
      );
      expect(unknown).to.include({ kind: 'bad' });
    });

    it('tells the other nodes of a computer that changed, and of no other', async () => {
      const changes = async () =>
        (await cmdb.db.selectFrom('ChangeLog').selectAll().where('Kind', '=', 'computer').execute()).length;
      await apply(inventory('A'));
      expect(await changes()).to.equal(1);
      await apply(inventory('A', { time: new Date('2030-06-02T00:00:00Z') }));
      expect(await changes(), 'the same again').to.equal(1);
      await apply(inventory('B', { time: new Date('2030-06-03T00:00:00Z') }));
      expect(await changes(), 'renamed').to.equal(2);
      expect((await cmdb.db.selectFrom('Resource').select('Name').execute())[0]!.Name).to.equal('B');
    });
  });
});
