import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { addPackageServer } from '../../models/packageServers/changePackageServers.ts';
import { takeReport } from '../../models/packageServers/takeReport.ts';
import { createPackage } from '../../models/packages/createPackage.ts';
import { getPackage } from '../../models/packages/getPackage.ts';
import { sourceLimits } from '../../models/packages/sources/sources.ts';
import { createSoftwarePolicy } from '../../models/policies/changePolicies.ts';
import { createSite } from '../../models/sites/changeSites.ts';
import { createSubnet } from '../../models/sites/changeSubnets.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { TARGET } from '../../wire/wellKnown.ts';
import { actor, auditActions } from '../security/support.ts';
import { addLegacyAgent } from '../support/agents.ts';
import { held, reportOf } from '../support/packageServers.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { signedIn, type ConsoleClient } from './client.ts';

const HOSTILE = `<b>'&"`;
const HASH = 'a1'.repeat(32);
const FAR = 3_600_000;

describe('the pages for the care of packages', () => {
  let server: TestServer;
  let client: ConsoleClient;
  let folder: string;

  before(async () => {
    server = await startTestServer();
    client = await signedIn(server.http);
  });
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'ns-care-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  after(() => server.stop());

  const make = async (name: string, fields: Record<string, unknown> = {}): Promise<Guid> => {
    const { cmdb, clock, settings } = server.context;
    const input = { name, sourceKind: 'none', ...fields };
    return createPackage(cmdb, clock, actor, input, sourceLimits(settings), { firstRefreshAt: clock.now() + FAR });
  };
  const makeOf = (name: string, below: string, fields: Record<string, unknown> = {}): Promise<Guid> => {
    mkdirSync(join(folder, below), { recursive: true });
    writeFileSync(join(folder, below, 'setup.exe'), name);
    return make(name, { sourceKind: 'folder', sourcePath: join(folder, below), ...fields });
  };
  const find = async (guid: Guid) => (await getPackage(server.context.cmdb, guid))!;
  const breakIt = (guid: Guid, detail: string) =>
    server.context.cmdb.db
      .updateTable('Package')
      .set({
        State: 'source_missing',
        StateDetail: detail,
        FailureCount: 3,
        ProblemSince: '2026-01-02T03:04:05.000Z',
        NextRefreshAt: new Date(server.context.clock.now() + FAR).toISOString(),
      })
      .where('Guid', '=', guid)
      .execute();
  /** A version as rows, as if it had been published. */
  const publish = async (guid: Guid): Promise<void> => {
    const { cmdb, packages } = server.context;
    const row = { PackageGuid: guid, Version: 7, Hash: HASH, FileCount: 1, TotalSize: 4_194_304, Signature: 's' };
    const rest = { KeyName: 'signing:1', CreatedAt: new Date().toISOString(), RetiredAt: null };
    await cmdb.db
      .insertInto('Snapshot')
      .values({ ...row, ...rest })
      .execute();
    await cmdb.db.updateTable('Package').set({ CurrentVersion: 7, State: 'valid' }).where('Guid', '=', guid).execute();
    await packages.refresh(cmdb, guid);
  };

  it('say that no package has a problem while none has', async () => {
    const { text } = await client.get('/packages/problems');
    expect(text).to.contain('No package has a problem').and.to.contain('href="/Altiris/Console/packages"');
  });

  it('list packages with problems: what, since when, who is asked, the next try, and what can be done', async () => {
    const guid = await makeOf('Broken', 'broken', { owner: `Berlin ${HOSTILE}` });
    await breakIt(guid, 'The folder was not found.');
    const { text } = await client.get('/packages/problems');
    expect(text)
      .to.contain('The folder was not found.')
      .and.to.contain('2026-01-02 03:04:05 UTC')
      .and.to.contain('Berlin &lt;b&gt;')
      .and.to.contain(`href="/Altiris/Console/packages/${guid}/fixPath"`)
      .and.to.contain(`name="only" value="${guid}" formaction="/Altiris/Console/packages/problems/refresh"`);
    const [row] = JSON.parse((await client.get('/packages/problems?format=json')).text) as Record<string, unknown>[];
    expect(row).to.include({ name: 'Broken', failures: 3, policies: 0, holding: 0, since: '2026-01-02T03:04:05.000Z' });
    expect((await client.get('/health')).text).to.contain('href="/Altiris/Console/packages/problems"');
    await client.post('/packages/problems/refresh', { only: guid });
    expect((await find(guid)).NextRefreshAt! <= new Date(server.context.clock.now()).toISOString()).to.equal(true);
    while ((await find(guid)).State !== 'valid') await new Promise((resolve) => setTimeout(resolve, 50));
  });

  it('fix one path: asked for again with what is wrong, saved only when the files are there', async () => {
    const guid = await makeOf('Moved', 'before', { publisher: 'Example', isEnabled: false });
    const old = (await find(guid)).SourcePath;
    const page = await client.get(`/packages/${guid}/fixPath`);
    expect(page.text).to.contain(`value="${old}"`);
    const fields = { guids: guid, from: old };
    const wrong = await client.post('/packages/fixPath', { ...fields, to: `${old}-gone` });
    expect(wrong.status).to.equal(422);
    expect(wrong.text).to.contain('was not found').and.to.contain(`value="${old}-gone"`);
    expect((await find(guid)).SourcePath).to.equal(old);
    renameSync(old, join(folder, 'after'));
    const fixed = await client.post('/packages/fixPath', { ...fields, to: join(folder, 'after') });
    expect(fixed.location).to.match(new RegExp(`/packages/${guid}$`));
    expect(await find(guid)).to.include({ SourcePath: join(folder, 'after'), Publisher: 'Example', IsEnabled: 0 });
    expect((await client.get(`/packages/${await make('No files')}/fixPath`)).status).to.equal(422);
  });

  it('fix the paths of those that are ticked by their common beginning', async () => {
    const guids = [await makeOf('Left', 'store/left'), await makeOf('Right', 'store/right')];
    for (const guid of guids) await breakIt(guid, 'Gone.');
    renameSync(join(folder, 'store'), join(folder, 'archive'));
    const page = await client.post('/packages/problems/fixPath', { id: guids });
    expect(page.text)
      .to.contain('Fix the paths of 2 packages')
      .and.to.contain(`name="from" value="${folder}/store/"`)
      .and.to.contain('Left')
      .and.to.contain('Right');
    const answer = await client.post('/packages/fixPath', {
      guids: guids.join(),
      from: `${folder}/store/`,
      to: join(folder, 'archive'),
    });
    expect(answer.location).to.match(/\/packages\/problems$/);
    expect((await find(guids[1]!)).SourcePath).to.equal(join(folder, 'archive', 'right'));
  });

  it('ask before packages are deleted, keep those that policies use, and say how many stayed', async () => {
    const unused = await make(`Unused ${HOSTILE}`);
    const used = await make('Used', { programs: [{ name: 'Run', commandLine: 'run' }] });
    const program = (await find(used)).programs[0]!.guid;
    const policy = await createSoftwarePolicy(server.context.cmdb, server.context.clock, actor, {
      name: 'Everybody',
      isEnabled: true,
      packageGuid: used,
      programGuid: program,
      targets: [TARGET.allComputers],
    });
    await server.context.policies.applyChange(server.context.cmdb, { Id: 0, Kind: 'policy', ItemGuid: policy });
    const question = await client.post('/packages/delete', { id: [unused, used] });
    expect(question.text)
      .to.contain('Delete 1 package?')
      .and.to.contain('Unused &lt;b&gt;')
      .and.to.contain('1 package of those chosen stays, because policies use it.');
    expect(await find(unused)).to.include({ Guid: unused });
    await client.post('/packages/delete', { ids: [unused, used].join(), confirmed: '1' });
    expect(await getPackage(server.context.cmdb, unused)).to.equal(undefined);
    expect((await client.get('/packages')).text).to.contain('1 package was deleted. 1 package stayed');
    expect((await client.post('/packages/delete', { id: used })).status).to.equal(409);

    const disable = await client.get(`/packages/${used}/disable`);
    expect(disable.text).to.contain('1 policy stops delivering').and.to.contain('Policy Everybody: 0 computers');
    expect((await find(used)).IsEnabled).to.equal(1);
    await client.post(`/packages/${used}/disable`);
    expect((await find(used)).IsEnabled).to.equal(0);
  });

  it('clone one package and those that are ticked', async () => {
    const guid = await make('Model', { programs: [{ name: 'Run', commandLine: 'run' }] });
    const answer = await client.post(`/packages/${guid}/clone`);
    const copy = answer.location.split('/').at(-1) as Guid;
    expect(await find(copy)).to.include({ Name: 'Model (copy)', Owner: 'admin' });
    await client.post('/packages/clone', { id: [guid, copy] });
    expect((await client.get('/packages?q=Model')).text)
      .to.contain('Model (copy 2)')
      .and.to.contain('Model (copy) (copy)');
  });

  it('show what was done to a package, and the package as XML that can be kept', async () => {
    const guid = await make(`Told ${HOSTILE}`, { versionText: '1.0' });
    const { text: form } = await client.get(`/packages/${guid}`);
    expect(form).to.contain('name="owner"');
    await client.post(`/packages/${guid}`, { name: 'Told', sourceKind: 'none', versionText: '2.5', isEnabled: '1' });
    const history = await client.get(`/packages/${guid}/history`);
    expect(history.text).to.match(/versionText<\/span> <del>1\.0<\/del>.*<ins>2\.5<\/ins>/);
    const page = await client.get(`/packages/${guid}/xml`);
    expect(page.text).to.contain('&lt;Package guid=').and.to.contain(`/packages/${guid}/package.xml`);
    const file = await client.get(`/packages/${guid}/package.xml`);
    expect(file.headers.get('content-disposition')).to.match(/^attachment; filename="?told\.xml/);
    expect(file.text)
      .to.match(/^<\?xml/)
      .and.to.contain('version="2.5"');
  });

  it('draw deliveries by status as one bar, with the numbers in words', async () => {
    const guid = await make('Delivered');
    const empty = await client.get(`/packages/${guid}/status`);
    expect(empty.text).not.to.contain('status-bar');
    const row = async (name: string, Status: string) => ({
      PolicyGuid: newGuid(),
      ResourceGuid: await addLegacyAgent(server.context, name),
      PackageGuid: guid,
      PackageVersion: 1,
      Status,
      ReturnCode: null,
      Detail: '',
      UpdatedAt: '2026-01-01T00:00:00.000Z',
    });
    const rows = [await row('WKS-1', 'succeeded'), await row('WKS-2', 'succeeded'), await row('WKS-3', 'failed')];
    await server.context.cmdb.insertMany('Delivery', rows);
    const { text } = await client.get(`/packages/${guid}/status`);
    expect(text).to.contain('aria-label="3 deliveries. Succeeded: 2, Failed: 1."');
    expect(text).to.match(/<rect class="ok" x="0" y="0" width="666\.7"/);
  });

  describe('on package servers', () => {
    let berlin: Guid;
    let lyon: Guid;
    let guid: Guid;
    before(async () => {
      const { cmdb, clock, sites, packageServers } = server.context;
      const [one, other] = [
        await createSite(cmdb, clock, actor, { name: 'Berlin' }),
        await createSite(cmdb, clock, actor, { name: 'Lyon', fallback: 'none' }),
      ];
      await createSubnet(cmdb, clock, actor, { subnet: '10.1.0.0/16', siteGuid: one });
      await createSubnet(cmdb, clock, actor, { subnet: '10.2.0.0/16', siteGuid: other });
      await sites.refresh(cmdb);
      berlin = await addLegacyAgent(server.context, 'PS-BERLIN');
      lyon = await addLegacyAgent(server.context, 'PS-LYON');
      guid = await make('Spread');
      await publish(guid);
      for (const [computer, address] of [
        [berlin, '10.1.0.10'],
        [lyon, '10.2.0.10'],
      ] as const) {
        await addPackageServer(cmdb, clock, actor, computer, {});
        await takeReport(cmdb, clock, computer, reportOf(address, computer === berlin ? [held(guid, 7, HASH)] : []));
      }
      await packageServers.refresh(cmdb);
    });

    const tab = async (query = '') => (await client.get(`/packages/${guid}/servers${query}`)).text;
    const servers = () => [...server.context.packageServers.distributionOf(guid).servers];

    it('tell how many have the version, and how far each is', async () => {
      const text = await tab();
      expect(text).to.contain('1 of 2 servers have version 7').and.to.contain('data-refresh="5"');
      expect(text).to.contain('4 of 4 MB').and.to.contain('0 of 4 MB');
      const rows = JSON.parse(await tab('?format=json&sort=state')) as Record<string, unknown>[];
      expect(rows.map(({ name, state, held: version, by }) => [name, state, version, by])).to.deep.equal([
        ['PS-BERLIN', 'Ready', '7', 'All'],
        ['PS-LYON', 'Pending', null, 'All'],
      ]);
      const [row] = JSON.parse((await client.get('/packages?format=json&q=Spread&columns=servers')).text) as object[];
      expect(row).to.deep.equal({ servers: '1/2' });
    });

    it('say why servers cannot be assigned one by one while the package goes to all', async () => {
      expect(await tab()).to.contain('The package goes to all package servers: choose “individually” below');
      const refused = await client.post(`/packages/${guid}/servers/${lyon}/unassign`);
      expect(refused.status).to.equal(409);
      expect(servers()).to.deep.equal([]);
    });

    it('ask before a site is left without a source of the package, and change nothing until then', async () => {
      const asked = await client.post(`/packages/${guid}/servers`, { mode: 'servers', servers: [berlin] });
      expect(asked.text)
        .to.contain('Leave 1 place without a source?')
        .and.to.contain('Lyon: no source for Spread')
        .and.to.contain(`name="servers" value="${berlin}"`);
      expect(server.context.packageServers.distributionOf(guid).mode).to.equal('all');
      const done = await client.post(`/packages/${guid}/servers`, {
        mode: 'servers',
        servers: [berlin],
        confirmed: '1',
      });
      expect(done.status).to.equal(303);
      expect(servers()).to.deep.equal([berlin]);
    });

    it('assign and unassign a server of those that are shown', async () => {
      expect(await tab()).not.to.contain('>PS-LYON</a>');
      expect(await tab('?show=all')).to.contain(`/packages/${guid}/servers/${lyon}/assign`);
      await client.post(`/packages/${guid}/servers/${lyon}/assign`);
      expect(servers()).to.have.members([berlin, lyon]);
      const asked = await client.post(`/packages/${guid}/servers/${lyon}/unassign`);
      expect(asked.text).to.contain('Lyon: no source for Spread');
      expect(servers()).to.have.members([berlin, lyon]);
      await client.post(`/packages/${guid}/servers/${berlin}/unassign`);
      expect(servers()).to.deep.equal([lyon]);
    });

    it('are told to fetch and to verify, one or all that are to hold what is ticked', async () => {
      const counts = async (computer: Guid) =>
        server.context.cmdb.db
          .selectFrom('PackageServer')
          .select(['VerifyCount', 'ResyncCount'])
          .where('ResourceGuid', '=', computer)
          .executeTakeFirst();
      await client.post(`/packages/${guid}/servers/${lyon}/verify`);
      await client.post('/packages/resend', { id: guid });
      expect(await counts(lyon)).to.deep.equal({ VerifyCount: 1, ResyncCount: 1 });
      const question = await client.post('/packages/verify', { id: guid });
      expect(question.text).to.contain('Re-verify on 1 package server?').and.to.contain('PS-LYON');
      await client.post('/packages/verify', { ids: guid, confirmed: '1' });
      expect(await counts(lyon)).to.deep.equal({ VerifyCount: 2, ResyncCount: 1 });
      expect(await counts(berlin)).to.deep.equal({ VerifyCount: 0, ResyncCount: 0 });
      expect(await auditActions(server.context.cmdb)).to.include('resync packageServer PS-LYON');
    });

    it('are filtered by how packages go to them', async () => {
      const names = async (mode: string) =>
        (JSON.parse((await client.get(`/packages?format=json&columns=name&mode=${mode}`)).text) as object[]).map(
          (row) => (row as { name: string }).name,
        );
      expect(await names('servers')).to.deep.equal(['Spread']);
      expect(await names('all'))
        .to.include('Model')
        .and.not.to.include('Spread');
    });

    it('explain several packages for one computer on one page', async () => {
      const other = await make('Second');
      await publish(other);
      const answer = await client.post('/packages/explain', { id: [guid, other] });
      expect(answer.status).to.equal(303);
      const page = await client.get(`${answer.location}&who=10.2.3.4`);
      expect(page.text).to.contain('Spread').and.to.contain('Second').and.to.contain('Lyon');
      const one = await client.post('/packages/explain', { id: guid });
      expect(one.location).to.match(new RegExp(`/packages/${guid}/explain$`));
      expect((await client.get('/packages/explain?packages=nonsense&who=10.2.3.4')).text).to.contain(
        'No package was chosen',
      );
    });
  });
});
