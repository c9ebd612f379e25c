import { expect } from 'chai';
import { sql } from 'kysely';
import { takeClientDays } from '../../models/packageServers/clientDays.ts';
import { takeReport } from '../../models/packageServers/takeReport.ts';
import { createPackage } from '../../models/packages/createPackage.ts';
import { createSite, updateSite } from '../../models/sites/changeSites.ts';
import { createSubnet } from '../../models/sites/changeSubnets.ts';
import { sourceLimits } from '../../models/packages/sources/sources.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { ALL_PACKAGES } from '../../wire/packageServer.ts';
import { actor, auditActions, makeUser, PASSWORD } from '../security/support.ts';
import { addLegacyAgent, rowCounts } from '../support/agents.ts';
import { held, reportOf } from '../support/packageServers.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { signedIn, type ConsoleClient } from './client.ts';

const HASH = 'a1'.repeat(32);
const FLAGS = { isEnabled: '1', publishHttps: '1', publishHttp: '1' };
const NUMBERS = { throttleKb: '50', minFreeDiskMb: '2048', keepOldHours: '12', unusedAfterHours: '99' };
const TABLES = ['PackageServer', 'PackageServerSite', 'PackageDistribution', 'AuditEntry'];

describe('the package-server pages', () => {
  let server: TestServer;
  let client: ConsoleClient;
  let viewer: ConsoleClient;
  let computer: Guid;
  let software: Guid;
  let lyon: Guid;

  before(async () => {
    server = await startTestServer();
    const { cmdb, clock, settings } = server.context;
    client = await signedIn(server.http);
    await makeUser(cmdb, clock, 'victor', 'Viewers');
    viewer = await signedIn(server.http, 'victor', PASSWORD);
    computer = await addLegacyAgent(server.context, 'PS-LYON');
    lyon = await createSite(cmdb, clock, actor, { name: 'Lyon' });
    await createSubnet(cmdb, clock, actor, { subnet: '10.2.0.0/16', siteGuid: lyon });
    software = await createPackage(cmdb, clock, actor, { name: 'Viewer', sourceKind: 'none' }, sourceLimits(settings), {
      firstRefreshAt: clock.now() + 3_600_000,
    });
    const snapshot = { PackageGuid: software, Version: 7, Hash: HASH, FileCount: 1, TotalSize: 4_194_304 };
    const rest = { Signature: 's', KeyName: 'signing:1', CreatedAt: new Date().toISOString(), RetiredAt: null };
    await cmdb.db
      .insertInto('Snapshot')
      .values({ ...snapshot, ...rest })
      .execute();
    await cmdb.db.updateTable('Package').set({ CurrentVersion: 7 }).where('Guid', '=', software).execute();
    await server.context.packages.refresh(cmdb, software);
    await server.context.sites.refresh(cmdb);
    await server.context.packageServers.refresh(cmdb);
  });
  after(() => server.stop());

  const row = () => server.context.cmdb.db.selectFrom('PackageServer').selectAll().executeTakeFirst();
  const report = async (...packages: Parameters<typeof reportOf>[1]) => {
    const { cmdb, clock, packageServers } = server.context;
    await takeReport(cmdb, clock, computer, reportOf('10.2.0.10', packages));
    await packageServers.refreshServer(cmdb, computer);
  };
  const page = () => client.get(`/package-servers/${computer}`);

  it('tell what a package server is while there is none', async () => {
    expect((await client.get('/package-servers')).text).to.contain('No package servers yet');
    expect((await client.get(`/packages/${software}/servers`)).text).to.contain('computers fetch it from this server');
    expect((await client.get(`/package-servers/${computer}`)).status).to.equal(404);
  });

  it('give a computer the package service, by its name', async () => {
    const wrong = await client.post('/package-servers/new', { computer: 'NOBODY', ...FLAGS, ...NUMBERS });
    expect(wrong.status).to.equal(422);
    expect(wrong.text).to.contain('There is no such managed computer.');
    const silenced = await client.post('/package-servers/new', { computer: 'PS-LYON', isEnabled: '1', ...NUMBERS });
    expect(silenced.text).to.contain('Publish over one scheme at least');
    expect(await row()).to.equal(undefined);
    const made = await client.post('/package-servers/new', { computer: 'PS-LYON', ...FLAGS, ...NUMBERS });
    expect(made.location).to.match(new RegExp(`/package-servers/${computer}$`));
    expect(await row()).to.include({
      ThrottleKb: 50,
      MinFreeDiskMb: 2048,
      KeepOldHours: 12,
      UnusedAfterHours: 99,
      IsProbed: 0,
      IsConstrained: 0,
    });
    const twice = await client.post('/package-servers/new', { computer: 'PS-LYON', ...FLAGS, ...NUMBERS });
    expect(twice.text).to.contain('PS-LYON is a package server already.');
    expect((await client.get('/package-servers')).text).to.contain('Never seen');
  });

  it('show what it holds, in each state', async () => {
    await report(
      held(software, 7, HASH, {
        version: undefined,
        versions: [],
        state: 'downloading',
        doneBytes: 1_048_576,
        totalBytes: 4_194_304,
      }),
    );
    expect((await page()).text)
      .to.contain('Downloading')
      .and.to.contain('1 of 4 MB')
      .and.to.contain('Lyon');
    await report(held(software, 6, 'b2'.repeat(32)));
    expect((await page()).text)
      .to.contain('Stale')
      .and.to.contain('It holds version 6, current is 7.');
    await report(held(software, 7, HASH));
    expect((await page()).text).to.contain('Active');
    const list = await client.get('/package-servers?format=csv');
    expect(list.text).to.contain('PS-LYON').and.to.contain('1/1');
    const tab = await client.get(`/packages/${software}/servers`);
    expect(tab.text).to.contain('1 of 1 server has version 7').and.to.contain('PS-LYON');
  });

  it('say where a computer is sent, and why nowhere else', async () => {
    const explain = (query: string) => client.get(`/packages/${software}/explain?${query}`);
    const inLyon = (await explain('who=10.2.3.4')).text;
    expect(inLyon)
      .to.contain('It serves the site.')
      .and.to.contain('https://10.2.0.10:8443')
      .and.to.contain('/Altiris/PS/Share/***/');
    expect((await explain('who=10.9.9.9')).text)
      .to.contain('It serves other sites.')
      .and.to.contain('No subnet contains 10.9.9.9.');
    expect((await explain('who=ps-nobody')).text).to.contain('There is no address and no computer “ps-nobody”.');
    expect((await explain('who=%3Cscript%3Ealert(1)%3C/script%3E')).text).not.to.contain('<script>alert(1)');
    expect((await explain('who=PS-LYON')).text).to.contain('No address');
  });

  it('assign a package, and say where it goes', async () => {
    const answer = await client.post(`/packages/${software}/servers`, { mode: 'sites', sites: [lyon] });
    expect(answer.status).to.equal(303);
    const { mode, sites } = server.context.packageServers.distributionOf(software);
    expect([mode, ...sites]).to.deep.equal(['sites', lyon]);
    expect((await client.post(`/packages/${software}/servers`, { mode: 'prayer' })).status).to.equal(422);
    expect((await client.post(`/packages/${software}/servers`, { mode: 'sites', sites: [newGuid()] })).status).to.equal(
      422,
    );
    expect(server.context.packageServers.distributionOf(software).mode).to.equal('sites');
    await client.post(`/packages/${software}/servers`, { mode: 'all' });
  });

  it('ask before a site is left without any source', async () => {
    const { cmdb, clock } = server.context;
    const fallBackTo = async (fallback: string) => {
      await updateSite(cmdb, clock, actor, lyon, { name: 'Lyon', fallback });
      await server.context.packageServers.applyChange(cmdb, { Id: 0, Kind: 'site', ItemGuid: lyon });
    };
    await fallBackTo('none');
    const asked = await client.post(`/package-servers/${computer}/drain`);
    expect(asked.text).to.contain('Leave 1 place without a source?').and.to.contain('Lyon');
    expect((await row())!.IsDraining).to.equal(0);
    expect((await client.post(`/package-servers/${computer}/drain`, { confirmed: '1' })).status).to.equal(303);
    expect((await row())!.IsDraining).to.equal(1);
    expect((await client.get(`/packages/${software}/explain?who=10.2.3.4`)).text).to.contain('it is being drained');
    // With the server as fallback again, switching off its own schemes would take the last source.
    await fallBackTo('server');
    const settings = { ...FLAGS, ...NUMBERS, offerHttp: 'never', speedTest: '1', maxTryingMinutes: '0' };
    const off = await client.post('/package-servers/settings', settings);
    expect(off.text).to.contain('without a source?').and.to.contain('Lyon: no source for any package');
    expect(server.context.packageServers.placement.settings.offerHttp).to.equal('alone');
    await client.post(`/package-servers/${computer}/undrain`);
    expect((await row())!.IsDraining).to.equal(0);
  });

  it('let a computer be picked, and say what is in its way', async () => {
    const other = await addLegacyAgent(server.context, 'PS-PARIS');
    const list = (await client.get('/package-servers/new')).text;
    expect(list).to.contain('PS-PARIS').and.to.contain('It is a package server already.');
    const form = (await client.get(`/package-servers/new?computer=${other}`)).text;
    expect(form)
      .to.contain('Package service for PS-PARIS')
      .and.to.contain('Prerequisites')
      .and.to.contain('Its operating system is not known yet.');
    expect(form).not.to.contain('aria-disabled');
    // By its name, as long as only one has it.
    expect(form).to.contain('value="PS-PARIS"');
    const twin = await addLegacyAgent(server.context, 'PS-PARIS-2');
    const call = (name: string) =>
      server.context.cmdb.db.updateTable('Resource').set({ Name: name }).where('Guid', '=', twin).execute();
    await call('PS-PARIS');
    expect((await client.get(`/package-servers/new?computer=${twin}`)).text).to.contain(`value="${twin}"`);
    await call('PS-PARIS-2');
    await server.context.cmdb.db
      .updateTable('AgentRegistration')
      .set({ State: 'blocked' })
      .where('ResourceGuid', '=', other)
      .execute();
    const locked = (await client.get('/package-servers/new?computer=PS-PARIS')).text;
    expect(locked).to.contain('Its registration is blocked. Allow it again under Registration.');
    // The form is locked on the page, and by the rule itself.
    const refused = await client.post('/package-servers/new', { computer: other, ...FLAGS, ...NUMBERS });
    expect(refused.status).to.equal(422);
    expect((await rowCounts(server.context, ['PackageServer'])).PackageServer).to.equal(1);
  });

  it('show roll-out, disk, events and days of a server, and the map', async () => {
    const { cmdb, clock } = server.context;
    expect((await page()).text)
      .to.contain('1 of 1 package is ready.')
      .and.to.contain('Disk of 500 GB: packages 40.0 GB')
      .and.to.contain('Fetch anew');
    const days = (await client.get(`/package-servers/${computer}/activity`)).text;
    expect(days).to.contain('No computer has fetched anything yet');
    const day = new Date(clock.now()).toISOString().slice(0, 10);
    const figures = { packageGuid: ALL_PACKAGES, day, clients: 41, requests: 77, bytes: 1024 };
    await takeClientDays(cmdb, computer, [figures], clock.now());
    expect((await client.get(`/package-servers/${computer}/activity`)).text).to.contain(`<title>${day}: 41</title>`);
    expect((await client.get(`/package-servers/${computer}/events`)).text).to.contain('It has told of no package yet');
    const map = (await client.get('/package-servers/map?q=lyon')).text;
    expect(map).to.contain('class="site-map"').and.to.contain('PS-LYON').and.to.contain('Fetched today: 41');
    expect((await client.get('/package-servers/map?show=internet&q=nothing')).text).not.to.contain('class="site-map"');
  });

  it('have one package fetched anew after a question, and the whole status sent again', async () => {
    const path = `/package-servers/${computer}/again?package=${software}`;
    expect((await client.get(path)).text).to.contain('Fetch Viewer anew on PS-LYON?');
    expect((await client.post(path)).location).to.contain('/again?package=');
    expect((await rowCounts(server.context, ['PackageRefetch'])).PackageRefetch).to.equal(0);
    expect((await client.post(path, { confirmed: '1' })).status).to.equal(303);
    expect(server.context.packageServers.get(computer)!.record.refetch.get(software)).to.equal(1);
    expect((await client.get(`/package-servers/${computer}/again?package=${newGuid()}`)).status).to.equal(404);
    await client.post(`/package-servers/${computer}/resend`);
    const { Digest } = await server.context.cmdb.db
      .selectFrom('PackageServerReport')
      .select('Digest')
      .executeTakeFirstOrThrow();
    expect(Digest).to.equal('');
  });

  it('show which settings a server takes over, and which are its own', async () => {
    const settings = (await client.get('/package-servers/settings')).text;
    expect(settings).to.contain('values of their own').and.to.contain('Fetches at most: 50 KB a second');
    await client.post('/package-servers/settings', {
      ...FLAGS,
      ...NUMBERS,
      throttleKb: '333',
      offerHttps: '1',
      offerHttp: 'alone',
      speedTest: '1',
      maxTryingMinutes: '0',
      releaseAfterDays: '30',
    });
    const form = (await client.get(`/package-servers/${computer}/settings`)).text;
    expect(form).to.contain('Fetches at most: 333 KB a second');
    const own = { ...FLAGS, ...NUMBERS, share: '100' };
    await client.post(`/package-servers/${computer}/settings`, { ...own, inherited: ['throttleKb', 'keepOldHours'] });
    expect(server.context.packageServers.get(computer)!.record.settings).to.include({
      ThrottleKb: 333,
      MinFreeDiskMb: 2048,
    });
  });

  it('pass orders on, change settings, and take the service away', async () => {
    await client.post(`/package-servers/${computer}/verify`);
    await client.post(`/package-servers/${computer}/resync`);
    expect(await row()).to.include({ VerifyCount: 1, ResyncCount: 1 });
    const changed = await client.post(`/package-servers/${computer}/settings`, {
      ...FLAGS,
      ...NUMBERS,
      throttleKb: '0',
      sites: [lyon],
    });
    expect(changed.status).to.equal(303);
    expect(await row()).to.include({ ThrottleKb: 0 });
    const wrong = await client.post(`/package-servers/${computer}/settings`, {
      ...FLAGS,
      ...NUMBERS,
      throttleKb: '-1',
    });
    expect(wrong.status).to.equal(422);
    const question = await client.get(`/package-servers/${computer}/delete`);
    expect(question.text).to.contain('Take the package service from PS-LYON?').and.to.contain('1 package');
    expect((await client.post(`/package-servers/${computer}/delete`)).status).to.equal(303);
    expect(await row()).to.equal(undefined);
    const { rows } = await sql<{ n: number }>`SELECT COUNT(*) AS n FROM PackageHolding`.execute(server.context.cmdb.db);
    expect(Number(rows[0]!.n)).to.equal(0);
    const orders = [
      'create',
      'drain',
      'undrain',
      'refetch',
      'resend',
      'update',
      'verify',
      'resync',
      'update',
      'delete',
    ];
    const actions = (await auditActions(server.context.cmdb)).filter((action) => action.includes('packageServer'));
    expect(actions).to.deep.equal(orders.map((order) => `${order} packageServer PS-LYON`));
  });

  it('let viewers look but not change, and forged forms change nothing', async () => {
    await client.post('/package-servers/new', { computer: 'PS-LYON', ...FLAGS, ...NUMBERS });
    const before = await rowCounts(server.context, TABLES);
    for (const path of [
      '/package-servers',
      `/package-servers/${computer}`,
      `/package-servers/${computer}/settings`,
      '/package-servers/settings',
      '/package-servers/map',
      `/package-servers/${computer}/activity`,
      `/package-servers/${computer}/events`,
      `/packages/${software}/servers`,
      `/packages/${software}/explain`,
    ]) {
      expect((await viewer.get(path)).status, path).to.equal(200);
    }
    for (const path of [
      '/package-servers/new',
      `/package-servers/${computer}/settings`,
      `/package-servers/${computer}/verify`,
      `/package-servers/${computer}/resend`,
      `/package-servers/${computer}/again?package=${software}`,
      `/package-servers/${computer}/delete`,
      '/package-servers/settings',
      `/packages/${software}/servers`,
    ]) {
      expect((await viewer.post(path, { mode: 'all' })).status, path).to.equal(403);
      expect((await client.post(path, { mode: 'all', _csrf: 'forged' })).status, path).to.equal(403);
    }
    expect(await rowCounts(server.context, TABLES)).to.deep.equal(before);
  });
});
