import { expect } from 'chai';
import { takeReport } from '../../models/packageServers/takeReport.ts';
import { addLegacyAgent } from '../support/agents.ts';
import { held, reportOf } from '../support/packageServers.ts';
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

  it('take computers and targets by hand, and let them go', async () => {
    const path = `/package-servers/${computer}/assigned`;
    const target = (await api.post('/targets', { name: 'Lab' })).body.guid as string;
    const client = await addLegacyAgent(api.context, 'WKS-1');
    const both = { computers: [client], targets: [target] };
    const audited = await api.lastAuditId();
    expect((await api.patch(path, { add: both })).body).to.deep.equal({ added: 2, removed: 0 });
    expect((await api.get(`${path}/targets`)).body.items).to.deep.equal([{ guid: target, name: 'Lab', computers: 0 }]);
    const { items, total } = (await api.get(`${path}/computers?search=wks`)).body;
    expect([total, items[0].guid, items[0].name]).to.deep.equal([1, client, 'WKS-1']);
    expect(api.context.sites.placesOf(client, []).servers).to.deep.equal([computer]);
    const unknown = await api.patch(path, { add: { targets: [newGuid()] } });
    expect([unknown.status, unknown.body.errors[0].field]).to.deep.equal([400, 'targets']);
    expect((await api.patch(path, { remove: both })).body).to.deep.equal({ added: 0, removed: 2 });
    expect((await api.get(`${path}/computers`)).body.total).to.equal(0);
    expect(api.context.sites.placesOf(client, []).servers).to.deep.equal([]);
    const line = 'API token read+write assign packageServer';
    expect(await api.auditSince(audited)).to.deep.equal([line, line]);
    // A managed computer that is no package server takes nobody.
    expect((await api.patch(`/package-servers/${client}/assigned`, { add: both })).status).to.equal(404);
    expect((await api.get(`/package-servers/${client}/assigned/targets`)).status).to.equal(404);
  });

  it('fetch one package anew, which they hold, once for each order', async () => {
    const { cmdb, clock } = api.context;
    const path = `/package-servers/${computer}/packages/${software}/refetch`;
    const orders = async () =>
      (await cmdb.db.selectFrom('PackageRefetch').select(['ResourceGuid', 'PackageGuid', 'Orders']).execute()).map(
        ({ ResourceGuid, PackageGuid, Orders }) => [ResourceGuid, PackageGuid, Orders],
      );
    const audited = await api.lastAuditId();
    const nothing = await api.post(path);
    expect([nothing.status, nothing.body.detail]).to.deep.equal([
      409,
      'PS-LYON holds nothing of Viewer: there is nothing to fetch anew.',
    ]);
    const report = reportOf('10.2.0.10', [held(software as Guid, 1000, 'a1'.repeat(32))]);
    await takeReport(cmdb, clock, computer, report);
    const ordered = await api.post(path);
    expect([ordered.status, ordered.headers.get('location')]).to.deep.equal([
      202,
      `/api/v1/package-servers/${computer}/packages`,
    ]);
    expect(ordered.body).to.include({ guid: software, name: 'Viewer', heldVersion: 1000 });
    expect(await orders()).to.deep.equal([[computer, software, 1]]);
    expect((await api.post(path)).status).to.equal(202);
    expect(await orders()).to.deep.equal([[computer, software, 2]]);
    const line = 'API token read+write refetch packageServer';
    expect(await api.auditSince(audited)).to.deep.equal([line, line]);
    expect((await api.post(`/package-servers/${computer}/packages/${newGuid()}/refetch`)).status).to.equal(404);
    expect(await orders()).to.have.lengthOf(1);
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
