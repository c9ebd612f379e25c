import { expect } from 'chai';
import { addLegacyAgent } from '../support/agents.ts';
import type { Guid } from '../../wire/guid.ts';
import { newGuid } from '../../wire/guid.ts';
import { startApi, type Api } from './support/api.ts';

describe('package servers by the API', () => {
  let api: Api;
  let computer: Guid;
  let software: string;
  before(async () => {
    api = await startApi();
    computer = await addLegacyAgent(api.context, 'PS-LYON');
    software = (await api.post('/packages', { name: 'Viewer', sourceKind: 'none' })).body.guid as string;
    await api.context.packages.refresh(api.context.cmdb, software as Guid);
  });
  after(() => api.stop());

  it('are made, changed, ordered about and taken away, and every change is audited', async () => {
    const audited = await api.lastAuditId();
    const made = await api.post('/package-servers', { computer, throttleKb: 512 });
    expect(made.status).to.equal(201);
    expect(made.body).to.include({ guid: computer, name: 'PS-LYON', state: 'never', ready: 0 });
    expect(made.body.settings).to.include({ throttleKb: 512, isConstrained: false, keepOldHours: 24 });
    const path = `/package-servers/${computer}`;
    expect((await api.patch(path, { isConstrained: true })).body.settings).to.include({
      throttleKb: 512,
      isConstrained: true,
    });
    expect((await api.post(`${path}/drain`)).body.settings).to.include({ isDraining: true });
    expect((await api.post(`${path}/undrain`)).body.settings).to.include({ isDraining: false });
    expect((await api.post(`${path}/verify`)).status).to.equal(200);
    expect((await api.get('/package-servers?search=lyon')).body).to.include({ total: 1 });
    expect((await api.get('/package-servers?search=berlin')).body).to.include({ total: 0 });
    expect((await api.get(`${path}/packages`)).body).to.include({ total: 0 });
    expect((await api.remove(path)).status).to.equal(204);
    expect((await api.get(path)).status).to.equal(404);
    const who = 'API token read+write';
    const actions = ['create', 'update', 'drain', 'undrain', 'verify', 'delete'];
    expect(await api.auditSince(audited)).to.deep.equal(actions.map((action) => `${who} ${action} packageServer`));
  });

  it('are not made of what is no computer, nor without a scheme', async () => {
    for (const body of [
      { computer: newGuid() },
      { computer: 'x' },
      {},
      { computer, publishHttp: false, publishHttps: false, publishUnc: false },
    ]) {
      expect((await api.post('/package-servers', body)).status, JSON.stringify(body)).to.equal(400);
    }
    expect((await api.get('/package-servers')).body).to.include({ total: 0 });
  });

  it('are given packages by a distribution', async () => {
    const path = `/packages/${software}/distribution`;
    expect((await api.get(path)).body).to.deep.equal({ mode: 'all', servers: [], sites: [] });
    await api.post('/package-servers', { computer });
    const set = await api.call('PUT', path, { body: { mode: 'servers', servers: [computer] } });
    const { losses, ...distribution } = set.body as { losses: unknown };
    expect(losses).to.deep.equal([]);
    expect(distribution).to.deep.equal({ mode: 'servers', servers: [computer], sites: [] });
    expect((await api.call('PUT', path, { body: { mode: 'servers', servers: [newGuid()] } })).status).to.equal(400);
    expect((await api.get(path)).body).to.deep.equal(distribution);
  });

  it('are explained for a computer and for an address', async () => {
    const answer = await api.get(`/packages/${software}/sources?address=10.1.2.3`);
    expect(answer.body).to.include({
      site: null,
      status: 'notready',
      statusDescription: 'No snapshot of the package has been published.',
    });
    expect(answer.body.places).to.deep.equal(['No subnet contains 10.1.2.3.']);
    const [only, ...others] = answer.body.sources;
    expect(only).to.include({ name: 'Notification Server', offered: false });
    expect(others).to.deep.equal([]);
    expect((await api.get(`/packages/${software}/sources?computer=${computer}`)).status).to.equal(200);
    expect((await api.get(`/packages/${software}/sources?address=nowhere`)).status).to.equal(400);
    expect((await api.get(`/packages/${newGuid()}/sources?address=10.1.2.3`)).status).to.equal(404);
  });
});
