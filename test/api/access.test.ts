/** Who may call, what is answered to those who may not, and what every answer says. */
import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { utc } from '../../models/clock.ts';
import { createApiToken, revokeApiToken } from '../../models/security/apiTokens.ts';
import { parseGuid } from '../../wire/guid.ts';
import { startApi, type Api } from './support/api.ts';
import { faults, openapi } from './support/describedAnswer.ts';

const actor = { name: 'test', address: '' };
const idOf = (token: string) => parseGuid(token.split('_')[1]!.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'))!;

describe('access to the API', () => {
  let api: Api;
  before(async () => (api = await startApi()));
  after(() => api.stop());

  it('asks for a token, and takes it from the Authorization header only', async () => {
    const { status, body, headers } = await api.call('GET', '/computers', { token: null });
    expect(status).to.equal(401);
    expect(headers.get('www-authenticate')).to.match(/^Bearer realm=/);
    expect(headers.get('content-type')).to.match(/^application\/problem\+json/);
    expect(body).to.include({ type: 'about:blank', status: 401, title: 'A valid token is needed' });
    const elsewhere: Record<string, string>[] = [
      { Authorization: `Basic ${Buffer.from(`x:${api.readToken}`).toString('base64')}` },
      { Cookie: `token=${api.readToken}; session=${api.readToken}` },
      { 'X-Api-Key': api.readToken },
    ];
    for (const headers of elsewhere) {
      expect((await api.call('GET', '/computers', { token: null, headers })).status).to.equal(401);
    }
    expect((await api.call('GET', `/computers?token=${api.readToken}`, { token: null })).status).to.equal(401);
  });

  it('refuses a token that is made up, cut, revoked or expired', async () => {
    const { cmdb, clock } = api.context;
    const { guid, token } = await createApiToken(cmdb, clock, actor, { name: 'gone', scopes: ['read'] });
    expect((await api.call('GET', '/computers', { token })).status).to.equal(200);
    await revokeApiToken(cmdb, clock, actor, guid);
    const old = await createApiToken(cmdb, clock, actor, { name: 'old', scopes: ['read'] });
    await cmdb.db
      .updateTable('ApiToken')
      .set({ ExpiresAt: utc(clock.now() - 1) })
      .where('Guid', '=', old.guid)
      .execute();
    const madeUp = `${api.readToken.slice(0, -43)}${'A'.repeat(43)}`;
    for (const wrong of [token, old.token, madeUp, api.readToken.slice(0, -1), 'nst_', 'x']) {
      const { status, headers } = await api.call('GET', '/computers', { token: wrong });
      expect(status, wrong).to.equal(401);
      expect(headers.get('www-authenticate')).to.contain('error="invalid_token"');
    }
  });

  it('says that it is not to be kept, guessed at or framed, and gives each answer an id', async () => {
    const answers = [await api.get('/computers'), await api.call('GET', '/computers', { token: null })];
    for (const { headers } of answers) {
      expect(headers.get('cache-control')).to.equal('no-store');
      expect(headers.get('x-content-type-options')).to.equal('nosniff');
      expect(headers.get('x-frame-options')).to.equal('DENY');
      expect(headers.get('content-security-policy')).to.contain("default-src 'none'");
      expect(headers.get('set-cookie')).to.equal(null);
      expect(headers.get('access-control-allow-origin')).to.equal(null);
    }
    expect(answers[0]!.headers.get('x-request-id')).to.not.equal(answers[1]!.headers.get('x-request-id'));
    expect(answers[1]!.body.requestId).to.equal(answers[1]!.headers.get('x-request-id'));
  });

  it('stands in the access log with the name of the token, and never with the token', async () => {
    await api.call('GET', '/computers?limit=7', { token: api.readToken });
    const folder = join(api.dataDir, 'logs');
    const text = () =>
      readdirSync(folder)
        .map((file) => readFileSync(join(folder, file), 'utf8'))
        .join('');
    while (!text().includes('limit=7')) await sleep(50);
    expect(text()).to.match(/GET \/api\/v1\/computers limit=7 \d+ API\+token\+read /);
    expect(text()).to.not.contain(api.readToken);
  });

  it('tells an unknown resource from a wrong method', async () => {
    expect((await api.get('/nonsense')).status).to.equal(404);
    const { status, headers } = await api.call('DELETE', '/computers');
    expect([status, headers.get('allow')]).to.deep.equal([405, 'GET']);
    const { headers: several } = await api.call('DELETE', '/packages');
    expect(several.get('allow')).to.equal('GET, POST');
    expect((await api.call('HEAD', '/computers')).status).to.equal(200);
  });

  it('describes each of its problems in the same members', async () => {
    const problem = openapi as unknown as { components: { schemas: { Problem: object } } };
    for (const { body } of [
      await api.get('/nonsense'),
      await api.call('DELETE', '/computers'),
      await api.get('/%ff'),
    ]) {
      expect(faults(problem.components.schemas.Problem, body)).to.deep.equal([]);
    }
  });

  it('notes when a token was used, once a minute', async () => {
    const { db } = api.context.cmdb;
    const lastUse = async (token: string) => {
      const { LastUsedAt } = await db
        .selectFrom('ApiToken')
        .select('LastUsedAt')
        .where('Guid', '=', idOf(token))
        .executeTakeFirstOrThrow();
      return LastUsedAt;
    };
    const { token } = await createApiToken(api.context.cmdb, api.context.clock, actor, { name: 'u', scopes: ['read'] });
    expect(await lastUse(token)).to.equal(null);
    await api.call('GET', '/computers', { token });
    const first = await lastUse(token);
    expect(first).to.be.a('string');
    await api.call('GET', '/computers', { token });
    expect(await lastUse(token)).to.equal(first);
    const earlier = utc(Date.parse(first!) - 61_000);
    await db.updateTable('ApiToken').set({ LastUsedAt: earlier }).where('Guid', '=', idOf(token)).execute();
    await api.call('GET', '/computers', { token });
    expect(Date.parse((await lastUse(token))!)).to.be.at.least(Date.parse(first!));
  });

  describe('a body', () => {
    const rule = { name: 'Body', action: 'allow' };

    for (const [what, body, headers, status] of [
      ['that is no JSON', '{"name":', {}, 400],
      ['that is a list', '[1,2]', {}, 400],
      ['that is a text', '"x"', {}, 400],
      ['of another media type', 'name=x', { 'Content-Type': 'application/x-www-form-urlencoded' }, 415],
      ['in an unknown encoding', '{}', { 'Content-Encoding': 'lzma' }, 415],
      ['that is no gzip although it says so', '{}', { 'Content-Encoding': 'gzip' }, 400],
      ['over 1 MB', JSON.stringify({ ...rule, nameMasks: ['x'.repeat(1024 * 1024)] }), {}, 413],
      ['with control characters', JSON.stringify({ ...rule, name: 'a\u0000b' }), {}, 400],
      ['with half a character', '{"name":"\\ud800","action":"allow"}', {}, 400],
      ['with a prototype', '{"name":"x","action":"allow","__proto__":{"isEnabled":false}}', {}, 400],
    ] as const) {
      it(`${what} is refused with ${status}, and nothing changes`, async () => {
        const before = await api.state();
        const answer = await api.call('POST', '/registration-rules', { body, headers });
        expect(answer.status).to.equal(status);
        expect(JSON.stringify(answer.body)).to.not.match(/node_modules|at .*\.ts/);
        expect(await api.state()).to.equal(before);
      });
    }

    it('is not read for somebody who may not send it', async () => {
      const body = 'x'.repeat(2 * 1024 * 1024);
      expect((await api.call('POST', '/registration-rules', { token: api.readToken, body })).status).to.equal(403);
    });
  });
});

describe('wrong tokens', () => {
  let api: Api;
  beforeEach(async () => (api = await startApi()));
  afterEach(() => api.stop());

  it('are waited out after twenty of them, by address, and a missing one does not count', async () => {
    for (let count = 0; count < 30; count++) await api.call('GET', '/computers', { token: null });
    for (let count = 0; count < 20; count++) {
      expect((await api.call('GET', '/computers', { token: 'nst_wrong' })).status).to.equal(401);
    }
    const { status, headers } = await api.call('GET', '/computers', { token: 'nst_wrong' });
    expect(status).to.equal(429);
    expect(Number(headers.get('retry-after'))).to.be.within(1, 60);
  });
});
