import { expect } from 'chai';
import { sql } from 'kysely';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { nseClass, type NseClass } from '../../wire/nse.ts';
import { ASSOCIATION_TYPE, CAPTURE_ITEM, DATA_CLASS, RESOURCE_TYPE } from '../../wire/wellKnown.ts';
import { message, process, queued } from '../events/support.ts';
import { makeUser, PASSWORD } from '../security/support.ts';
import { addLegacyAgent } from '../support/agents.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { signedIn, type ConsoleClient } from './client.ts';

const HOSTILE = `<script>alert(1)</script>"'><img src=x>`;
const HOUR = 3600_000;

describe('the pages of resources', () => {
  let server: TestServer;
  let client: ConsoleClient;
  let computer: Guid;
  let other: Guid;
  const [user, department] = [newGuid(), newGuid()];

  const send = async (from: Guid, classes: NseClass[], sentAt: number, to = CAPTURE_ITEM.basicInventory) => {
    const body = message({ to, classes, time: new Date(sentAt), resource: { guid: from, name: 'X', keys: [] } });
    const { cmdb } = server.context;
    const event = queued(body, { sender: from, receivedAt: new Date(sentAt).toISOString() });
    // The server's own clock, but at the time that the test wants.
    expect(await process(cmdb, { now: () => sentAt }, [event])).to.have.nested.property('0.kind', 'done');
  };

  const addResource = async (guid: Guid, name: string, typeGuid: Guid) => {
    const at = '2026-01-02T03:04:05.000Z';
    const times = { CreatedAt: at, ModifiedAt: at, DeletedAt: null };
    await server.context.cmdb.db
      .insertInto('Resource')
      .values({ Guid: guid, Name: name, ResourceTypeGuid: typeGuid, IsManaged: 0, ...times })
      .execute();
  };

  const associate = async (type: Guid, parent: Guid, child: Guid) =>
    server.context.cmdb.db
      .insertInto('ResourceAssociation')
      .values({
        ResourceAssociationTypeGuid: type,
        ParentResourceGuid: parent,
        ChildResourceGuid: child,
        CreatedAt: '2026-01-02T03:04:05.000Z',
      })
      .execute();

  before(async () => {
    server = await startTestServer();
    client = await signedIn(server.http);
    computer = await addLegacyAgent(server.context, 'WKS-042');
    other = await addLegacyAgent(server.context, 'WKS-043');
    await addResource(user, `EXAMPLE\\anna ${HOSTILE}`, RESOURCE_TYPE.user);
    await addResource(department, 'Research', RESOURCE_TYPE.department);
    await associate(ASSOCIATION_TYPE.primaryUser, computer, user);
    await associate(ASSOCIATION_TYPE.assetUserOwner, other, user);
    await server.context.cmdb.db
      .insertInto('ResourceKey')
      .values([
        { ResourceGuid: user, KeyName: 'name.domain', KeyValue: 'anna.example' },
        { ResourceGuid: computer, KeyName: 'macaddress', KeyValue: '00-11-22' },
        { ResourceGuid: other, KeyName: 'macaddress', KeyValue: '00-11-22' },
      ])
      .execute();
    const now = Date.now();
    const sent = (osVersion: string, lastLogonUser: string, name = 'WKS-042') => [
      nseClass('identification', [{ name, osVersion, lastLogonUser }]),
    ];
    await send(computer, sent('10', HOSTILE), now - 50 * HOUR);
    await send(computer, sent('11', 'anna'), now - 2 * HOUR);
    await send(other, sent('12', 'anna', 'WKS-043'), now - HOUR);
  });
  after(() => server.stop());

  const json = async (path: string) => JSON.parse((await client.get(path)).text) as Record<string, unknown>[];

  describe('the list', () => {
    it('has users and departments, and no computers', async () => {
      const rows = await json('/resources?format=json');
      expect(rows.map(({ type, guid }) => [type, guid])).to.deep.equal([
        ['User', user],
        ['Department', department],
      ]);
      expect((await client.get('/resources')).text).not.to.contain('<script>alert');
    });

    it('narrows by type, and finds by name, whole key and GUID', async () => {
      const guids = async (query: string) => (await json(`/resources?format=json&${query}`)).map(({ guid }) => guid);
      expect(await guids(`type=${RESOURCE_TYPE.department}`)).to.deep.equal([department]);
      expect(await guids('q=anna')).to.deep.equal([user]);
      expect(await guids('q=anna.example')).to.deep.equal([user]);
      expect(await guids(`q=${department.toUpperCase()}`)).to.deep.equal([department]);
      expect(await guids('q=nobody')).to.deep.equal([]);
      expect(await guids(`q=${computer}`), 'a computer has a list of its own').to.deep.equal([]);
      expect(await guids('sort=name&dir=desc')).to.deep.equal([department, user]);
    });
  });

  describe('one that is no computer', () => {
    it('shows each of its tabs, with what it has to do with what', async () => {
      for (const path of ['', '/inventory', '/history', '/associations', '/keys']) {
        const { status, text } = await client.get(`/resources/${user}${path}`);
        expect(status, path).to.equal(200);
        expect(text, path).to.contain(`href="/Altiris/Console/resources/${user}${path}" aria-current="page"`);
        expect(text, path).not.to.contain('<script>alert').and.not.to.contain('<img src=x');
      }
      const { text } = await client.get(`/resources/${user}`);
      expect(text).to.contain(`href="/Altiris/Console/computers/${computer}"`).and.to.contain('Computer Primary User');
      expect((await client.get(`/resources/${user}/keys`)).text).to.contain('anna.example');
    });

    it('narrows associations to a kind and an end', async () => {
      const path = `/resources/${user}/associations?format=json`;
      const rows = await json(path);
      expect(rows.map(({ kind, end, name }) => [kind, end, name])).to.deep.equal([
        ['Asset User Owner', 'Parent', 'WKS-043'],
        ['Computer Primary User', 'Parent', 'WKS-042'],
      ]);
      const owned = await json(`${path}&kind=${ASSOCIATION_TYPE.assetUserOwner}-parent`);
      expect(owned.map(({ name }) => name)).to.deep.equal(['WKS-043']);
    });

    it('is where a bookmark of the original console leads', async () => {
      const { status, location } = await client.get(`/ItemPage.aspx?ItemGuid={${user.toUpperCase()}}`);
      expect([status, location]).to.deep.equal([302, `/Altiris/Console/resources/${user}`]);
    });

    it('that is a computer leads to its own page', async () => {
      const { status, location } = await client.get(`/resources/${computer}`);
      expect([status, location]).to.deep.equal([302, `/Altiris/Console/computers/${computer}`]);
    });

    it('that is not there is a page that says so', async () => {
      for (const guid of [newGuid(), 'no-guid', "'; DROP TABLE Resource; --"]) {
        for (const path of ['', '/inventory', '/history', '/associations', '/keys', '/export.xml']) {
          const { status, text } = await client.get(`/resources/${encodeURIComponent(guid)}${path}`);
          expect(status, guid + path).to.equal(404);
          expect(text, guid + path).to.contain('There is no such resource');
        }
      }
    });
  });

  describe('the history of a computer', () => {
    it('shows what became what, escaped, and leads to each change', async () => {
      const { text } = await client.get(`/computers/${computer}/history`);
      expect(text).to.contain('OS Version').and.to.contain('<del>10</del>').and.to.contain('<ins>11</ins>');
      expect(text).to.contain('First received').and.not.to.contain('<script>alert');
      const [, href] = /href="\/Altiris\/Console(\/computers\/[^"]+\/history\/\d+)"/.exec(text)!;
      const change = await client.get(href!);
      expect(change.status).to.equal(200);
      expect(change.text).to.contain('Changed values').and.to.contain('OS Version');
      const foreign = href!.replace(computer, other);
      expect((await client.get(foreign)).status, 'a change of another computer').to.equal(404);
    });

    it('narrows to a class and to a time, and exports readable lines', async () => {
      const path = `/computers/${computer}/history?format=json`;
      const rows = await json(path);
      expect(rows.map(({ change }) => change)).to.deep.equal([
        `OS Version: 10 -> 11; Last Logon User: ${HOSTILE} -> anna`,
        'First received',
      ]);
      expect(await json(`${path}&within=1`)).to.have.length(1);
      expect(await json(`${path}&class=${DATA_CLASS.identification}`)).to.have.length(2);
    });

    it('shows a change that cannot be read as one, and hides no other', async () => {
      const { db } = server.context.cmdb;
      const [{ Id: id, Change: change } = { Id: 0, Change: '' }] = await db
        .selectFrom('InventoryHistory')
        .select(['Id', 'Change'])
        .where('ResourceGuid', '=', computer)
        .execute();
      await db.updateTable('InventoryHistory').set({ Change: 'no json' }).where('Id', '=', id).execute();
      expect((await client.get(`/computers/${computer}/history`)).text).to.contain('Cannot be read by this version');
      expect((await client.get(`/computers/${computer}/history/${id}`)).text).to.contain('cannot read');
      await db.updateTable('InventoryHistory').set({ Change: change }).where('Id', '=', id).execute();
    });
  });

  it('warns of an open identity conflict, with a way to the evidence', async () => {
    const [ResourceGuid, OtherGuid] = [computer, other].sort() as [Guid, Guid];
    const Guid = newGuid();
    const at = new Date().toISOString();
    const times = { FirstSeenAt: at, LastSeenAt: at, TimesSeen: 1, DecidedAt: null, DecidedBy: null };
    const names = { ResourceName: 'one', OtherName: HOSTILE, State: 'open', Decision: '', Evidence: '{"keys":[]}' };
    await server.context.cmdb.db
      .insertInto('IdentityConflict')
      .values({ Guid, Kind: 'duplicate', ResourceGuid, OtherGuid, ...times, ...names })
      .execute();
    for (const guid of [computer, other]) {
      const { text } = await client.get(`/computers/${guid}`);
      expect(text).to.contain('may be the same machine').and.to.contain(`/Altiris/Console/duplicates/${Guid}"`);
      expect(text).not.to.contain('<img src=x');
    }
  });

  it('names who else has an equal key', async () => {
    const { text } = await client.get(`/computers/${computer}/keys`);
    expect(text).to.contain('Others with an equal key').and.to.contain(`/computers/${other}"`);
    expect(text).to.contain('Weak: only when nothing stronger differs');
  });

  it('names events of the computer that could not be applied', async () => {
    expect((await client.get(`/computers/${other}/events`)).text).not.to.contain('could not be applied');
    const body = message({
      to: newGuid(),
      classes: [],
      time: new Date(),
      resource: { guid: other, name: 'X', keys: [] },
    });
    const { queue } = server.context;
    await queue.accept({ body: Buffer.from(body), sender: other, proven: false, priority: 0, receivedAt: Date.now() });
    while ((await queue.state()).depth > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    const { text } = await client.get(`/computers/${other}/events`);
    expect(text).to.contain('1 event of this computer could not be applied').and.to.contain('There is no capture item');
    expect(text).to.contain(`/events/bad?sender=${other}"`);
    expect((await client.get(`/events/bad?sender=${other}`)).text).to.contain('There is no capture item');
    expect((await client.get(`/computers/${computer}/events`)).text).not.to.contain('could not be applied');
  });

  describe('comparing', () => {
    it('marks what differs between two computers, found by name or GUID', async () => {
      const { status, text } = await client.get(`/compare?a=${computer}&b=wks-043`);
      expect(status).to.equal(200);
      expect(text).to.contain('1 data class differs, 0 are equal');
      expect(text).to.match(/OS Version<span class="differs-mark"/);
      expect(text).to.contain('<td class="differs">11</td><td class="differs">12</td>');
      expect(text).to.match(/<th scope="row">Last Logon User<\/th><td>anna<\/td><td>anna<\/td>/);
    });

    it('puts an earlier state together from the history', async () => {
      const yesterday = new Date(Date.now() - 24 * HOUR).toISOString().slice(0, 16);
      const { text } = await client.get(`/compare?a=${computer}&at=${yesterday}`);
      expect(text).to.contain('<td class="differs">10</td><td class="differs">11</td>');
      expect(text).not.to.contain('<script>alert');
      const hidden = await client.get(`/compare?a=${other}&at=${yesterday}`);
      expect(hidden.text, 'not there yet').to.contain('Only on the second side');
    });

    it('says what is wrong with what was typed, at the field', async () => {
      for (const [query, words] of [
        ['a=nobody&b=WKS-043', 'There is no computer or other resource “nobody”'],
        [`a=${computer}&at=yesterday`, 'is no time'],
        [`a=${encodeURIComponent(HOSTILE)}&b=x`, 'There is no computer'],
      ] as const) {
        const { status, text } = await client.get(`/compare?${query}`);
        expect(status, query).to.equal(422);
        expect(text, query).to.contain(words).and.not.to.contain('<script>alert');
      }
      expect((await client.get('/compare')).text).to.contain('Nothing to compare yet');
      await addResource(newGuid(), 'WKS-043', RESOURCE_TYPE.asset);
      expect((await client.get('/compare?a=wks-043&b=wks-042')).text).to.contain('Several have the name');
    });
  });

  it('are for everybody who may read, and for nobody who is not signed in', async () => {
    const { cmdb, clock } = server.context;
    await makeUser(cmdb, clock, 'viewer', 'Viewers');
    const viewer = await signedIn(server.http, 'viewer', PASSWORD);
    for (const path of ['/resources', `/resources/${user}`, `/computers/${computer}/history`, '/compare']) {
      expect((await viewer.get(path)).status, path).to.equal(200);
      const stranger = await fetch(`${server.http}/Altiris/Console${path}`, { redirect: 'manual' });
      expect(stranger.status, path).to.equal(303);
    }
    const stranger = await fetch(`${server.http}/Altiris/Console/computers/${computer}/export.xml`, {
      redirect: 'manual',
    });
    expect(stranger.status).to.equal(303);
    const { rows } = await sql<{ n: number }>`select count(*) as n from Resource`.execute(cmdb.db);
    expect(Number(rows[0]!.n)).to.be.greaterThan(3);
  });
});
