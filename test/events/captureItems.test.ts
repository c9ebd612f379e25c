import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { CAPTURE_ITEMS, CaptureItems } from '../../models/events/captureItems.ts';
import { reorderColumns } from '../../models/dataClasses/changeClass.ts';
import { DataClasses, type DataClass } from '../../models/inventory/dataClasses.ts';
import { allowSender, forbidSender, listSenderRights } from '../../models/events/senderRights.ts';
import { computeMachineUsage } from '../../models/associations/machineUsage.ts';
import { readPrimaryUser } from '../../models/associations/primaryUser.ts';
import { braces, guid, newGuid, type Guid } from '../../wire/guid.ts';
import { LOG_ON_EVENT, nseClass } from '../../wire/nse.ts';
import { ASSOCIATION_TYPE, CAPTURE_ITEM, DATA_CLASS, RESOURCE_TYPE } from '../../wire/wellKnown.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { fixedClock, inventory, message, process, queued, rowsOf, sample, WKS_042 } from './support.ts';

const ADMIN = { name: 'anna', address: '192.0.2.9' };
const OWNER = guid('aaaaaaaa-0000-4000-8000-000000000001');
const LOCATION = guid('aaaaaaaa-0000-4000-8000-000000000002');
const OTHER = guid('bbbbbbbb-0000-4000-8000-000000000001');
const POLICY = guid('cccccccc-0000-4000-8000-000000000001');
const PACKAGE = guid('cccccccc-0000-4000-8000-000000000002');

describe('the table of capture items', () => {
  it('finds an item by its GUID in any spelling, by its name, and by a GUID that an administrator gave', () => {
    const vendors = newGuid();
    const items = new CaptureItems(new Map([['taskStatus', vendors]]));
    for (const item of CAPTURE_ITEMS) {
      expect(items.find(item.guid)).to.equal(item);
      expect(items.find(braces(item.guid).toUpperCase())).to.equal(item);
      expect(items.find(` ${item.name.toUpperCase()} `)).to.equal(item);
    }
    expect(items.find(vendors)!.name).to.equal('Task status');
    expect(items.find(newGuid())).to.equal(undefined);
    expect(new CaptureItems().find(vendors)).to.equal(undefined);
  });

  it('lets no GUID of an administrator take the place of another item', () => {
    const items = new CaptureItems(new Map([['taskStatus', CAPTURE_ITEM.asset]]));
    expect(items.find(CAPTURE_ITEM.asset)!.name).to.equal('Asset data');
  });
});

describe('docs/events.md', () => {
  it('lists every capture item, class and kind of association with its GUID and the name that settings use', () => {
    const text = readFileSync(new URL('../../docs/events.md', import.meta.url), 'utf8');
    for (const item of CAPTURE_ITEMS) expect(text).to.contain(`| ${item.name} |`).and.to.contain(`\`${item.guid}\``);
    for (const [name, each] of Object.entries({ ...CAPTURE_ITEM, ...DATA_CLASS }))
      expect(text, name).to.contain(`\`${name}\``).and.to.contain(`\`${each}\``);
    for (const each of Object.values(ASSOCIATION_TYPE)) expect(text).to.contain(`\`${each}\``);
  });
});

describe('data classes', () => {
  it('are found by a GUID that an administrator gave, too, but not in the place of another class', () => {
    const tcpip = { guid: DATA_CLASS.tcpip, name: 'AeX AC TCPIP' } as DataClass;
    const own = { guid: newGuid(), name: 'Own' } as DataClass;
    const vendors = newGuid();
    expect(new DataClasses([tcpip], new Map([['tcpip', vendors]])).find(vendors, '')).to.equal(tcpip);
    expect(new DataClasses([tcpip, own], new Map([['tcpip', own.guid]])).find(own.guid, '')).to.equal(own);
    expect(new DataClasses([tcpip]).find(vendors, '')).to.equal(undefined);
  });
});

describe('capture items', function () {
  this.timeout(120_000);
  forEachEngine((_engine, open) => {
    const clock = fixedClock('2031-02-03T04:05:06.000Z');
    let cmdb: AnyCmdb;
    before(async () => (cmdb = await open()));
    after(() => cmdb.close());

    const apply = async (body: string, sender: Guid = WKS_042) => {
      const [outcome] = await process(cmdb, clock, [queued(body, { sender, receivedAt: '2031-02-03T04:05:00.000Z' })]);
      return outcome!;
    };
    const reasonOf = async (body: string, sender: Guid = WKS_042) => {
      const outcome = await apply(body, sender);
      return 'reason' in outcome ? outcome.reason : outcome.kind;
    };
    const resource = (made: Guid, name: string, type: Guid) =>
      cmdb.db
        .insertInto('Resource')
        .values({
          Guid: made,
          Name: name,
          ResourceTypeGuid: type,
          IsManaged: 0,
          CreatedAt: '2030-01-01T00:00:00.000Z',
          ModifiedAt: '2030-01-01T00:00:00.000Z',
          DeletedAt: null,
        })
        .execute();
    const allow = (computer: Guid) =>
      cmdb.transaction((session) => allowSender(session, clock, ADMIN, computer, 'imports assets'));
    const associations = async () =>
      (await cmdb.db.selectFrom('ResourceAssociation').selectAll().execute()).map((row) => [
        row.ResourceAssociationTypeGuid,
        row.ParentResourceGuid,
        row.ChildResourceGuid,
      ]);

    describe('of status events', () => {
      it('keep what a policy came to, as a row and as the state of the delivery', async () => {
        const row = {
          advertisementGuid: POLICY,
          packageName: 'Viewer',
          status: 'Failed',
          detail: 'No room',
          returnCode: '112',
        };
        await apply(message({ to: CAPTURE_ITEM.swdStatus, classes: [nseClass('swdStatus', [row])] }));
        expect((await rowsOf(cmdb, 'SwdStatus'))[0]).to.deep.include({
          ResourceGuid: WKS_042,
          AdvertisementId: POLICY,
          PackageName: 'Viewer',
          Status: 'Failed',
          Detail: 'No room',
          ReturnCode: 112,
        });
      });

      it('keep the recorded status of a package server', async () => {
        const server = guid('b7000000-1234-4abc-8def-000000000007');
        expect(await apply(sample('18-nse-package-server-status.xml'), server)).to.include({ kind: 'done' });
        expect((await rowsOf(cmdb, 'PackageServerEvent'))[0]).to.deep.include({
          ResourceGuid: server,
          PackageVersion: 1893456000,
          Status: 'Codebase Enabled',
        });
      });

      it('keep how a task went', async () => {
        const row = {
          taskGuid: PACKAGE,
          taskInstanceGuid: POLICY,
          taskName: 'Restart',
          status: 'Completed',
          start: '2030-06-01 11:00:00',
          end: '2030-06-01 12:00:00',
          returnCode: '0',
        };
        await apply(message({ to: CAPTURE_ITEM.taskStatus, classes: [nseClass('taskStatus', [row])] }));
        expect((await rowsOf(cmdb, 'TaskStatusEvent'))[0]).to.deep.include({
          TaskGuid: PACKAGE,
          TaskInstanceGuid: POLICY,
          StartAt: '2030-06-01T09:00:00.000Z',
          EndAt: '2030-06-01T10:00:00.000Z',
          ReturnCode: 0,
        });
      });

      it('read columns in the order that an administrator corrected', async () => {
        const order = new Map([
          ['PackageId', 1],
          ['Package Version', 0],
        ]);
        const swap = () => reorderColumns(cmdb, clock, ADMIN, DATA_CLASS.packageServerStatus, order);
        await swap();
        const to = CAPTURE_ITEM.packageServerStatus;
        const rows = [['7', PACKAGE, 'Ready', 'https://ps7/']];
        await apply(message({ to, classes: [{ guid: DATA_CLASS.packageServerStatus, name: '', rows }] }));
        expect((await rowsOf(cmdb, 'PackageServerEvent')).at(-1)).to.include({ PackageVersion: 7, PackageId: PACKAGE });
      });

      it('keep who logged on, whatever form the name has, and no impossible time', async () => {
        const logOn = (row: object) =>
          apply(message({ to: CAPTURE_ITEM.clientLogOn, classes: [nseClass('clientLogOn', [row])] }));
        await logOn({ user: 'EXAMPLE\\jane', event: LOG_ON_EVENT.on, logOn: '2030-06-01 11:00:00' });
        await logOn({ user: 'joe', domain: 'EXAMPLE', event: LOG_ON_EVENT.off, duration: '99999999' });
        const rows = await rowsOf(cmdb, 'ClientLogOn');
        expect(rows[0]).to.include({ UserName: 'jane', UserDomain: 'EXAMPLE', DurationSeconds: null });
        expect(rows[1]).to.include({ UserName: 'joe', UserDomain: 'EXAMPLE', DurationSeconds: null });
        expect(await logOn({ domain: 'EXAMPLE' })).to.include({ kind: 'bad' });
        expect(await rowsOf(cmdb, 'ClientLogOn')).to.have.length(2);
      });
    });

    describe('of asset data', () => {
      it('put aside what leads to a resource that is not there, and write nothing', async () => {
        expect(await reasonOf(sample('24-nse-associations.xml'))).to.equal(
          `The CMDB has no resource ${OWNER}, which an association names.`,
        );
        expect(await rowsOf(cmdb, 'Inv_Computer_Model')).to.deep.equal([]);
        expect(await associations()).to.deep.equal([]);
      });

      it('follow the recorded event: model, owner with ownership details, location', async () => {
        await resource(OWNER, 'Jane', RESOURCE_TYPE.user);
        await resource(LOCATION, 'Oslo', RESOURCE_TYPE.location);
        for (let times = 0; times < 2; times++) {
          expect(await apply(sample('24-nse-associations.xml'))).to.include({ kind: 'done' });
          expect((await rowsOf(cmdb, 'Inv_Computer_Model'))[0]).to.include({ Model: 'Example Model 5' });
          expect(
            (await rowsOf(cmdb, 'Inv_Ownership_Details')).map((row) => [row.Owner, row['Ownership Percentage']]),
          ).to.deep.equal([[OWNER, 100]]);
          expect(await associations()).to.have.deep.members([
            [ASSOCIATION_TYPE.assetUserOwner, WKS_042, OWNER],
            [ASSOCIATION_TYPE.assetLocation, WKS_042, LOCATION],
          ]);
        }
      });

      const about = (parent: string, child: string, resources = '', msgTime = '20310203040500.000000+000') =>
        `<message><to>${CAPTURE_ITEM.asset}</to><time>${msgTime}</time><body><inventory><resources>${resources}</resources><resourceAssociations><resourceAssociation typeGuid="${ASSOCIATION_TYPE.assetUserOwner}" ${parent} ${child}/></resourceAssociations></inventory></body></message>`;
      const own = `parentResourceGuid="${WKS_042}"`;
      const newUser = `<resource typeGuid="${RESOURCE_TYPE.user}" ref="7" name="EXAMPLE\\joe"><key name="name.domain" value="JOE.EXAMPLE"/></resource>`;

      it('let a computer bring neither rows, nor associations, nor resources of others', async () => {
        await apply(inventory('OTHER', { resource: { guid: OTHER, name: 'OTHER', keys: [] } }), OTHER);
        const before = [await associations(), await rowsOf(cmdb, 'Resource'), await rowsOf(cmdb, 'Inv_Computer_Model')];
        expect(await reasonOf(sample('24-nse-associations.xml'), OTHER)).to.equal(
          `The event is about ${WKS_042}, which is not the computer that sent it.`,
        );
        expect(await reasonOf(about(own, `childResourceGuid="${OWNER}"`), OTHER)).to.contain(
          'not the computer that sent it',
        );
        expect(await reasonOf(about(own, 'childResourceRef="7"', newUser))).to.contain('may not bring any');
        expect(await reasonOf(about(own, `childResourceGuid="${newGuid()}"`))).to.contain('which an association names');
        expect(
          await reasonOf(
            about(own, `childResourceGuid="${OWNER}"`).replace(ASSOCIATION_TYPE.assetUserOwner, newGuid()),
          ),
        ).to.contain('no association type');
        expect([
          await associations(),
          await rowsOf(cmdb, 'Resource'),
          await rowsOf(cmdb, 'Inv_Computer_Model'),
        ]).to.deep.equal(before);
      });

      it('let an allowed sender bring users by their keys, once, and give an asset another owner', async () => {
        expect(await allow(OTHER)).to.equal('OTHER');
        const event = about(own, 'childResourceRef="7"', newUser);
        expect(await apply(event, OTHER)).to.include({ kind: 'done' });
        expect(await apply(event, OTHER)).to.include({ kind: 'done' });
        const users = await cmdb.db
          .selectFrom('Resource')
          .selectAll()
          .where('ResourceTypeGuid', '=', RESOURCE_TYPE.user)
          .orderBy('Name')
          .execute();
        expect(users.map((user) => user.Name)).to.deep.equal(['EXAMPLE\\joe', 'Jane']);
        const owners = (await associations()).filter(([type]) => type === ASSOCIATION_TYPE.assetUserOwner);
        expect(owners).to.deep.equal([[ASSOCIATION_TYPE.assetUserOwner, WKS_042, users[0]!.Guid]]);
        expect((await rowsOf(cmdb, 'Inv_Ownership_Details')).map((row) => row.Owner)).to.deep.equal([users[0]!.Guid]);
        // What was said before that, and comes late, changes nothing.
        const late = about(own, `childResourceGuid="${OWNER}"`, '', '20310101000000.000000+000');
        await apply(late, OTHER);
        expect((await associations()).filter(([type]) => type === ASSOCIATION_TYPE.assetUserOwner)).to.deep.equal(
          owners,
        );
        expect((await rowsOf(cmdb, 'Inv_Ownership_Details')).map((row) => row.Owner)).to.deep.equal([users[0]!.Guid]);
      });

      it('make no resource anew that was merged into another', async () => {
        const lost = newGuid();
        await cmdb.db
          .insertInto('ResourceAlias')
          .values({ AliasGuid: lost, ResourceGuid: OWNER, CreatedAt: '2030-01-01T00:00:00.000Z' })
          .execute();
        const described = `<resource typeGuid="${RESOURCE_TYPE.user}" guid="${lost}" ref="7" name="Jane"/>`;
        await apply(about(own, 'childResourceRef="7"', described, '20310203040500.000000+000'), OTHER);
        expect(await associations()).to.deep.include([ASSOCIATION_TYPE.assetUserOwner, WKS_042, OWNER]);
        expect(await cmdb.db.selectFrom('Resource').select('Guid').where('Guid', '=', lost).execute()).to.deep.equal(
          [],
        );
      });
    });

    describe('and the data of others', () => {
      const forTwo = () => {
        const rows = (ref: number, name: string) => `<resource resourceRef="${ref}"><row c0="${name}"/></resource>`;
        return `<message><to>${CAPTURE_ITEM.basicInventory}</to><time>20310203040000.000000+000</time><body><inventory><resources><resource guid="${WKS_042}" ref="1"/><resource guid="${OTHER}" ref="2"/></resources><inventoryClass guid="${DATA_CLASS.location}"><data>${rows(1, 'Here')}${rows(2, 'There')}</data></inventoryClass></inventory></body></message>`;
      };
      const locations = async () =>
        Object.fromEntries((await rowsOf(cmdb, 'Inv_AeX_AC_Location')).map((row) => [row._ResourceGuid, row.Location]));

      it('are taken from an allowed sender, each computer its own rows', async () => {
        expect(await reasonOf(forTwo(), WKS_042)).to.contain(`The event is about ${OTHER}`);
        expect(await locations()).to.deep.equal({});
        expect(await apply(forTwo(), OTHER)).to.include({ kind: 'done' });
        expect(await locations()).to.deep.equal({ [WKS_042]: 'Here', [OTHER]: 'There' });
      });

      it('are not taken for what the CMDB does not have, nor for a deleted computer, nor for a user', async () => {
        const before = await rowsOf(cmdb, 'Inv_AeX_AC_Location');
        expect(await reasonOf(forTwo().replaceAll(WKS_042, newGuid()), OTHER)).to.contain(
          'which the CMDB does not have',
        );
        expect(await reasonOf(forTwo().replaceAll(WKS_042, OWNER), OTHER)).to.contain(RESOURCE_TYPE.user);
        await cmdb.db
          .updateTable('Resource')
          .set({ DeletedAt: '2031-01-01T00:00:00.000Z' })
          .where('Guid', '=', WKS_042)
          .execute();
        expect(await reasonOf(forTwo(), OTHER)).to.contain('which was deleted');
        await cmdb.db.updateTable('Resource').set({ DeletedAt: null }).where('Guid', '=', WKS_042).execute();
        expect(await rowsOf(cmdb, 'Inv_AeX_AC_Location')).to.deep.equal(before);
      });

      it('are no longer taken once the right is taken away, and both stand in the audit log', async () => {
        expect(await listSenderRights(cmdb)).to.deep.include.members([
          {
            guid: OTHER,
            name: 'OTHER',
            note: 'imports assets',
            createdAt: '2031-02-03T04:05:06.000Z',
            createdBy: 'anna',
          },
        ]);
        expect(await cmdb.transaction((session) => forbidSender(session, clock, ADMIN, OTHER))).to.equal(true);
        expect(await cmdb.transaction((session) => forbidSender(session, clock, ADMIN, OTHER))).to.equal(false);
        expect(await reasonOf(forTwo(), OTHER)).to.contain('not the computer that sent it');
        const entries = await cmdb.db
          .selectFrom('AuditEntry')
          .selectAll()
          .where('ObjectKind', '=', 'event sender')
          .orderBy('Id')
          .execute();
        expect(entries.map((entry) => [entry.Action, entry.ObjectName, entry.Actor])).to.deep.equal([
          ['allow', 'OTHER', 'anna'],
          ['forbid', 'OTHER', 'anna'],
        ]);
        expect(await allow(OWNER)).to.equal(undefined);
      });
    });

    describe('of log-ons feed machine usage', () => {
      const stay = (computer: Guid, user: string, hours: number, day: string) =>
        apply(
          message({
            to: CAPTURE_ITEM.clientLogOn,
            time: new Date(`${day}T20:00:00.000Z`),
            resource: { guid: computer, name: '', keys: [] },
            classes: [
              nseClass('clientLogOn', [
                { user, domain: 'EXAMPLE', event: LOG_ON_EVENT.off, duration: String(hours * 3600) },
              ]),
            ],
          }),
          computer,
        );

      it('with the longest total of 28 days as primary user, associated and named once', async () => {
        await cmdb.db.deleteFrom('ClientLogOn').execute();
        await stay(OTHER, 'jane', 5, '2030-12-20');
        await stay(OTHER, 'joe', 2, '2030-12-21');
        await stay(OTHER, 'joe', 4, '2030-12-22');
        await stay(OTHER, 'ghost', 100, '2030-11-01');
        clock.at = Date.parse('2030-12-29T12:00:00.000Z');
        expect(await computeMachineUsage(cmdb, clock)).to.deep.equal({ computers: 1 });
        const usage = await rowsOf(cmdb, 'Inv_AeX_AC_Machine_Usage');
        expect(
          usage.map((row) => [row.User, row.Hours, row.Minutes, row.Rank, row.Month, row.Year]),
        ).to.have.deep.members([
          ['joe', 6, 360, 1, '12', '2030'],
          ['jane', 5, 300, 2, '12', '2030'],
        ]);
        expect(await readPrimaryUser(cmdb, OTHER)).to.deep.include({
          user: 'joe',
          domain: 'EXAMPLE',
          month: 12,
          year: 2030,
          isServerGenerated: true,
        });
        expect((await readPrimaryUser(cmdb, OTHER))!.resource!.name).to.equal('EXAMPLE\\joe');

        await stay(OTHER, 'jane', 9, '2030-12-28');
        await computeMachineUsage(cmdb, clock);
        expect((await readPrimaryUser(cmdb, OTHER))!).to.include({ user: 'jane' });
        const primary = (await associations()).filter(([type]) => type === ASSOCIATION_TYPE.primaryUser);
        expect(primary).to.have.length(1);
        expect(await rowsOf(cmdb, 'Inv_AeX_AC_Primary_User')).to.have.length(1);

        // Nothing new costs no write.
        const before = await cmdb.db.selectFrom('ResourceUpdate').selectAll().orderBy('InventoryClassGuid').execute();
        clock.at += 24 * 3600_000 - 1;
        await computeMachineUsage(cmdb, clock);
        expect(
          await cmdb.db.selectFrom('ResourceUpdate').selectAll().orderBy('InventoryClassGuid').execute(),
        ).to.deep.equal(before);
      });

      it('and leave a computer alone that tells its primary user itself', async () => {
        await apply(
          message({
            classes: [nseClass('primaryUser', [{ month: '12', year: '2030', user: 'own', serverGenerated: '0' }])],
          }),
        );
        await stay(WKS_042, 'joe', 2, '2030-12-21');
        await computeMachineUsage(cmdb, clock);
        expect(await readPrimaryUser(cmdb, WKS_042)).to.deep.include({ user: 'own', isServerGenerated: false });
        expect((await readPrimaryUser(cmdb, WKS_042))!.resource!.name).to.equal('EXAMPLE\\joe');
      });
    });
  });
});
