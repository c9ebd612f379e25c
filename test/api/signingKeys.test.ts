import { expect } from 'chai';
import { startApi, type Api } from './support/api.ts';

describe('signing keys by API', () => {
  let api: Api;
  let token: string;
  before(async () => {
    api = await startApi();
    token = await api.tokenOf('security');
  });
  after(() => api.stop());

  const post = (path: string, body?: unknown) =>
    api.call('POST', path, { token, ...(body === undefined ? {} : { body }) });
  const states = async (): Promise<string[]> => {
    const { keys } = (await api.get('/signing-keys')).body as { keys: { name: string; state: string }[] };
    return keys.map(({ name, state }) => `${name} ${state}`);
  };

  it('are listed, replaced, ended and revoked, each in the audit log', async () => {
    const since = await api.lastAuditId();
    expect(await states()).to.deep.equal(['signing:1 current']);
    const { status, body } = await post('/signing-keys', { overlapDays: 7 });
    expect(status).to.equal(201);
    expect(body).to.include({ unknownSnapshots: 0, unknownAgents: 0, unableAgents: 0 });
    expect(await states()).to.deep.equal(['signing:2 current', 'signing:1 overlap']);
    expect((await post('/signing-keys/signing:1/retire')).status).to.equal(200);
    expect((await post('/signing-keys/signing:2/revoke')).status).to.equal(200);
    expect(await states()).to.deep.equal(['signing:3 current', 'signing:2 revoked', 'signing:1 retired']);
    expect(await api.auditSince(since)).to.have.lengthOf(3);
    expect((await api.get('/signing-keys/unconfirmed')).body).to.deep.include({ items: [], total: 0 });
  });

  it('change nothing when the overlap is none, the key is unknown or its state is another', async () => {
    const before = await states();
    for (const overlapDays of [0, -1, 1.5, 4000, 'x', null]) {
      expect((await post('/signing-keys', { overlapDays })).status).to.equal(400);
    }
    expect((await post('/signing-keys/signing:9/retire')).status).to.equal(404);
    expect((await post('/signing-keys/signing:9/revoke')).status).to.equal(404);
    expect((await post('/signing-keys/signing:1/retire')).status).to.equal(409);
    expect((await post('/signing-keys/signing:2/revoke')).status).to.equal(409);
    expect(await states()).to.deep.equal(before);
  });

  it('are left alone by who may write, as in the console, and nothing changes', async () => {
    const before = await states();
    const since = await api.lastAuditId();
    for (const path of ['/signing-keys', '/signing-keys/signing:3/retire', '/signing-keys/signing:3/revoke']) {
      const refused = await api.post(path, path === '/signing-keys' ? {} : undefined);
      expect([refused.status, refused.body.detail]).to.deep.equal([
        403,
        'This needs a token with the scope "security".',
      ]);
    }
    expect(await states()).to.deep.equal(before);
    expect(await api.auditSince(since)).to.deep.equal([]);
  });
});
