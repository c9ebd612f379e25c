import { expect } from 'chai';
import { setTimeout as sleep } from 'node:timers/promises';
import { newGuid } from '../../wire/guid.ts';
import { addLegacyAgent } from '../support/agents.ts';
import { startApi, type Api } from './support/api.ts';

describe('sites and subnets by the API', () => {
  let api: Api;
  before(async () => (api = await startApi()));
  after(() => api.stop());

  it('are made, changed and deleted, and every change is audited', async () => {
    const audited = await api.lastAuditId();
    const site = await api.post('/sites', { name: 'Berlin' });
    expect(site.status).to.equal(201);
    expect(site.body).to.include({ isInternet: false, fallback: 'server', subnets: 0 });
    const changed = await api.patch(`/sites/${site.body.guid}`, { description: 'Head office' });
    expect(changed.body).to.include({ name: 'Berlin', description: 'Head office' });

    const subnet = await api.post('/subnets', { subnet: '10.1.0.0/255.255.0.0', siteGuid: site.body.guid });
    expect(subnet.body).to.include({ subnet: '10.1.0.0/16', siteGuid: site.body.guid });
    const named = await api.patch(`/subnets/${subnet.body.guid}`, { name: 'Offices' });
    expect(named.body).to.include({ subnet: '10.1.0.0/16', name: 'Offices', siteGuid: site.body.guid });
    expect((await api.get(`/sites/${site.body.guid}`)).body.subnets).to.equal(1);
    expect((await api.get(`/subnets?site=${site.body.guid}`)).body.items[0]).to.include({ siteName: 'Berlin' });

    expect((await api.remove(`/sites/${site.body.guid}`)).status).to.equal(204);
    expect((await api.get(`/subnets/${subnet.body.guid}`)).body.siteGuid).to.equal(null);
    expect((await api.get('/subnets?site=none')).body.total).to.equal(1);
    expect((await api.remove(`/subnets/${subnet.body.guid}`)).status).to.equal(204);
    expect((await api.get('/subnets')).body.total).to.equal(0);
    const who = 'API token read+write';
    expect(await api.auditSince(audited)).to.deep.equal([
      `${who} create site`,
      `${who} update site`,
      `${who} create subnet`,
      `${who} update subnet`,
      `${who} delete site`,
      `${who} delete subnet`,
    ]);
  });

  it('take computers and targets by hand, and let them go', async () => {
    const site = (await api.post('/sites', { name: 'By hand' })).body.guid as string;
    const path = `/sites/${site}/assigned`;
    const target = (await api.post('/targets', { name: 'Lab' })).body.guid as string;
    const computer = await addLegacyAgent(api.context, 'WKS-1');
    const both = { computers: [computer], targets: [target] };
    expect((await api.patch(path, { add: both })).body).to.deep.equal({ added: 2, removed: 0 });
    expect((await api.get(`${path}/targets`)).body.items).to.deep.equal([{ guid: target, name: 'Lab', computers: 0 }]);
    const { items, total } = (await api.get(`${path}/computers?search=wks`)).body;
    expect([total, items[0].guid, items[0].name]).to.deep.equal([1, computer, 'WKS-1']);
    expect(api.context.sites.placesOf(computer, []).site.site?.name).to.equal('By hand');
    const unknown = await api.patch(path, { add: { computers: [newGuid()] } });
    expect([unknown.status, unknown.body.errors[0].field]).to.deep.equal([400, 'computers']);
    expect((await api.patch(path, { remove: both })).body).to.deep.equal({ added: 0, removed: 2 });
    expect((await api.get(`${path}/computers`)).body.total).to.equal(0);
    expect((await api.patch(`/sites/${newGuid()}/assigned`, {})).status).to.equal(404);
  });

  it('tell the site of an address, and why', async () => {
    const wide = (await api.post('/sites', { name: 'Wide' })).body;
    const narrow = (await api.post('/sites', { name: 'Narrow' })).body;
    await api.post('/subnets', { subnet: '10.0.0.0/8', siteGuid: wide.guid });
    await api.post('/subnets', { subnet: '10.7.0.0/16', siteGuid: narrow.guid });
    await api.post('/subnets', { subnet: '2001:db8::/32', siteGuid: wide.guid });
    // The index follows the log of changes.
    while ((await api.get('/sites/of/2001:db8::1')).body.site === null) await sleep(20);
    expect((await api.get('/sites/of/10.7.1.1')).body).to.deep.include({
      site: { guid: narrow.guid, name: 'Narrow' },
      subnet: '10.7.0.0/16',
    });
    expect((await api.get('/sites/of/10.8.1.1')).body.site.name).to.equal('Wide');
    const nowhere = (await api.get('/sites/of/192.0.2.1')).body;
    expect([nowhere.site, nowhere.subnet]).to.deep.equal([null, null]);
    expect(nowhere.reason).to.match(/\.$/);
    const wrong = await api.get('/sites/of/10.1');
    expect([wrong.status, wrong.body.errors[0].field]).to.deep.equal([400, 'address']);
  });

  for (const [path, body, field] of [
    ['/sites', { name: '' }, 'name'],
    ['/sites', { name: 'x', fallback: 'prayer' }, 'fallback'],
    ['/subnets', { subnet: '10.1.2.3/16' }, 'subnet'],
    ['/subnets', { subnet: '10.1.0.0' }, 'subnet'],
    ['/subnets', { subnet: 'fe80::/129' }, 'subnet'],
    ['/subnets', { subnet: '10.9.0.0/16', siteGuid: newGuid() }, 'siteGuid'],
    ['/subnets', { subnet: '10.9.0.0/16', siteGuid: 'x' }, 'siteGuid'],
  ] as const) {
    it(`are refused as ${JSON.stringify(body).replace(/[0-9a-f-]{36}/, '…')}`, async () => {
      const before = await api.state();
      const answer = await api.post(path, body);
      expect(answer.status).to.equal(400);
      expect(answer.body.errors.map((error: { field: string }) => error.field)).to.deep.equal([field]);
      expect(await api.state()).to.equal(before);
    });
  }

  it('say what a change would do, and write nothing', async () => {
    const paris = (await api.post('/sites', { name: 'Paris' })).body;
    const lyon = (await api.post('/sites', { name: 'Lyon' })).body;
    const subnet = (await api.post('/subnets', { subnet: '10.90.0.0/16', siteGuid: paris.guid })).body;
    const audited = await api.lastAuditId();
    const asked = await api.post('/sites/preview', {
      subnets: [{ subnet: '10.90.0.0/255.255.0.0', siteGuid: lyon.guid }],
    });
    expect([asked.status, asked.body.computers, asked.body.moves]).to.deep.equal([200, 0, []]);
    const none = await api.post('/sites/preview', { sites: [{ guid: paris.guid, fallback: 'none' }] });
    expect(none.body.losses).to.deep.equal(['Paris: no source for any package']);
    expect(
      (await api.post('/sites/preview', { sites: [{ guid: lyon.guid, delete: true }] })).body.losses,
    ).to.deep.equal([]);
    const wrong = await api.post('/sites/preview', { subnets: [{ subnet: 'x' }] });
    expect([wrong.status, wrong.body.errors[0].field]).to.deep.equal([400, 'subnets.0.subnet']);
    expect((await api.post('/sites/preview', { sites: [{ guid: newGuid() }] })).status).to.equal(400);
    expect((await api.get(`/subnets/${subnet.guid}`)).body.siteGuid).to.equal(paris.guid);
    expect(await api.auditSince(audited)).to.deep.equal([]);
  });

  it('are exported and imported as lines of a file', async () => {
    const lines = ['Subnet;Site;Name', '10.91.0.0/16;Nice;Offices', 'nonsense;Nice', '10.92.0.0/16;Cannes'];
    await api.post('/sites', { name: 'Nice' });
    const before = (await api.get('/subnets/export')).body.lines;
    const preview = await api.post('/subnets/import', { lines, preview: true });
    expect(preview.body).to.include({ created: 1, changed: 0, same: 0 });
    expect(preview.body.effect).to.include({ computers: 0, bytes: 0 });
    expect(preview.body.faults.map(({ line }: { line: number }) => line)).to.deep.equal([3, 4]);
    expect((await api.get('/subnets/export')).body.lines).to.deep.equal(before);
    const done = await api.post('/subnets/import', { lines, createSites: true });
    expect(done.body).to.deep.include({ created: 2, changed: 0, newSites: ['Cannes'], unknownSites: [] });
    const after = (await api.get('/subnets/export')).body.lines;
    expect(after).to.include('10.91.0.0/16,Offices,Nice,manual').and.to.include('10.92.0.0/16,,Cannes,manual');
    const again = await api.post('/subnets/import', { lines: after });
    expect(again.body).to.deep.include({ created: 0, changed: 0, same: after.length - 1, faults: [] });
    expect((await api.post('/subnets/import', { lines: [] })).status).to.equal(400);
  });
});
