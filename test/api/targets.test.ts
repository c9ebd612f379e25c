import { expect } from 'chai';
import { newGuid } from '../../wire/guid.ts';
import { TARGET } from '../../wire/wellKnown.ts';
import { startApi, type Api } from './support/api.ts';

describe('targets by the API', () => {
  let api: Api;
  let computers: string[];
  before(async () => {
    api = await startApi({ seeded: true });
    computers = (await api.get('/computers?limit=10')).body.items.map(({ guid }: { guid: string }) => guid);
  });
  after(() => api.stop());

  it('are made, renamed and deleted', async () => {
    const audited = await api.lastAuditId();
    const made = await api.post('/targets', { name: 'First ring', computers: [`{${computers[0]!.toUpperCase()}}`] });
    expect(made.status).to.equal(201);
    expect(made.body).to.include({ kind: 'list', computers: 1 });
    const renamed = await api.patch(`/targets/${made.body.guid}`, { description: 'The brave' });
    expect(renamed.body).to.include({ name: 'First ring', description: 'The brave' });
    expect((await api.remove(`/targets/${made.body.guid}`)).status).to.equal(204);
    expect((await api.get(`/targets/${made.body.guid}`)).status).to.equal(404);
    expect(await api.auditSince(audited)).to.deep.equal(
      ['create', 'update', 'delete'].map((action) => `API token read+write ${action} target`),
    );
  });

  it('take computers in and let them go, and answer how many', async () => {
    const { guid } = (await api.post('/targets', { name: 'Ring', computers: computers.slice(0, 2) })).body;
    const change = { add: computers.slice(1, 4), remove: computers.slice(0, 1) };
    expect((await api.patch(`/targets/${guid}/computers`, change)).body).to.deep.equal({ added: 2, removed: 1 });
    const members = (await api.get(`/targets/${guid}/computers`)).body;
    expect(members.items.map((row: { guid: string }) => row.guid)).to.have.members(computers.slice(1, 4));
    expect(members.total).to.equal(3);
    expect((await api.get(`/targets/${guid}`)).body.computers).to.equal(3);
  });

  it('refuse computers that are not there, and a name that is taken', async () => {
    const { guid } = (await api.post('/targets', { name: 'Strict' })).body;
    const before = await api.state();
    const unknown = await api.patch(`/targets/${guid}/computers`, { add: [newGuid()] });
    expect([unknown.status, unknown.body.errors[0].field]).to.deep.equal([400, 'computers']);
    const wrong = await api.patch(`/targets/${guid}/computers`, { add: ['x'] });
    expect([wrong.status, wrong.body.errors[0].field]).to.deep.equal([400, 'add.0']);
    const taken = await api.post('/targets', { name: 'STRICT' });
    expect([taken.status, taken.body.errors[0].field]).to.deep.equal([400, 'name']);
    expect(await api.state()).to.equal(before);
  });

  it('of all computers cannot be deleted, and one that a policy uses cannot either', async () => {
    const used = (await api.get('/targets?limit=500')).body.items.find(
      ({ kind, policies }: { kind: string; policies: number }) => kind === 'list' && policies > 0,
    );
    const before = await api.state();
    expect((await api.remove(`/targets/${TARGET.allComputers}`)).status).to.equal(409);
    expect((await api.remove(`/targets/${used.guid}`)).status).to.equal(409);
    expect(await api.state()).to.equal(before);
  });
});
