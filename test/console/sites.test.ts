import { expect } from 'chai';
import { createSite, readSite } from '../../models/sites/changeSites.ts';
import { createSubnet, readSubnet } from '../../models/sites/changeSubnets.ts';
import { listSubnets } from '../../models/sites/listSubnets.ts';
import { newGuid, parseGuid, type Guid } from '../../wire/guid.ts';
import { actor, auditActions, makeUser, PASSWORD } from '../security/support.ts';
import { addLegacyAgent } from '../support/agents.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { signedIn, type ConsoleClient } from './client.ts';
import { confirmed, questionOf } from './confirmed.ts';

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
    expect(question.text).to.contain('1 subnet stays').and.to.contain('1 computer changes site');
    expect(await readSite(server.context.cmdb, guid)).not.to.equal(undefined);
    await client.post(`/sites/${guid}/delete`);
    expect(await readSite(server.context.cmdb, guid)).not.to.equal(undefined);
    expect((await confirmed(client, question)).status).to.equal(303);
    expect(await readSite(server.context.cmdb, guid)).to.equal(undefined);
    expect(await readSubnet(server.context.cmdb, own)).to.include({ siteGuid: null, name: 'Floor' });
    expect(await siteOf(pc)).to.equal(null);
  });

  it('add subnets one a line, with names, and computers take their sites', async () => {
    const guid = await site('Vienna');
    const pc = await computer('VIE-1', '10.60.1.1');
    const lines = '10.60.0.0/16 Vienna all\r\n\r\n10.60.2.0/255.255.255.0 Guests of Vienna\r\n2001:DB8:60::/48';
    const asked = await client.post('/sites/subnets/new', { subnets: lines, siteGuid: guid });
    expect(asked.text).to.contain('Add 3 subnets?').and.to.contain('VIE-1').and.to.contain('1 computer changes site');
    expect((await subnets()).filter(({ SiteGuid }) => SiteGuid === guid)).to.deep.equal([]);
    expect((await confirmed(client, asked)).status).to.equal(303);
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
    expect(question.text).to.contain('Assign 2 subnets').and.to.contain('10.80.0.0/16, 10.81.0.0/16');
    expect((await client.post('/sites/subnets/assign', { id: own, siteGuid: '' })).status).to.equal(422);
    const asked = await client.post('/sites/subnets/assign', { id: own, siteGuid: guid });
    expect(asked.text).to.contain('Assign 2 subnets to Lyon?').and.to.contain('1 computer changes site');
    expect(asked.text).to.contain('LYS-1');
    expect(await readSubnet(server.context.cmdb, own[0]!)).to.include({ siteGuid: null });
    await confirmed(client, asked);
    for (const each of own) expect(await readSubnet(server.context.cmdb, each)).to.include({ siteGuid: guid });
    expect(await siteOf(pc)).to.equal(guid);
    await confirmed(client, await client.post('/sites/subnets/remove', { id: own[1]! }));
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
    expect(await readSubnet(server.context.cmdb, own)).not.to.equal(undefined);
    await confirmed(client, await client.post('/sites/subnets/delete', { id: own }));
    expect(await readSubnet(server.context.cmdb, own)).to.equal(undefined);
    expect(await auditActions(server.context.cmdb)).to.include('delete subnet 10.90.0.0/16');
  });

  it('show a change again, and write nothing, when there is more to it than was seen', async () => {
    const guid = await site('Turin');
    const own = await subnet('10.91.0.0/16');
    await computer('TRN-1', '10.91.0.1');
    const asked = await client.post('/sites/subnets/assign', { id: own, siteGuid: guid });
    await computer('TRN-2', '10.91.0.2');
    const again = await confirmed(client, asked);
    expect(again.text).to.contain('Things have changed since you looked').and.to.contain('2 computers change site');
    expect(await readSubnet(server.context.cmdb, own)).to.include({ siteGuid: null });
    expect((await confirmed(client, again)).status).to.equal(303);
    expect(await readSubnet(server.context.cmdb, own)).to.include({ siteGuid: guid });
    expect((await confirmed(client, asked)).text).to.contain('Things have changed since you looked');
  });

  it('delete what is unused, and just what the question was about', async () => {
    const [empty, used] = [await subnet('10.92.0.0/16'), await subnet('10.93.0.0/16')];
    await computer('USE-1', '10.93.0.1');
    await client.post('/sites/discovered/count');
    const asked = await client.post('/sites/subnets/delete-unused');
    const { ids } = questionOf(asked).fields;
    expect(ids!.split(',')).to.include(empty).and.not.to.include(used);
    const later = await subnet('10.94.0.0/16');
    await confirmed(client, asked);
    expect(await readSubnet(server.context.cmdb, empty)).to.equal(undefined);
    for (const guid of [used, later]) expect(await readSubnet(server.context.cmdb, guid)).not.to.equal(undefined);
  });

  it('import a file, sent or pasted, after showing what each line does', async () => {
    const guid = await site('Nantes');
    await subnet('10.130.0.0/16', guid);
    const pc = await computer('NTE-1', '10.131.0.1');
    const csv =
      '10.130.0.0/16;Nantes;Known\n10.131.0.0/255.255.0.0;Nantes;New one\nrubbish;Nantes\n10.132.0.0/16;Brest';
    const asked = await client.post('/sites/subnets/import', { csv });
    expect(asked.text).to.contain('Import 2 subnets?').and.to.contain('2 lines are wrong and left out');
    expect(asked.text).to.contain('There is no site Brest.').and.to.contain('Enter a subnet with its prefix');
    expect(asked.text).to.contain('NTE-1').and.to.contain('1 computer changes site');
    expect((await subnets()).map(({ Network }) => Network)).not.to.include('10.131.0.0');
    expect((await confirmed(client, asked)).status).to.equal(303);
    expect(await siteOf(pc)).to.equal(guid);
    expect((await subnets()).find(({ Network }) => Network === '10.130.0.0')).to.include({ Name: 'Known' });
    expect((await client.post('/sites/subnets/import', { csv: 'rubbish' })).status).to.equal(422);
    const made = await client.post('/sites/subnets/import', { csv, createSites: '1' });
    expect(made.text).to.contain('New sites: Brest.').and.to.contain('1 subnet would be made.');
    expect(made.text).not.to.match(/\b0 subnets/);
    await confirmed(client, made);
    expect((await subnets()).find(({ Network }) => Network === '10.132.0.0')).to.include({ SiteName: 'Brest' });
  });

  it('take a file as a browser sends it, and nothing without the form’s token', async () => {
    const file = '\uFEFFSubnet,Site,Name\r\n10.140.0.0/16,,"Café; ""new"""\r\n';
    const send = async (token: string) => {
      const form = new FormData();
      form.set('_csrf', token);
      form.set('file', new Blob([file], { type: 'text/csv' }), 'subnets.csv');
      form.set('csv', 'this is not looked at');
      const cookie = [...client.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const url = `${server.http}/Altiris/Console/sites/subnets/import`;
      const response = await fetch(url, { method: 'POST', body: form, headers: { cookie } });
      return { status: response.status, text: await response.text(), headers: response.headers, location: '' };
    };
    await client.get('/sites/subnets/import');
    expect((await send('forged')).status).to.equal(403);
    const asked = await send(client.token);
    expect(asked.text).to.contain('Import 1 subnet?');
    await confirmed(client, asked);
    expect((await subnets()).find(({ Network }) => Network === '10.140.0.0')).to.include({ Name: 'Café; "new"' });
  });

  it('show networks that inventory has seen, and take them in', async () => {
    const guid = await site('Porto');
    const pc = await computer('OPO-1', '10.150.3.4');
    const row = (address: string, adapter: string) => ({
      _ResourceGuid: pc,
      'IP Address': address,
      'Subnet Mask': '255.255.255.0',
      Adapter: adapter,
    });
    const rows = [row('10.150.3.4', 'Ethernet'), row('192.168.122.1', 'virbr0')];
    await server.context.cmdb.insertMany('Inv_AeX_AC_TCPIP' as never, rows);
    await client.post('/sites/discovered/count');
    const list = await client.get('/sites/discovered');
    expect(list.text).to.contain('10.150.3.0/24').and.not.to.contain('192.168.122.0');
    expect((await client.get('/sites/discovered?view=hidden')).text).to.contain('192.168.122.0/24');
    const form = await client.post('/sites/discovered/assign', { only: '10.150.3.0/24' });
    expect(form.text).to.contain('Choose a site');
    const asked = await client.post('/sites/discovered/assign', { only: '10.150.3.0/24', siteGuid: guid });
    expect(asked.text).to.contain('Take 1 network in as a subnet?').and.to.contain('OPO-1');
    expect((await confirmed(client, asked)).status).to.equal(303);
    expect((await subnets()).find(({ Network }) => Network === '10.150.3.0')).to.include({
      Source: 'discovered',
      SiteName: 'Porto',
      Computers: 1,
    });
    expect(await siteOf(pc)).to.equal(guid);
    expect((await client.get('/sites/discovered')).text).not.to.contain('10.150.3.0/24');
    const twice = await client.post('/sites/discovered/assign', { id: '10.150.3.0/24', siteGuid: guid });
    expect(twice.status).to.equal(422);
    expect(twice.text).to.contain('is there already');
  });

  it('say what comes of subnets in subnets', async () => {
    const [wide, narrow] = [await site('Wide'), await site('Narrow')];
    await subnet('10.160.0.0/16', wide);
    await subnet('10.160.4.0/24', narrow);
    await subnet('10.160.5.0/24', wide);
    const page = await client.get('/sites/overlaps');
    expect(page.text).to.contain(
      '10.160.4.0/24 in Narrow lies in 10.160.0.0/16 in Wide: computers in it are in Narrow.',
    );
    expect(page.text).not.to.contain('10.160.5.0/24');
    expect((await client.get('/sites/overlaps?view=nested')).text).to.contain('10.160.5.0/24');
    expect((await client.get('/sites/subnets?view=overlapping')).text).to.contain('10.160.4.0/24');
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
    // More others than are shown have addresses that begin like this one.
    for (let last = 0; last < 10; last++) await computer(`OSA-0${last}`, `10.100.1.1${last}`);
    const again = (await client.get('/sites/explain?address=10.100.1.1')).text;
    expect(again).to.contain('OSA-1').and.not.to.contain('OSA-0');
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
      ['/sites/subnets/remove', { id: own, confirmed: '1' }],
      ['/sites/subnets/delete', { id: own, confirmed: '1' }],
      ['/sites/subnets/delete-unused', { confirmed: '1' }],
      ['/sites/subnets/import', { csv: '10.121.0.0/16', confirmed: '1' }],
      ['/sites/discovered/assign', { id: '10.121.0.0/16', siteGuid: guid, confirmed: '1' }],
      ['/sites/discovered/count', {}],
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
