import { expect } from 'chai';
import { sql } from 'kysely';
import { DataClasses } from '../../models/inventory/dataClasses.ts';
import type { Guid } from '../../wire/guid.ts';
import { DATA_CLASS } from '../../wire/wellKnown.ts';
import { inventory, message, process, queued } from '../events/support.ts';
import { makeUser, PASSWORD } from '../security/support.ts';
import { addLegacyAgent } from '../support/agents.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { signedIn, type ConsoleClient } from './client.ts';

const HOSTILE = '<script>alert("x")</script>';

describe('the pages of data classes', function () {
  this.timeout(60_000);
  let server: TestServer;
  let client: ConsoleClient;
  let viewer: ConsoleClient;

  before(async () => {
    server = await startTestServer();
    client = await signedIn(server.http);
    await makeUser(server.context.cmdb, server.context.clock, 'victor', 'Viewers');
    viewer = await signedIn(server.http, 'victor', PASSWORD);
  });
  after(() => server.stop());

  const classes = async () => DataClasses.load(server.context.cmdb);
  const send = async (computer: Guid, dataClass: Guid, rows: string[][]) => {
    const body = message({
      time: new Date(),
      resource: { guid: computer, name: 'WKS-1', keys: [] },
      classes: [{ guid: dataClass, name: '', rows }],
    });
    const [outcome] = await process(server.context.cmdb, server.context.clock, [
      queued(body, { sender: computer, receivedAt: new Date().toISOString() }),
    ]);
    return outcome!;
  };
  const make = async (name: string, columns: string): Promise<Guid> => {
    const made = await client.post('/data-classes/new', { name, columns, isMultiRow: '1' });
    expect(made.status, made.text).to.equal(303);
    return made.location.split('/').at(-1) as Guid;
  };

  it('list every class with its table, and what it holds', async () => {
    const { text } = await client.get('/data-classes?size=100');
    for (const { name, table } of (await classes()).all()) expect(text).to.contain(name).and.to.contain(table);
    const found = (await client.get('/data-classes?q=tcpip&kind=inventory')).text;
    expect(found).to.contain('AeX AC TCPIP').and.not.to.contain('AeX AC Roles');
    const events = JSON.parse((await client.get('/data-classes?format=json&kind=event')).text) as unknown[];
    expect(events).to.have.length(6);
  });

  it('make a class whose columns events fill, and show its newest rows', async () => {
    const computer = await addLegacyAgent(server.context, 'WKS-1');
    const guid = await make('Installed Tools', 'Tool, text 100\nPrice, int');
    expect(await send(computer, guid, [[HOSTILE, '42']])).to.include({ kind: 'done' });
    const { text } = await client.get(`/data-classes/${guid}`);
    expect(text).to.contain('Inv_Installed_Tools').and.to.contain('WKS-1').and.to.contain('&lt;script&gt;');
    expect(text).not.to.contain(HOSTILE);
  });

  it('keep what was typed when something is wrong, and say at which field', async () => {
    const answer = await client.post('/data-classes/new', {
      name: HOSTILE,
      columns: 'Tool\nx;y, blob',
      guid: 'no guid',
    });
    expect(answer.status).to.equal(422);
    expect(answer.text).to.contain('Begin with a letter').and.to.contain('&lt;script&gt;').and.not.to.contain(HOSTILE);
    const columns = await client.post('/data-classes/new', {
      name: 'Fine',
      columns: 'Tool\nx;y, blob',
      guid: 'no guid',
    });
    expect(columns.status).to.equal(422);
    expect(columns.text).to.contain('Line 2').and.to.contain('This is not a GUID.');
    expect((await classes()).find(undefined, 'Fine')).to.equal(undefined);
  });

  it('correct the order of columns of a built-in class, and refuse one that puts two in a place', async () => {
    const path = `/data-classes/${DATA_CLASS.roles}/columns`;
    expect((await client.get(path)).text).to.contain('Events are read in the new order');
    const twice = await client.post(path, { position0: '1', position1: '1' });
    expect(twice.status).to.equal(422);
    expect(twice.text).to.contain('Role is c1 already.');
    const none = await client.post(path, { position0: 'x', position1: '1' });
    expect(none.text).to.contain('Enter a whole number from 0 to 511.');
    expect((await client.post(path, { position0: '3', position1: '0' })).status).to.equal(303);
    const { columns } = (await classes()).get(DATA_CLASS.roles)!;
    expect(columns.map((column) => column?.name)).to.deep.equal(['Detail', undefined, undefined, 'Role']);
  });

  it('add a column to an own class, and to no other', async () => {
    const guid = await make('Growing', 'One');
    const added = await client.post(`/data-classes/${guid}/columns/new`, {
      name: 'Two',
      dataType: 'text',
      maxLength: '20',
    });
    expect(added.status).to.equal(303);
    expect((await classes()).get(guid)!.columns[1]).to.include({ name: 'Two', maxLength: 20 });
    const fields = { name: 'Mine', dataType: 'int', maxLength: '' };
    expect((await client.post(`/data-classes/${DATA_CLASS.roles}/columns/new`, fields)).status).to.equal(422);
    expect((await client.get(`/data-classes/${DATA_CLASS.roles}`)).text).to.contain('agents fill this one');
  });

  it('switch history and what counts as a change, and say why a class keeps its name', async () => {
    const path = `/data-classes/${DATA_CLASS.location}/edit`;
    expect((await client.get(path)).text).to.contain('cannot be renamed');
    await client.post(path, { description: 'Where', volatile: ['Site', 'No such column'], name: 'Renamed' });
    const found = (await classes()).get(DATA_CLASS.location)!;
    expect(found).to.include({ name: 'AeX AC Location', hasHistory: false });
    expect(found.columns.filter((column) => column!.isVolatile).map((column) => column!.name)).to.deep.equal(['Site']);
  });

  it('delete an own class after saying what goes, and no built-in one', async () => {
    const computer = await addLegacyAgent(server.context, 'WKS-2');
    const guid = await make('Short Lived', 'One');
    await send(computer, guid, [['a'], ['b']]);
    const question = (await client.get(`/data-classes/${guid}/delete`)).text;
    expect(question).to.contain('2 rows of 1 resource');
    expect((await client.post(`/data-classes/${guid}/delete`, { confirmed: '1' })).status).to.equal(303);
    expect((await client.get(`/data-classes/${guid}`)).status).to.equal(404);
    const { rows } = await sql`select name from sqlite_master where name like 'Inv_Short%'`.execute(
      server.context.cmdb.db,
    );
    expect(rows).to.deep.equal([]);
    const builtIn = await client.post(`/data-classes/${DATA_CLASS.tcpip}/delete`, { confirmed: '1' });
    expect(builtIn.status).to.equal(409);
    expect((await classes()).get(DATA_CLASS.tcpip)).not.to.equal(undefined);
  });

  it('show a viewer everything and let nothing be changed', async () => {
    const page = await viewer.get(`/data-classes/${DATA_CLASS.tcpip}`);
    expect(page.status).to.equal(200);
    expect(page.text)
      .to.contain('c0')
      .and.not.to.contain(`href="/Altiris/Console/data-classes/${DATA_CLASS.tcpip}/edit"`);
    for (const path of ['/data-classes/new', `/data-classes/${DATA_CLASS.tcpip}/columns`, '/events/senders/new'])
      expect((await viewer.get(path)).status, path).to.equal(403);
  });

  it('allow a computer to send for others, by name or GUID, and take that back', async () => {
    const [importer, other] = [
      await addLegacyAgent(server.context, 'IMPORT'),
      await addLegacyAgent(server.context, 'OTHER'),
    ];
    const about = async () => {
      const body = inventory('OTHER', { resource: { guid: other, name: 'OTHER', keys: [] }, time: new Date() });
      const event = queued(body, { sender: importer, receivedAt: new Date().toISOString() });
      return (await process(server.context.cmdb, server.context.clock, [event]))[0]!.kind;
    };
    expect((await client.get('/events/senders')).text).to.contain('No computer may send data of others');
    expect((await client.post('/events/senders/new', { computer: 'nobody' })).text).to.contain(
      'There is no such computer.',
    );
    expect(await about()).to.equal('bad');
    expect((await client.post('/events/senders/new', { computer: 'import', note: HOSTILE })).status).to.equal(303);
    expect((await client.get('/events/senders')).text)
      .to.contain('IMPORT')
      .and.not.to.contain(HOSTILE);
    expect(await about()).to.equal('done');
    expect((await client.get(`/events/senders/${importer}/forbid`)).text).to.contain(
      'Take the right away from IMPORT?',
    );
    expect((await client.post(`/events/senders/${importer}/forbid`)).status).to.equal(303);
    expect(await about()).to.equal('bad');
    expect((await client.get(`/events/senders/${importer}/forbid`)).status).to.equal(404);
  });
});
