/** What is exported is taken in again: from one server to another, over HTTP, row by row the same. */
import { expect } from 'chai';
import { setTimeout as wait } from 'node:timers/promises';
import { DataClasses } from '../../models/inventory/dataClasses.ts';
import { classRowsOf } from '../../models/inventory/storedRows.ts';
import { allowSender } from '../../models/events/senderRights.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { NSE_CLASS_END, NSE_END, nseClassStart, nseHead, nseRow, type NseHead } from '../../wire/nseParts.ts';
import { parseXml } from '../../wire/xml.ts';
import { ASSOCIATION_TYPE, CAPTURE_ITEM, DATA_CLASS, RESOURCE_TYPE } from '../../wire/wellKnown.ts';
import { signedIn } from '../console/client.ts';
import { addLegacyAgent, LEGACY_LOOPBACK } from '../support/agents.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const ODD = `"quoted" <b>&amp;</b>\ttab\nline ' 😀`;
const DISKS = 2500;

describe('an exported resource', function () {
  this.timeout(120_000);
  const computer = newGuid();
  const owner = newGuid();
  let source: TestServer;
  let target: TestServer;
  let importers: Map<TestServer, Guid>;

  const post = async (server: TestServer, body: string): Promise<void> => {
    const response = await fetch(`${server.http}/Altiris/NS/Agent/PostEvent.aspx`, {
      method: 'POST',
      headers: { 'X-SMA-ID': importers.get(server)!, 'Content-Type': 'text/xml' },
      body,
    });
    expect(response.status).to.equal(200);
    while ((await server.context.queue.state()).depth > 0) await wait(20);
  };

  const event = (head: Partial<NseHead>, classes: [Guid, string, (string | null)[][]][]): string =>
    nseHead({
      to: CAPTURE_ITEM.asset,
      priority: 1,
      msgId: newGuid(),
      time: new Date(),
      resources: [],
      associations: [],
      ...head,
    }) +
    classes
      .map(([guid, name, rows]) => nseClassStart(guid, name) + rows.map(nseRow).join('') + NSE_CLASS_END)
      .join('') +
    NSE_END;

  before(async () => {
    [source, target] = [
      await startTestServer({ environment: LEGACY_LOOPBACK }),
      await startTestServer({ environment: LEGACY_LOOPBACK }),
    ];
    importers = new Map();
    for (const server of [source, target]) {
      const importer = await addLegacyAgent(server.context, 'IMPORTER');
      const { cmdb, clock } = server.context;
      await cmdb.transaction((session) => allowSender(session, clock, { name: 'test', address: '' }, importer, 'test'));
      importers.set(server, importer);
    }
    const computerPart = {
      typeGuid: RESOURCE_TYPE.computer,
      guid: computer,
      name: ODD,
      keys: [
        { name: 'fqdn', value: 'wks-042.example.com' },
        { name: 'uniqueid', value: 'A&B "1"' },
      ],
    };
    const ownerPart = {
      typeGuid: RESOURCE_TYPE.user,
      guid: owner,
      name: 'EXAMPLE\\anna',
      keys: [{ name: 'name.domain', value: 'anna.example' }],
    };
    const services = Array.from({ length: DISKS }, (_, index) => [`service ${index}`, ODD, null, '']);
    await post(
      source,
      event(
        {
          resources: [computerPart, ownerPart],
          associations: [{ typeGuid: ASSOCIATION_TYPE.assetUserOwner, parent: computer, child: owner }],
        },
        [
          [DATA_CLASS.identification, 'AeX AC Identification', [['WKS-042', null, '', ODD]]],
          [DATA_CLASS.tcpipv6, 'AeX AC TCPIPv6', [['wks-042', 'eth0', 'fe80::1', '64', null, '']]],
          [DATA_CLASS.ntServices, 'AeX AC NT Services', services],
          [DATA_CLASS.roles, 'AeX AC Roles', []],
        ],
      ),
    );
    expect((await source.context.queue.state()).bad).to.equal(0);
  });
  after(async () => {
    await source?.stop();
    await target?.stop();
  });

  /** Everything that the CMDB keeps of a resource, without what is told of the event itself. */
  const kept = async ({ context: { cmdb } }: TestServer, resource: Guid) => {
    const { db } = cmdb;
    const resources = await db
      .selectFrom('Resource')
      .select(['Name', 'ResourceTypeGuid'])
      .where('Guid', '=', resource)
      .execute();
    const keys = await db
      .selectFrom('ResourceKey')
      .select(['KeyName', 'KeyValue'])
      .where('ResourceGuid', '=', resource)
      .orderBy('KeyName')
      .execute();
    const associations = await db
      .selectFrom('ResourceAssociation')
      .select(['ResourceAssociationTypeGuid', 'ParentResourceGuid', 'ChildResourceGuid'])
      .where('ParentResourceGuid', '=', resource)
      .execute();
    const updates = await db
      .selectFrom('ResourceUpdate')
      .select(['InventoryClassGuid', 'RowCount', 'DataHash'])
      .where('ResourceGuid', '=', resource)
      .orderBy('InventoryClassGuid')
      .execute();
    const rows = [];
    for (const dataClass of (await DataClasses.load(cmdb)).all().filter(({ kind }) => kind === 'inventory'))
      rows.push([dataClass.name, (await classRowsOf(cmdb, dataClass, [resource])).get(resource)]);
    return { resources, keys, associations, updates, rows };
  };

  it('comes back the same on another server: rows, keys, associations and whom they lead to', async () => {
    const before = await kept(source, computer);
    expect(before.updates).to.have.length(5);
    expect(await kept(target, computer)).to.deep.include({ resources: [], keys: [] });
    const client = await signedIn(source.http);
    const exported = await client.get(`/computers/${computer}/export.xml`);
    expect(exported.status).to.equal(200);
    expect(exported.headers.get('content-type')).to.contain('application/xml');
    expect(exported.headers.get('content-disposition')).to.match(/^attachment; filename="?[A-Za-z0-9._-]+\.xml"?$/);
    expect(
      parseXml(exported.text, { maxDepth: 20, maxElements: 10_000, maxAttributes: 50, maxText: 10_000 }).name,
    ).to.equal('message');
    await post(target, exported.text);
    expect((await target.context.queue.state()).bad).to.equal(0);
    expect(await kept(target, computer)).to.deep.equal(before);
    expect(await kept(target, owner)).to.deep.include({
      resources: [{ Name: 'EXAMPLE\\anna', ResourceTypeGuid: RESOURCE_TYPE.user }],
      keys: [{ KeyName: 'name.domain', KeyValue: 'anna.example' }],
    });
  });

  it('of another type comes back the same, too', async () => {
    const client = await signedIn(source.http);
    const exported = await client.get(`/resources/${owner}/export.xml`);
    expect(exported.status).to.equal(200);
    expect(exported.text, 'what leads to it is part of the computer’s export').not.to.contain(computer);
    await post(target, exported.text);
    expect((await target.context.queue.state()).bad).to.equal(0);
    expect(await kept(target, owner)).to.deep.equal(await kept(source, owner));
  });

  it('is refused from a sender that may not write about others, and nothing is changed', async () => {
    const stranger = await addLegacyAgent(target.context, 'STRANGER');
    const before = await kept(target, computer);
    const client = await signedIn(source.http);
    const { text } = await client.get(`/computers/${computer}/export.xml`);
    importers.set(target, stranger);
    await post(target, text.replace('fe80::1', 'fe80::9'));
    expect((await target.context.queue.state()).bad).to.equal(1);
    expect(await kept(target, computer)).to.deep.equal(before);
  });
});
