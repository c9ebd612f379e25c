import { expect } from 'chai';
import { addPackageServer } from '../../models/packageServers/changePackageServers.ts';
import { listAssignedComputers, listAssignedTargets } from '../../models/sites/listAssigned.ts';
import { createSite } from '../../models/sites/changeSites.ts';
import { createTarget } from '../../models/targets/changeTargets.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { DEFAULT_INTERNET_SITE } from '../../wire/wellKnown.ts';
import { actor, makeUser, PASSWORD } from '../security/support.ts';
import { addLegacyAgent } from '../support/agents.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { signedIn, type ConsoleClient } from './client.ts';
import { confirmed } from './confirmed.ts';

const HOSTILE = '<script>alert("x")</script>';

describe('the tab of assigned computers', () => {
  let server: TestServer;
  let client: ConsoleClient;
  let viewer: ConsoleClient;
  let lyon: Guid;
  let wks: Guid;
  let lab: Guid;

  before(async () => {
    server = await startTestServer();
    const { cmdb, clock } = server.context;
    client = await signedIn(server.http);
    await makeUser(cmdb, clock, 'victor', 'Viewers');
    viewer = await signedIn(server.http, 'victor', PASSWORD);
    lyon = await createSite(cmdb, clock, actor, { name: 'Lyon' });
    wks = await addLegacyAgent(server.context, 'WKS-1');
    lab = await createTarget(cmdb, clock, actor, { name: `Lab ${HOSTILE}`, computers: [wks] });
  });
  after(() => server.stop());

  const assigned = async (kind: 'site' | 'packageServer', guid: Guid): Promise<string[]> => {
    const { cmdb } = server.context;
    const targets = await listAssignedTargets(cmdb, { kind, guid });
    const { rows } = await listAssignedComputers(cmdb, { kind, guid }, { offset: 0, limit: 100 });
    return [...targets, ...rows].map(({ Name }) => Name);
  };

  it('says what it is for while nobody is assigned', async () => {
    const { text } = await client.get(`/sites/${lyon}/assigned`);
    expect(text).to.contain('Nobody is assigned by hand');
    expect((await client.get(`/sites/${lyon}`)).text).to.contain(`/sites/${lyon}/assigned`);
  });

  it('takes computers by name and targets, shows them, and ends assignments after asking', async () => {
    const path = `/sites/${lyon}/assigned`;
    const wrong = await client.post(`${path}/add`, { computers: 'WKS-1\nNOBODY', target: lab });
    expect(wrong.status).to.equal(422);
    expect(wrong.text).to.contain('is no known computer');
    expect(await assigned('site', lyon)).to.deep.equal([]);
    const nobody = await client.post(`${path}/add`, { computers: '', target: '' });
    expect([nobody.status, nobody.text.includes('Nobody new is named here')]).to.deep.equal([422, true]);

    const preview = await client.post(`${path}/add`, { computers: 'wks-1', target: lab });
    expect(preview.text).to.contain('Assign computers to Lyon?').and.contain('1 computer changes site.');
    expect(await assigned('site', lyon)).to.deep.equal([]);
    expect(server.context.sites.placesOf(wks, ['192.0.2.1']).site.site).to.equal(undefined);
    expect((await confirmed(client, preview)).status).to.equal(303);
    expect(await assigned('site', lyon)).to.deep.equal([`Lab ${HOSTILE}`, 'WKS-1']);
    // At once, for the agent as well.
    expect(server.context.sites.placesOf(wks, ['192.0.2.1']).site.site?.name).to.equal('Lyon');
    const { text } = await client.get(path);
    expect(text).to.contain('WKS-1').and.not.to.contain(HOSTILE);
    expect((await client.get(`${path}?q=wks`)).text).to.contain('WKS-1');
    expect((await client.get(`${path}?format=csv`)).text.split('\n')[1]).to.contain('Target');

    const question = await client.post(`${path}/remove`, { id: `computer:${wks}` });
    expect(question.text).to.contain('End 1 assignment to Lyon?');
    expect(await assigned('site', lyon)).to.have.length(2);
    expect((await confirmed(client, question)).status).to.equal(303);
    expect(await assigned('site', lyon)).to.deep.equal([`Lab ${HOSTILE}`]);
    await confirmed(client, await client.post(`${path}/remove`, { id: `target:${lab}` }));
    expect(server.context.sites.placesOf(wks, ['192.0.2.1']).site.site).to.equal(undefined);
  });

  it('offers targets only to an Internet site', async () => {
    const path = `/sites/${DEFAULT_INTERNET_SITE}/assigned`;
    const { text } = await client.get(`${path}/add`);
    expect(text).to.contain('name="target"').and.not.to.contain('name="computers"');
    expect((await client.post(`${path}/add`, { computers: 'WKS-1', target: '' })).status).to.equal(422);
    expect(await assigned('site', DEFAULT_INTERNET_SITE)).to.deep.equal([]);
    const preview = await client.post(`${path}/add`, { target: lab });
    expect((await confirmed(client, preview)).status).to.equal(303);
    expect(await assigned('site', DEFAULT_INTERNET_SITE)).to.have.length(1);
    await confirmed(client, await client.post(`${path}/remove`, { id: `target:${lab}` }));
  });

  it('is there for package servers, too', async () => {
    const { cmdb, clock, packageServers, sites } = server.context;
    const guid = await addLegacyAgent(server.context, 'PS-1');
    await addPackageServer(cmdb, clock, actor, guid, {});
    await packageServers.refresh(cmdb);
    const path = `/package-servers/${guid}/assigned`;
    expect((await client.get(path)).text).to.contain('instead of from the servers of their site');
    expect((await client.post(`${path}/add`, { computers: 'WKS-1', target: '' })).status).to.equal(303);
    expect(await assigned('packageServer', guid)).to.deep.equal(['WKS-1']);
    expect(sites.placesOf(wks, []).servers).to.deep.equal([guid]);
  });

  it('says whom an assignment leaves without a source, and shows it anew when things have moved on', async () => {
    const { cmdb, clock, sites, packageServers } = server.context;
    const barren = await createSite(cmdb, clock, actor, { name: 'Barren', fallback: 'none' });
    await sites.refresh(cmdb);
    await packageServers.refresh(cmdb);
    const other = await addLegacyAgent(server.context, 'WKS-2');
    const path = `/sites/${barren}/assigned`;
    const preview = await client.post(`${path}/add`, { computers: 'WKS-2' });
    expect(preview.text).to.contain('One computer more than now: no source for any package');
    const stale = await confirmed(client, preview, { seen: 'something else' });
    expect(stale.text).to.contain('Assign computers to Barren?');
    expect(await assigned('site', barren)).to.deep.equal([]);
    expect((await confirmed(client, preview)).status).to.equal(303);
    expect(sites.placesOf(other, []).site.site?.name).to.equal('Barren');
    await confirmed(client, await client.post(`${path}/remove`, { id: `computer:${other}` }));
    expect(await assigned('site', barren)).to.deep.equal([]);
  });

  it('is closed to who may not write, and to places that are not there', async () => {
    expect((await viewer.get(`/sites/${lyon}/assigned`)).status).to.equal(200);
    expect((await viewer.get(`/sites/${lyon}/assigned/add`)).status).to.equal(403);
    expect((await viewer.post(`/sites/${lyon}/assigned/add`, { computers: 'WKS-1' })).status).to.equal(403);
    expect((await viewer.post(`/sites/${lyon}/assigned/remove`, { id: `target:${lab}` })).status).to.equal(403);
    expect(await assigned('site', lyon)).to.deep.equal([]);
    for (const path of [`/sites/${newGuid()}/assigned`, `/package-servers/${newGuid()}/assigned/add`]) {
      expect((await client.get(path)).status, path).to.equal(404);
    }
  });
});
