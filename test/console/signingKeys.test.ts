import { expect } from 'chai';
import { makeUser, PASSWORD } from '../security/support.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { signedIn, type ConsoleClient } from './client.ts';

const PATH = '/settings/signing-keys';

describe('the page of the signing keys', () => {
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

  const current = () => server.context.secrets.signingKeys.current.name;
  const statements = async () =>
    (await server.context.cmdb.db.selectFrom('SigningStatement').selectAll().execute()).length;

  it('shows the key, and that nobody lags behind, as a tab of the settings', async () => {
    const { status, text } = await client.get(PATH);
    expect(status).to.equal(200);
    expect(text).to.include('signing:1').and.to.include('Signs').and.to.include('has confirmed the current key');
    expect((await client.get('/settings')).text).to.include('/settings/signing-keys');
  });

  it('makes a new key, refuses an overlap that is none, and says to make a backup', async () => {
    await client.get(`${PATH}/new`);
    for (const overlapDays of ['', '0', '1.5', '99999']) {
      const refused = await client.post(`${PATH}/new`, { overlapDays });
      expect(refused.status, overlapDays).to.equal(422);
    }
    expect(await statements()).to.equal(0);
    const made = await client.post(`${PATH}/new`, { overlapDays: '14' });
    expect(made.status).to.equal(303);
    expect(current()).to.equal('signing:2');
    const { text } = await client.get(PATH);
    expect(text).to.include('Make a backup now').and.to.include('Overlap').and.to.include('End overlap or revoke');
  });

  it('asks before it ends an overlap or revokes a key, and does it', async () => {
    const asked = await client.get(`${PATH}/signing:1/end`);
    expect(asked.text).to.include('End the overlap of signing:1?').and.to.include('Revoke it instead');
    expect((await client.get(`${PATH}/signing:2/end`)).text).to.include('Revoke signing:2?');
    expect(await statements()).to.equal(1);
    expect((await client.post(`${PATH}/signing:1/retire`, { confirmed: '1' })).status).to.equal(303);
    expect((await client.get(PATH)).text).to.include('Retired');
    // Somebody else was first.
    const again = await client.post(`${PATH}/signing:1/retire`, { confirmed: '1' });
    expect(again.status).to.equal(409);
    expect(again.text).to.include('nothing to end');
    expect((await client.post(`${PATH}/signing:2/revoke`, { confirmed: '1' })).status).to.equal(303);
    expect(current()).to.equal('signing:3');
    expect((await client.get(PATH)).text).to.include('Revoked');
    expect((await client.get(`${PATH}/signing:9/end`)).status).to.equal(404);
  });

  it('lets nobody change a key who may not', async () => {
    const before = await statements();
    const { text } = await viewer.get(PATH);
    expect(text).to.include('signing:3').and.to.include('may not manage').and.not.to.include('/end"');
    await viewer.get('/signIn');
    for (const path of [`${PATH}/new`, `${PATH}/signing:3/revoke`, `${PATH}/signing:3/retire`]) {
      expect((await viewer.post(path, { overlapDays: '5', confirmed: '1' })).status, path).to.equal(403);
    }
    expect((await viewer.get(`${PATH}/signing:3/end`)).status).to.equal(403);
    expect(await statements()).to.equal(before);
    expect(current()).to.equal('signing:3');
  });
});
