/** Attacks on the console: each must be refused, and nothing may have changed. */
import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { listUsers } from '../../models/security/users.ts';
import { makeUser, PASSWORD, roleNamed } from '../security/support.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { ConsoleClient, signedIn } from './client.ts';

describe('the console under attack', () => {
  let server: TestServer;
  let administrator: ConsoleClient;
  let newUser: Record<string, string>;
  before(async () => {
    server = await startTestServer();
    const { cmdb, clock } = server.context;
    await makeUser(cmdb, clock, 'viewer', 'Viewers');
    newUser = {
      name: 'mallory',
      displayName: '',
      roleGuid: await roleNamed(cmdb, 'Administrators'),
      isEnabled: '1',
      password: PASSWORD,
    };
    administrator = await signedIn(server.http);
  });
  after(() => server.stop());

  const userNames = async () => {
    const all = { offset: 0, limit: 100, sort: 'name', descending: false, search: '', filters: {} };
    return (await listUsers(server.context.cmdb, all)).rows.map((row) => row.name);
  };

  async function expectNothingDone(answer: { status: number }, status: number): Promise<void> {
    expect(answer.status).to.equal(status);
    expect(await userNames()).to.deep.equal(['admin', 'viewer']);
  }

  it('refuses a form without a token', async () => {
    await expectNothingDone(await administrator.post('/users/new', { ...newUser, _csrf: '' }), 403);
  });

  it('refuses a form with the token of another session', async () => {
    const other = await signedIn(server.http);
    await expectNothingDone(await administrator.post('/users/new', { ...newUser, _csrf: other.token }), 403);
  });

  it('refuses a form that the browser says comes from another site', async () => {
    for (const site of ['cross-site', 'same-site']) {
      await expectNothingDone(await administrator.post('/users/new', newUser, { 'Sec-Fetch-Site': site }), 403);
    }
  });

  it('refuses a token in the address, and a list of tokens', async () => {
    const token = administrator.token;
    await expectNothingDone(await administrator.post(`/users/new?_csrf=${token}`, { ...newUser, _csrf: '' }), 403);
    await expectNothingDone(
      await administrator.post('/users/new', { ...newUser, _csrf: [token, token] as unknown as string }),
      403,
    );
  });

  it('refuses a post of nobody', async () => {
    const nobody = new ConsoleClient(server.http);
    await expectNothingDone(await nobody.post('/users/new', newUser), 403);
    await nobody.get('/signIn');
    await expectNothingDone(await nobody.post('/users/new', newUser), 401);
  });

  it('refuses every change by a viewer, whatever the page shows', async () => {
    const viewer = await signedIn(server.http, 'viewer', PASSWORD);
    await expectNothingDone(await viewer.post('/users/new', newUser), 403);
    const { rows } = await listUsers(server.context.cmdb, {
      offset: 0,
      limit: 9,
      sort: 'name',
      descending: false,
      search: 'admin',
      filters: {},
    });
    const admin = rows[0]!;
    for (const path of [`/users/${admin.guid}`, `/users/${admin.guid}/password`, `/users/${admin.guid}/unlock`]) {
      await expectNothingDone(await viewer.post(path, { ...newUser, name: 'owned' }), 403);
    }
    expect((await signedIn(server.http)).cookies.size).to.be.greaterThan(0);
  });

  it('shows a viewer the controls, disabled, with the reason', async () => {
    const viewer = await signedIn(server.http, 'viewer', PASSWORD);
    const { text } = await viewer.get('/users');
    expect(text).to.match(
      /<button type="button"[^>]*aria-disabled="true" title="[^"]*privilege &#34;security&#34;[^"]*"[^>]*>.*New user/s,
    );
    expect(text).not.to.contain('href="/Altiris/Console/users/new"');
    expect((await viewer.get('/users/new')).status).to.equal(403);
  });

  it('keeps names that are markup from becoming markup', async () => {
    const evil = `"><script>alert(1)</script><img src=x onerror=alert(2)>`;
    const admin = (
      await server.context.cmdb.db
        .selectFrom('ConsoleUser')
        .select('Guid')
        .where('Name', '=', 'admin')
        .executeTakeFirstOrThrow()
    ).Guid;
    await server.context.cmdb.db
      .updateTable('ConsoleUser')
      .set({ DisplayName: evil })
      .where('Guid', '=', admin)
      .execute();
    for (const path of [
      '/users',
      `/users/${admin}`,
      `/users?q=${encodeURIComponent(evil)}`,
      `/search?q=${encodeURIComponent(evil)}`,
    ]) {
      const { text, status } = await administrator.get(path);
      expect(status, path).to.equal(200);
      expect(text, path).not.to.contain('<script>alert').and.not.to.contain('<img src=x');
    }
    await server.context.cmdb.db
      .updateTable('ConsoleUser')
      .set({ DisplayName: '' })
      .where('Guid', '=', admin)
      .execute();
  });

  it('forbids everything inline and foreign on every answer', async () => {
    for (const path of ['/signIn', '/users', '/nothing', '/assets/style.css']) {
      const { headers } = await administrator.get(path);
      const policy = headers.get('content-security-policy')!;
      expect(policy, path)
        .to.contain("default-src 'self'")
        .and.to.contain("frame-ancestors 'none'")
        .and.to.contain("form-action 'self'");
      expect(policy, path).not.to.contain('unsafe');
      expect(headers.get('x-content-type-options')).to.equal('nosniff');
      expect(headers.get('x-frame-options')).to.equal('DENY');
    }
  });

  it('has nothing inline in its templates', () => {
    const views = fileURLToPath(new URL('../../views/', import.meta.url));
    for (const file of readdirSync(views, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.ejs'),
    )) {
      const text = readFileSync(views + file, 'utf8');
      expect(text, file).not.to.match(/\sstyle=|\son[a-z]+="|<script(?![^>]*\ssrc=)|javascript:/i);
      for (const [raw] of text.matchAll(/<%-(?!\s*include\()[^%]*%>/g)) expect.fail(`${file}: ${raw} is not escaped`);
    }
  });

  it('sends no HSTS and no Secure cookie over plain HTTP', async () => {
    const answer = await new ConsoleClient(server.http).get('/signIn');
    expect(answer.headers.get('strict-transport-security')).to.equal(null);
    expect(answer.headers.get('set-cookie')).not.to.match(/secure/i);
    expect(answer.headers.get('content-security-policy')).not.to.contain('upgrade-insecure-requests');
  });

  it('reads nothing outside its folder of assets', async () => {
    for (const path of [
      '/assets/../console.ts',
      '/assets/%2e%2e/package.json',
      '/assets/..%2fpackage.json',
      '/assets/uPlot.d.ts',
      '/assets/',
    ]) {
      expect((await administrator.get(path)).status, path).to.be.oneOf([403, 404]);
    }
  });

  it('answers a form of 2 MB with 413 and lives on', async () => {
    const answer = await administrator.post('/users/new', { ...newUser, displayName: 'x'.repeat(2_000_000) });
    await expectNothingDone(answer, 413);
    expect((await administrator.get('/users')).status).to.equal(200);
  });

  it('answers nonsense in addresses with a page', async () => {
    for (const path of [
      '/users/not-a-guid',
      '/users/00000000-0000-0000-0000-000000000000',
      '/audit/0',
      '/audit/x',
      '/nothing',
    ]) {
      const { status, text } = await administrator.get(path);
      expect(status, path).to.equal(404);
      expect(text).to.contain('Request id');
    }
    expect(
      (await administrator.get('/users?page=-1&size=7&sort=PasswordHash&dir=up&state=x&columns=nothing')).status,
    ).to.equal(200);
    expect((await administrator.get('/users?page=1&page=2&q[]=x&columns=name&columns=state')).status).to.equal(200);
  });

  it('tells nobody what went wrong inside', async () => {
    const { queue } = server.context;
    const original = queue.state.bind(queue);
    queue.state = () => Promise.reject(new Error('secret detail /etc/passwd'));
    try {
      const { text, status } = await administrator.get('/live');
      expect(status).to.equal(500);
      expect(text).not.to.contain('secret detail').and.not.to.contain('passwd');
    } finally {
      queue.state = original;
    }
  });
});

describe('the console over HTTPS', () => {
  it('sets a Secure cookie that is bound to this host', async () => {
    const server = await startTestServer({ https: true });
    try {
      const { get } = await import('node:https');
      const headers = await new Promise<Record<string, string | string[] | undefined>>((resolve, reject) => {
        get(`${server.https}/Altiris/Console/signIn`, { rejectUnauthorized: false }, (response) => {
          response.resume();
          resolve(response.headers);
        }).on('error', reject);
      });
      expect(String(headers['set-cookie'])).to.match(
        /^__Host-ns_session=[^;]+; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
      );
    } finally {
      await server.stop();
    }
  });
});
