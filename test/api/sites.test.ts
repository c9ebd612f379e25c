import { expect } from 'chai';
import { setTimeout as sleep } from 'node:timers/promises';
import { newGuid } from '../../wire/guid.ts';
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
});
