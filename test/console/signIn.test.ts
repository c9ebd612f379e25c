import { expect } from 'chai';
import { setPassword } from '../../models/security/changeUsers.ts';
import { sessionKey } from '../../models/security/sessions.ts';
import { findUser } from '../../models/security/users.ts';
import { makeUser, PASSWORD } from '../security/support.ts';
import { startTestServer, TEST_PASSWORD, type TestServer } from '../support/server.ts';
import { ConsoleClient, signedIn } from './client.ts';

describe('signing in to the console', () => {
  let server: TestServer;
  let client: ConsoleClient;
  before(async () => (server = await startTestServer()));
  after(() => server.stop());
  beforeEach(() => (client = new ConsoleClient(server.http)));

  const user = (name: string, role = 'Administrators') =>
    makeUser(server.context.cmdb, server.context.clock, name, role);
  const signIns = async () =>
    (await server.context.cmdb.db.selectFrom('AuditEntry').select('Id').where('Action', '=', 'sign in').execute())
      .length;

  it('is where the bare address leads', async () => {
    expect((await client.get('/')).location).to.equal('/Altiris/Console');
    expect((await client.get('')).location).to.equal('/Altiris/Console/signIn?returnTo=%2FAltiris%2FConsole');
  });

  it('leads back to the page that was asked for', async () => {
    const asked = await client.get('/users?state=enabled');
    expect(asked.status).to.equal(303);
    await client.get(asked.location);
    const returnTo = new URL(asked.location, server.http).searchParams.get('returnTo')!;
    const answer = await client.post('/signIn', { name: 'admin', password: TEST_PASSWORD, returnTo });
    expect(answer.location).to.equal('/Altiris/Console/users?state=enabled');
    expect((await client.get(answer.location)).text).to.contain('Users and roles');
  });

  it('never leads to another server', async () => {
    for (const returnTo of [
      'https://evil.example',
      '//evil.example',
      '/Altiris/Console\\@evil.example',
      '/Altiris/ConsoleX',
      '/\\evil',
    ]) {
      await client.get('/signIn');
      const answer = await new ConsoleClient(server.http).get(`/signIn?returnTo=${encodeURIComponent(returnTo)}`);
      expect(answer.text).to.contain('name="returnTo" value="/Altiris/Console"');
      const other = new ConsoleClient(server.http);
      await other.get('/signIn');
      expect((await other.post('/signIn', { name: 'admin', password: TEST_PASSWORD, returnTo })).location).to.equal(
        '/Altiris/Console',
      );
    }
  });

  it('refuses a wrong password with the words it has for an unknown user', async () => {
    const before = await signIns();
    await client.get('/signIn');
    const wrong = await client.post('/signIn', { name: 'admin', password: 'wrong' });
    const unknown = await client.post('/signIn', { name: 'nobody', password: 'wrong' });
    expect([wrong.status, unknown.status]).to.deep.equal([401, 401]);
    const message = (text: string) => /<div class="errors"[^]*?<\/div>/.exec(text)![0];
    expect(message(wrong.text)).to.equal(message(unknown.text));
    expect(wrong.text).to.contain('value="admin"').and.not.to.contain('value="wrong"');
    expect(await signIns()).to.equal(before);
    expect((await client.get('/users')).status).to.equal(303);
  });

  it('locks a user after five failures', async () => {
    await user('lockme');
    await client.get('/signIn');
    for (let failure = 0; failure < 5; failure++) await client.post('/signIn', { name: 'lockme', password: 'wrong' });
    const right = await client.post('/signIn', { name: 'lockme', password: PASSWORD });
    expect(right.status).to.equal(401);
    expect((await findUser(server.context.cmdb, 'lockme'))!.lockedUntilAt).not.to.equal(null);
    const administrator = await signedIn(server.http);
    expect((await administrator.get('/users?q=lockme')).text).to.contain('Locked');
  });

  it('gives a new session id, and the old one is worth nothing', async () => {
    await client.get('/signIn');
    const planted = client.cookies.get('ns_session')!;
    await client.post('/signIn', { name: 'admin', password: TEST_PASSWORD });
    expect(client.cookies.get('ns_session')).not.to.equal(planted);
    const attacker = new ConsoleClient(server.http);
    attacker.cookies.set('ns_session', planted);
    expect((await attacker.get('/users')).status).to.equal(303);
  });

  it('keeps only a hash of the session id', async () => {
    const signed = await signedIn(server.http);
    const id = /^s%3A([^.]+)\./.exec(signed.cookies.get('ns_session')!)![1]!;
    const rows = await server.context.cmdb.db.selectFrom('SignInSession').selectAll().execute();
    expect(rows.map((row) => row.Id)).to.include(sessionKey(decodeURIComponent(id)));
    expect(JSON.stringify(rows)).not.to.contain(id);
  });

  it('makes no session for who only knocks', async () => {
    const count = async () => (await server.context.cmdb.db.selectFrom('SignInSession').select('Id').execute()).length;
    const before = await count();
    await client.get('/users');
    await client.get('/assets/style.css');
    await client.get('/nothing/here');
    expect(await count()).to.equal(before);
    expect(client.cookies.size).to.equal(0);
  });

  it('sets a cookie that script cannot read and other sites cannot send', async () => {
    const answer = await client.get('/signIn');
    expect(answer.headers.get('set-cookie')).to.match(/^ns_session=[^;]+; Path=\/; HttpOnly; SameSite=Lax$/);
  });

  it('is undone by signing out', async () => {
    const signed = await signedIn(server.http);
    const cookie = signed.cookies.get('ns_session')!;
    expect((await signed.post('/signOut')).location).to.equal('/Altiris/Console/signIn');
    signed.cookies.set('ns_session', cookie);
    expect((await signed.get('/users')).status).to.equal(303);
  });

  it('ends when the user is disabled', async () => {
    const guid = await user('leaver');
    const leaver = await signedIn(server.http, 'leaver', PASSWORD);
    const administrator = await signedIn(server.http);
    const page = await administrator.get(`/users/${guid}`);
    const role = /name="roleGuid" value="([^"]+)" checked/.exec(page.text)![1]!;
    expect((await administrator.post(`/users/${guid}`, { name: 'leaver', roleGuid: role })).status).to.equal(303);
    expect((await leaver.get('/users')).status).to.equal(303);
  });

  it('with a handed-out password opens only the page that changes it', async () => {
    const guid = await user('newcomer');
    const { cmdb, clock } = server.context;
    await setPassword(cmdb, clock, { name: 'test', address: '' }, guid, 'handed out once', { mustChange: true });
    await client.get('/signIn');
    await client.post('/signIn', { name: 'newcomer', password: 'handed out once' });
    expect((await client.get('/users')).location).to.equal('/Altiris/Console/password');
    expect((await client.get('/password')).text).to.contain('choose your own');
    const other = await signedInWithout(server.http, 'newcomer', 'handed out once');
    const fields = { current: 'handed out once', password: 'chosen by myself', again: 'chosen by myself' };
    expect((await client.post('/password', { ...fields, again: 'chosen by mistake' })).status).to.equal(422);
    expect((await client.post('/password', fields)).location).to.equal('/Altiris/Console');
    expect((await client.get('/users')).status).to.equal(200);
    expect((await other.get('/users')).location).to.contain('/signIn');
  });
});

/** Signs in where the first page may be the one that changes the password. */
async function signedInWithout(server: string, name: string, password: string): Promise<ConsoleClient> {
  const client = new ConsoleClient(server);
  await client.get('/signIn');
  await client.post('/signIn', { name, password });
  return client;
}
