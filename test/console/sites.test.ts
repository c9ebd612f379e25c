import { expect } from 'chai';
import { createSite, readSite } from '../../models/sites/changeSites.ts';
import { createSubnet, readSubnet } from '../../models/sites/changeSubnets.ts';
import { listSubnets } from '../../models/sites/listSubnets.ts';
import { newGuid, parseGuid, type Guid } from '../../wire/guid.ts';
import { actor, auditActions, makeUser, PASSWORD } from '../security/support.ts';
import { addLegacyAgent } from '../support/agents.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { signedIn, type ConsoleClient } from './client.ts';

const HOSTILE = '<script>alert("x")</script>';

describe('the site pages', () => {
  let server: TestServer;
  let client: ConsoleClient;
  let viewer: ConsoleClient;

  before(async () => {
    server = await startTestServer();
    client = await signedIn(server.http);
    await makeUser(server.context.cmdb, server.context.clock, 'victor', 'Viewers');
    viewer = await signedIn(server.http, 'victor', PASSWORD);
  });
  after(() => server.stop());

  const site = (name: string): Promise<Guid> => createSite(server.context.cmdb, server.context.clock, actor, { name });
  const subnet = (text: string, siteGuid: Guid | null = null): Promise<Guid> =>
    createSubnet(server.context.cmdb, server.context.clock, actor, { subnet: text, siteGuid });
  const subnets = async () => {
    const query = { sort: 'Network', descending: false, offset: 0, limit: 100 } as const;
    return (await listSubnets(server.context.cmdb, query)).rows;
  };
  async function computer(name: string, address: string): Promise<Guid> {
    const guid = await addLegacyAgent(server.context, name);
    await server.context.cmdb.db
      .updateTable('Computer')
      .set({ IpAddress: address })
      .where('ResourceGuid', '=', guid)
      .execute();
    return guid;
  }
  const siteOf = async (guid: Guid): Promise<Guid | null> =>
    (
      await server.context.cmdb.db
        .selectFrom('Computer')
        .select('SiteGuid')
        .where('ResourceGuid', '=', guid)
        .executeTakeFirstOrThrow()
    ).SiteGuid;

  it('tell what sites and subnets are while there are none', async () => {
    expect((await client.get('/sites')).text).to.contain('Default Internet Site');
    expect((await client.get('/sites/subnets')).text).to.contain('No subnets yet');
  });

  it('make, change and delete a site; its subnets stay', async () => {
    const made = await client.post('/sites/new', {
      name: 'Berlin',
      description: 'Main',
      fallback: 'server',
      isInternet: '1',
    });
    expect(made.status).to.equal(303);
    const guid = parseGuid(made.location.split('/').at(-1))!;
    expect(await readSite(server.context.cmdb, guid)).to.deep.equal({
      name: 'Berlin',
      description: 'Main',
      fallback: 'server',
      fallbackSiteGuid: null,
      fallbackMinutes: 0,
      isInternet: true,
    });
    const twin = await client.post('/sites/new', { name: 'berlin', description: 'typed', fallback: 'server' });
    expect(twin.status).to.equal(422);
    expect(twin.text).to.contain('href="#field-name"').and.to.contain('typed');
    await client.post(`/sites/${guid}`, { name: 'Berlin 2', fallback: 'server' });
    expect(await readSite(server.context.cmdb, guid)).to.include({ name: 'Berlin 2', isInternet: false });

    const own = await subnet('10.50.0.0/16', guid);
    const pc = await computer('BER-1', '10.50.0.9');
    await client.post(`/sites/subnets/${own}`, { subnet: '10.50.0.0/16', name: 'Floor', siteGuid: guid });
    expect(await siteOf(pc)).to.equal(guid);
    const question = await client.get(`/sites/${guid}/delete`);
    expect(question.text).to.contain('1 subnet stays').and.to.contain('1 computer has no site');
    expect(await readSite(server.context.cmdb, guid)).not.to.equal(undefined);
    await client.post(`/sites/${guid}/delete`);
    expect(await readSite(server.context.cmdb, guid)).to.equal(undefined);
    expect(await readSubnet(server.context.cmdb, own)).to.include({ siteGuid: null, name: 'Floor' });
    expect(await siteOf(pc)).to.equal(null);
  });

  it('add subnets one a line, with names, and computers take their sites', async () => {
    const guid = await site('Vienna');
    const pc = await computer('VIE-1', '10.60.1.1');
    const lines = '10.60.0.0/16 Vienna all\r\n\r\n10.60.2.0/255.255.255.0 Guests of Vienna\r\n2001:DB8:60::/48';
    expect((await client.post('/sites/subnets/new', { subnets: lines, siteGuid: guid })).status).to.equal(303);
    const found = (await subnets()).filter(({ SiteGuid }) => SiteGuid === guid);
    expect(found.map((row) => `${row.Network}/${row.PrefixLength} ${row.Name}`)).to.deep.equal([
      '10.60.0.0/16 Vienna all',
      '10.60.2.0/24 Guests of Vienna',
      '2001:db8:60::/48 ',
    ]);
    expect(await siteOf(pc)).to.equal(guid);
  });

  it('add all of the lines or none, and name each that is wrong', async () => {
    const before = await subnets();
    const lines = '10.70.0.0/16 Fine\n10.70.0.1/16\nnonsense\n10.60.0.0/16 There already';
    const { status, text } = await client.post('/sites/subnets/new', { subnets: lines, siteGuid: '' });
    expect(status).to.equal(422);
    expect(text).to.contain('“10.70.0.1/16”').and.to.contain('“nonsense”').and.to.contain('is there already');
    expect(text).to.contain('10.70.0.0/16 Fine');
    expect(await subnets()).to.deep.equal(before);
    expect((await client.post('/sites/subnets/new', { subnets: ' \n', siteGuid: '' })).text).to.contain('at least one');
  });

  it('assign subnets to a site after saying how many computers they decide about', async () => {
    const guid = await site('Lyon');
    const own = [await subnet('10.80.0.0/16'), await subnet('10.81.0.0/16')];
    const pc = await computer('LYS-1', '10.80.5.5');
    await server.context.sites.applyChange(server.context.cmdb, { Id: 0, Kind: 'site', ItemGuid: null });
    const question = await client.post('/sites/subnets/assign', { id: own });
    expect(question.text).to.contain('Assign 2 subnets').and.to.contain('1 computer takes its site from it');
    expect(await readSubnet(server.context.cmdb, own[0]!)).to.include({ siteGuid: null });
    expect((await client.post('/sites/subnets/assign', { id: own, siteGuid: '', confirmed: '1' })).status).to.equal(
      422,
    );
    await client.post('/sites/subnets/assign', { id: own, siteGuid: guid, confirmed: '1' });
    for (const each of own) expect(await readSubnet(server.context.cmdb, each)).to.include({ siteGuid: guid });
    expect(await siteOf(pc)).to.equal(guid);
    await client.post('/sites/subnets/assign', { id: own[1]!, siteGuid: 'none', confirmed: '1' });
    expect(await readSubnet(server.context.cmdb, own[1]!)).to.include({ siteGuid: null });
    const unassigned = await client.get('/sites/subnets?site=none&format=json');
    expect(unassigned.text).not.to.contain('10.80.0.0');
    expect(unassigned.text).to.contain('10.81.0.0');
    expect((await client.get(`/sites/subnets?site=${guid}`)).text).to.contain('10.80.0.0/16');
  });

  it('delete subnets after asking', async () => {
    const own = await subnet('10.90.0.0/16');
    expect((await client.get(`/sites/subnets/${own}/delete`)).text).to.contain('Delete the subnet 10.90.0.0/16?');
    await client.post('/sites/subnets/delete', { id: own });
    expect(await readSubnet(server.context.cmdb, own)).not.to.equal(undefined);
    await client.post('/sites/subnets/delete', { id: own, confirmed: '1' });
    expect(await readSubnet(server.context.cmdb, own)).to.equal(undefined);
    expect(await auditActions(server.context.cmdb)).to.include('delete subnet 10.90.0.0/16');
  });

  it('tell which site an address is in, and why', async () => {
    const guid = await site(`Osaka ${HOSTILE}`);
    await subnet('10.100.0.0/16', guid);
    await subnet('10.100.7.0/24');
    await computer('OSA-1', '10.100.1.1');
    await server.context.sites.applyChange(server.context.cmdb, { Id: 0, Kind: 'site', ItemGuid: null });
    const inside = await client.get('/sites/explain?address=10.100.1.1');
    expect(inside.text).to.contain(`/sites/${guid}`).and.to.contain('10.100.0.0/16').and.to.contain('OSA-1');
    expect(inside.text).to.contain('&lt;script&gt;').and.not.to.contain('<script>alert');
    const statement = await client.get('/sites/explain?address=10.100.7.1');
    expect(statement.text).to.contain('10.100.7.0/24, which belongs to no site');
    expect((await client.get(`/sites/explain?address=${encodeURIComponent(HOSTILE)}`)).text)
      .to.contain('is not an address')
      .and.not.to.contain('<script>alert');
  });

  it('escape names wherever they stand', async () => {
    const guid = await site(HOSTILE);
    const own = await subnet('10.110.0.0/16', guid);
    for (const path of [
      '/sites',
      `/sites/${guid}`,
      `/sites/${guid}/delete`,
      '/sites/subnets',
      `/sites/subnets/${own}`,
    ]) {
      const { status, text } = await client.get(path);
      expect(status, path).to.equal(200);
      expect(text, path).to.contain('&lt;script&gt;').and.not.to.contain('<script>alert');
    }
  });

  it('answer 404 for what is not there', async () => {
    for (const path of [
      `/sites/${newGuid()}`,
      '/sites/nonsense',
      `/sites/subnets/${newGuid()}`,
      `/sites/${newGuid()}/delete`,
    ]) {
      expect((await client.get(path)).status, path).to.equal(404);
    }
  });

  it('let viewers look but not change, and forged forms change nothing', async () => {
    const guid = await site('Guarded');
    const own = await subnet('10.120.0.0/16', guid);
    expect((await viewer.get(`/sites/${guid}`)).text).to.contain('Your role may look but not change');
    expect((await viewer.get('/sites/explain?address=10.120.0.1')).status).to.equal(200);
    const posts: [string, Record<string, string>][] = [
      ['/sites/new', { name: 'Forged', fallback: 'server' }],
      [`/sites/${guid}`, { name: 'Forged', fallback: 'server' }],
      [`/sites/${guid}/delete`, {}],
      ['/sites/subnets/new', { subnets: '10.121.0.0/16', siteGuid: guid }],
      [`/sites/subnets/${own}`, { subnet: '10.122.0.0/16', siteGuid: '' }],
      ['/sites/subnets/assign', { id: own, siteGuid: 'none', confirmed: '1' }],
      ['/sites/subnets/delete', { id: own, confirmed: '1' }],
    ];
    const before = await subnets();
    for (const [path, fields] of posts) {
      expect((await viewer.post(path, fields)).status, path).to.equal(403);
      expect((await client.post(path, { ...fields, _csrf: 'forged' })).status, path).to.equal(403);
    }
    expect(await subnets()).to.deep.equal(before);
    expect(await readSite(server.context.cmdb, guid)).to.include({ name: 'Guarded' });
  });
});
