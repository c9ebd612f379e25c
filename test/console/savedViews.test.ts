import { expect } from 'chai';
import { makeUser, PASSWORD } from '../security/support.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { signedIn, type ConsoleClient } from './client.ts';

describe('saved views of a list', () => {
  let server: TestServer;
  let client: ConsoleClient;
  before(async () => {
    server = await startTestServer();
    client = await signedIn(server.http);
  });
  after(() => server.stop());

  const back = '/Altiris/Console/users';
  const save = (name: string, query: string, list = '/users') => client.post('/views', { list, name, query, back });

  it('keep search, filters, order and columns under a name, and are offered on the list', async () => {
    const { text } = await client.get('/users?q=ad&state=enabled&sort=role&dir=desc&columns=name,role&size=25&page=1');
    const query = /name="query" value="([^"]+)"/.exec(text)![1]!.replaceAll('&amp;', '&');
    expect((await save('Enabled admins', query)).location).to.equal(back);
    const list = await client.get('/users');
    expect(list.text).to.contain('The view Enabled admins was saved');
    const link = /href="([^"]+)">Enabled admins</.exec(list.text)![1]!.replaceAll('&amp;', '&');
    expect(Object.fromEntries(new URL(link, server.http).searchParams)).to.deep.equal({
      q: 'ad',
      state: 'enabled',
      sort: 'role',
      dir: 'desc',
      columns: 'name,role',
      size: '25',
    });
    expect((await client.get(link)).text).to.contain('1–1 of 1');
  });

  it('are replaced by one of the same name and can be deleted', async () => {
    await save('Mine', 'q=one');
    await save('Mine', 'q=two');
    expect((await client.get('/users')).text.match(/>Mine</g)).to.have.length(1);
    await client.post('/views/delete', { list: '/users', name: 'Mine', back });
    expect((await client.get('/users')).text).not.to.contain('>Mine<');
  });

  it('belong to one user only', async () => {
    await makeUser(server.context.cmdb, server.context.clock, 'other', 'Viewers');
    await save('Private', 'q=x');
    const other = await signedIn(server.http, 'other', PASSWORD);
    expect((await other.get('/users')).text).not.to.contain('Private');
    expect((await other.post('/views', { list: '/users', name: 'Of a viewer', query: '', back })).status).to.equal(303);
    expect((await other.get('/users')).text).to.contain('Of a viewer');
  });

  it('cannot be used to write elsewhere, to fill the database, or to lead elsewhere', async () => {
    const count = async () => (await server.context.cmdb.db.selectFrom('Setting').select('Name').execute()).length;
    const before = await count();
    for (const [name, query, list] of [
      ['x', '', 'server.publicUrl'],
      ['x', '', '/../x'],
      ['x', '', `/${'a'.repeat(200)}`],
      ['x', 'q='.padEnd(5000, 'x'), '/audit'],
      ['', '', '/audit'],
    ] as const) {
      await save(name, query, list);
      expect((await client.get('/users')).text).to.contain('class="notice bad"');
    }
    expect(await count()).to.equal(before);
    await save('Out', 'x=//evil.example', '/audit');
    const { text } = await client.get('/audit');
    expect(/href="([^"]+)">Out</.exec(text)![1]).to.match(/^\/Altiris\/Console\/audit\?/);
    for (let index = 0; index < 40; index++) await save(`view ${index}`, '', '/settings');
    expect((await client.get('/settings')).text.match(/>view \d+</g)).to.have.length(30);
  });
});
