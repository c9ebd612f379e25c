import { expect } from 'chai';
import { startApi, type Api } from './support/api.ts';

describe('administration by the API', () => {
  let api: Api;
  before(async () => (api = await startApi()));
  after(() => api.stop());

  it('lists console users without anything of their passwords', async () => {
    const { body } = await api.get('/users?search=ADMIN');
    expect(body.items).to.have.lengthOf(1);
    expect(body.items[0]).to.include({ name: 'admin', state: 'enabled' });
    expect(JSON.stringify(body)).to.not.match(/argon2|Hash/);
    expect((await api.get('/users?state=disabled')).body.total).to.equal(0);
  });

  it('lists its tokens without their secrets, and revokes them, the own one too', async () => {
    const { items } = (await api.get('/api-tokens')).body;
    expect(items.map(({ name }: { name: string }) => name)).to.have.members(['read+write', 'read', 'write']);
    for (const token of [api.readToken, api.writeToken]) {
      expect(JSON.stringify(items)).to.not.contain(token.split('_').slice(2).join('_'));
    }
    const { guid } = items.find(({ name }: { name: string }) => name === 'write');
    const audited = await api.lastAuditId();
    const revoke = () => api.call('POST', `/api-tokens/${guid}/revoke`, { token: api.writeToken });
    expect((await revoke()).status).to.equal(204);
    expect((await revoke()).status).to.equal(401);
    expect(await api.auditSince(audited)).to.deep.equal(['API token write revoke API token']);
    const after = (await api.get('/api-tokens')).body.items;
    expect(after.find((token: { guid: string }) => token.guid === guid)).to.include({ state: 'revoked' });
  });

  it('shows who changed what, with the address, and what changed field by field', async () => {
    const rule = (await api.post('/registration-rules', { name: 'Audited', action: 'allow' })).body;
    await api.patch(`/registration-rules/${rule.guid}`, { action: 'block' });
    const { items, total } = (await api.get(`/audit?object=${rule.guid}`)).body;
    expect(total).to.equal(2);
    expect(items[0]).to.include({
      actor: 'API token read+write',
      address: '127.0.0.1',
      action: 'update',
      objectKind: 'registration rule',
      objectName: 'Audited',
    });
    const { changes } = (await api.get(`/audit/${items[0].id}`)).body;
    expect(changes.find(({ field }: { field: string }) => field === 'action')).to.deep.equal({
      field: 'action',
      before: 'allow',
      after: 'block',
      changed: true,
    });
    expect((await api.get(`/audit?object=${rule.guid}&action=create`)).body.total).to.equal(1);
    expect((await api.get('/audit?search=audited&kind=registration%20rule&order=asc')).body.items[0].action).to.equal(
      'create',
    );
  });
});
