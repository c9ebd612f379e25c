import { expect } from 'chai';
import { sql } from 'kysely';
import { guidParam } from '../../models/cmdb/types.ts';
import { takeReport } from '../../models/packageServers/takeReport.ts';
import type { HeldPackage } from '../../wire/packageServer.ts';
import { assignTargeted } from '../../models/packageServers/assignTargeted.ts';
import { createProgram } from '../../models/packages/programs.ts';
import { createSoftwarePolicy } from '../../models/policies/changePolicies.ts';
import { deletePolicies } from '../../models/policies/switchPolicies.ts';
import { addComputers } from '../policies/support.ts';
import { changeDistribution, assignSite } from '../../models/packageServers/distribution.ts';
import { orderPackageServer, updatePackageServer } from '../../models/packageServers/changePackageServers.ts';
import { changeServiceSettings } from '../../models/packageServers/serviceSettings.ts';
import { SILENT_AFTER_MS } from '../../models/packageServers/packageServerIndex.ts';
import { updateSite } from '../../models/sites/changeSites.ts';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { JANE } from '../packages/support.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { held, reportOf } from '../support/packageServers.ts';
import { HASH, PUBLIC_URL, VERSION, World } from './world.ts';

const BERLIN = 'https://10.1.0.10:8443';
const BERLIN_2 = 'https://10.1.0.11:8443';
const LYON = 'https://10.2.0.10:8443';

describe('the choice of sources', function () {
  // A SQL Server takes its time to make a database.
  this.timeout(180_000);
  forEachEngine((_engine, open) => {
    let cmdb: AnyCmdb;
    let world: World;
    before(async () => (cmdb = await open()));
    after(() => cmdb.close());
    beforeEach(async () => (world = await World.make(cmdb)));
    afterEach(() => World.clear(cmdb));

    const why = async (address: string, base: string, more = {}): Promise<string> => {
      const { candidates } = await world.choose(address, more);
      return candidates.find(({ baseUrl }) => baseUrl === base)!.reason;
    };
    const site = (fields: Record<string, unknown>): Promise<unknown> =>
      updateSite(cmdb, world.clock, JANE, world.berlin, { name: 'Berlin', ...fields }).then(() => world.reload());

    it('is the server alone while there is no package server', async () => {
      expect(await world.offered('10.1.2.3')).to.deep.equal([PUBLIC_URL]);
      expect(world.answer('10.1.2.3')).to.deep.equal([PUBLIC_URL]);
    });

    it('is the ready package server of the site, and the server where a site has none', async () => {
      await world.addServer('10.1.0.10');
      expect(await world.offered('10.1.2.3')).to.deep.equal([BERLIN]);
      expect(await world.offered('10.2.2.3')).to.deep.equal([PUBLIC_URL]);
      expect(await world.offered('192.0.2.1')).to.deep.equal([PUBLIC_URL]);
      expect(await why('10.1.2.3', PUBLIC_URL)).to.include('the Notification Server is not needed');
      expect(await why('10.2.2.3', BERLIN)).to.equal('It serves other sites.');
    });

    it('counts every address of a computer, and a server of several sites in each', async () => {
      await world.addServer('10.1.0.10');
      const both = await world.addServer('10.9.0.1', { sites: [world.berlin, world.lyon] });
      expect(await world.offered(['192.0.2.1', '10.1.2.3'])).to.have.members([BERLIN, 'https://10.9.0.1:8443']);
      expect(await world.offered('10.2.2.3')).to.deep.equal(['https://10.9.0.1:8443']);
      expect(world.servers.get(both)!.sites).to.have.members([world.berlin, world.lyon]);
    });

    it('puts a server of the same subnet behind those of the site, and takes it where there is no site', async () => {
      await world.addServer('10.1.0.10', { sites: [world.lyon] });
      await world.addServer('10.1.0.11');
      expect(await world.offered('10.1.2.3')).to.deep.equal([BERLIN_2, BERLIN]);
      await world.addServer('10.3.0.10');
      expect(await world.offered('10.3.2.3')).to.deep.equal(['https://10.3.0.10:8443']);
      expect(await why('10.3.2.3', 'https://10.3.0.10:8443')).to.equal('It stands in the same subnet.');
    });

    it('leaves out what is not ready, each with its reason', async () => {
      const server = await world.addServer('10.1.0.10', {}, []);
      expect(await why('10.1.2.3', BERLIN)).to.include('its state is pending');
      const tell = (more: object) => world.report(server, '10.1.0.10', [held(world.package, VERSION, HASH, more)]);
      await tell({ version: undefined, state: 'downloading', doneBytes: 200, totalBytes: 400 });
      expect(await why('10.1.2.3', BERLIN)).to.include('its state is downloading: 50 % of 400 bytes');
      await tell({ version: VERSION - 1 });
      expect(await why('10.1.2.3', BERLIN)).to.include(`its state is stale: It holds version ${VERSION - 1}`);
      await tell({ hash: 'b2'.repeat(32) });
      expect(await why('10.1.2.3', BERLIN)).to.include('its state is invalid');
      await tell({ version: undefined, state: 'failed', detail: 'the disk is full' });
      expect(await why('10.1.2.3', BERLIN)).to.include('its state is invalid: the disk is full');
      expect(await world.offered('10.1.2.3')).to.deep.equal([PUBLIC_URL]);
      await tell({});
      expect(await world.offered('10.1.2.3')).to.deep.equal([BERLIN]);
    });

    it('leaves out who is drained, switched off, silent, or asks itself', async () => {
      const server = await world.addServer('10.1.0.10');
      expect(await why('10.1.2.3', BERLIN, { computer: server })).to.include('it is the computer that asks');
      await orderPackageServer(cmdb, world.clock, JANE, server, 'drain');
      await world.reload();
      expect(await why('10.1.2.3', BERLIN)).to.include('being drained');
      await updatePackageServer(cmdb, world.clock, JANE, server, { isEnabled: false });
      await world.reload();
      expect(await why('10.1.2.3', BERLIN)).to.include('switched off');
      await updatePackageServer(cmdb, world.clock, JANE, server, {});
      await world.reload();
      expect(await world.offered('10.1.2.3')).to.deep.equal([BERLIN]);
      world.clock.pass(SILENT_AFTER_MS + 1000);
      await world.servers.look(cmdb);
      expect(await why('10.1.2.3', BERLIN)).to.include('its state is silent');
      // A word from it is enough.
      world.servers.noteReport(server);
      expect(await world.offered('10.1.2.3')).to.deep.equal([BERLIN]);
    });

    it('goes by the distribution: to servers, to sites, on demand', async () => {
      const berlin = await world.addServer('10.1.0.10');
      await world.addServer('10.2.0.10');
      const distribute = async (input: object) => {
        await changeDistribution(cmdb, world.clock, JANE, world.package, input);
        await world.reload();
      };
      await distribute({ mode: 'servers', servers: [berlin] });
      expect(await world.offered('10.2.2.3')).to.deep.equal([PUBLIC_URL]);
      expect(await why('10.2.2.3', LYON)).to.include('the package is not assigned to it');
      await distribute({ mode: 'sites', sites: [world.lyon] });
      expect(await world.offered('10.2.2.3')).to.deep.equal([LYON]);
      expect(await world.offered('10.1.2.3')).to.deep.equal([PUBLIC_URL]);
      await distribute({ mode: 'automatic', sites: [] });
      expect(await world.offered('10.2.2.3')).to.deep.equal([PUBLIC_URL]);
      expect(await assignSite(cmdb, world.clock, world.package, world.lyon)).to.equal(true);
      expect(await assignSite(cmdb, world.clock, world.package, world.lyon)).to.equal(false);
      await world.reload();
      expect(await world.offered('10.2.2.3')).to.deep.equal([LYON]);
      // Whoever saves the form again does not take it away from the site whose computers asked.
      await distribute({ mode: 'automatic', sites: [world.berlin] });
      expect([...world.servers.distributionOf(world.package).sites]).to.have.members([world.lyon, world.berlin]);
    });

    it('brings what goes on demand to the sites of computers that a policy targets', async () => {
      const { clock } = world;
      await changeDistribution(cmdb, clock, JANE, world.package, { mode: 'automatic', sites: [] });
      const [inLyon] = await addComputers(cmdb, 1);
      await cmdb.db.updateTable('Computer').set({ SiteGuid: world.lyon }).where('ResourceGuid', '=', inLyon!).execute();
      const program = { name: 'Install', commandLine: 'x' };
      const programGuid = (await createProgram(cmdb, clock, JANE, world.package, program))!;
      expect((await assignTargeted(cmdb, clock)).assigned).to.equal(0);
      const policy = {
        name: 'Rollout',
        isEnabled: true,
        computers: [inLyon!],
        packageGuid: world.package,
        programGuid,
      };
      const guid = await createSoftwarePolicy(cmdb, clock, JANE, policy);
      expect((await assignTargeted(cmdb, clock)).assigned).to.equal(1);
      expect((await assignTargeted(cmdb, clock)).assigned).to.equal(0);
      await world.reload();
      expect([...world.servers.distributionOf(world.package).sites]).to.deep.equal([world.lyon]);
      await deletePolicies(cmdb, clock, JANE, [guid]);
    });

    it('falls back as the site says: nowhere, to another site, and after a time', async () => {
      await world.addServer('10.2.0.10');
      await site({ fallback: 'none' });
      const nothing = await world.choose('10.1.2.3');
      expect(nothing.status).to.equal('notready');
      expect(nothing.statusDescription).to.equal('No package server for Berlin has the package yet.');
      expect(world.answer('10.1.2.3')).to.deep.equal([]);
      await site({ fallback: 'site', fallbackSiteGuid: world.lyon });
      expect(await world.offered('10.1.2.3')).to.deep.equal([LYON]);
      await site({ fallback: 'server', fallbackMinutes: 30 });
      expect(await world.offered('10.1.2.3', { totalTimeMinutes: 29 })).to.deep.equal([]);
      expect(await world.offered('10.1.2.3', { totalTimeMinutes: 30 })).to.deep.equal([PUBLIC_URL]);
      await world.addServer('10.1.0.10');
      expect(await world.offered('10.1.2.3', { totalTimeMinutes: 30 })).to.deep.equal([BERLIN, PUBLIC_URL]);
    });

    it('says one minute, and several minutes', async () => {
      await world.addServer('10.2.0.10');
      await site({ fallback: 'server', fallbackMinutes: 1 });
      const waiting = await world.choose('10.1.2.3');
      expect(waiting.statusDescription).to.match(/The fallback comes after 1 minute\.$/);
      expect(JSON.stringify(waiting)).to.contain('comes after 1 minute of trying').and.not.to.contain('1 minutes');
      await site({ fallback: 'server', fallbackMinutes: 2 });
      expect((await world.choose('10.1.2.3')).statusDescription).to.match(/The fallback comes after 2 minutes\.$/);
    });

    it("offers the server's own site after the longest time of all, whatever the fallback (KB 179445)", async () => {
      await world.addServer('10.2.0.10');
      await site({ fallback: 'none' });
      await changeServiceSettings(cmdb, world.clock, JANE, { maxTryingMinutes: 60 });
      await world.reload();
      expect(await world.offered('10.1.2.3', { totalTimeMinutes: 60 })).to.deep.equal([]);
      expect(await world.offered('10.1.2.3', { totalTimeMinutes: 61 })).to.deep.equal([LYON, PUBLIC_URL]);
    });

    it('offers nothing of the server itself where its schemes are switched off', async () => {
      await changeServiceSettings(cmdb, world.clock, JANE, { offerHttps: false, offerHttp: 'never' });
      await world.reload();
      expect(await world.offered('10.1.2.3')).to.deep.equal([]);
      const { candidates } = await world.choose('10.1.2.3');
      expect(candidates[0]!.reason).to.include('switched off for every scheme');
    });

    it('sends package servers to others of their site, and only the unconstrained to the server, too', async () => {
      const free = await world.addServer('10.1.0.10', {}, []);
      const bound = await world.addServer('10.1.0.11', { isConstrained: true }, []);
      expect(await world.offered('10.1.0.10', { computer: free })).to.deep.equal([PUBLIC_URL]);
      expect(await world.offered('10.1.0.11', { computer: bound })).to.deep.equal([]);
      await world.report(free, '10.1.0.10', [held(world.package, VERSION, HASH)]);
      expect(await world.offered('10.1.0.11', { computer: bound })).to.deep.equal([BERLIN]);
    });

    it('spreads agents over equal servers, each with an order that stays when others come and go', async () => {
      const servers = [
        await world.addServer('10.1.0.10'),
        await world.addServer('10.1.0.11'),
        await world.addServer('10.1.0.12'),
      ];
      const agents = Array.from({ length: 300 }, newGuid);
      const first = new Map(agents.map((agent) => [agent, world.answer('10.1.2.3', agent)]));
      for (const base of [BERLIN, BERLIN_2, 'https://10.1.0.12:8443']) {
        const share = [...first.values()].filter(([best]) => best === base).length;
        expect(share, base).to.be.within(60, 140);
      }
      const [one] = agents;
      expect(await world.offered('10.1.2.3', { computer: one })).to.deep.equal(first.get(one!));
      await orderPackageServer(cmdb, world.clock, JANE, servers[2]!, 'drain');
      await world.reload();
      for (const [agent, order] of first) {
        const left = order.filter((base) => base !== 'https://10.1.0.12:8443');
        expect(world.answer('10.1.2.3', agent)).to.deep.equal(left);
      }
    });

    it('stays kept while servers tell of packages only', async () => {
      const server = await world.addServer('10.1.0.10');
      const { placement } = world.servers;
      const report = (holds: HeldPackage[], more = {}) =>
        takeReport(cmdb, world.clock, server, reportOf('10.1.0.10', holds, more));
      const change = () => world.servers.applyChange(cmdb, { Id: 1, Kind: 'packageServer', ItemGuid: server });
      await report([held(world.package, VERSION - 1, HASH)]);
      await change();
      expect(world.servers.placement).to.equal(placement);
      expect(world.answer('10.1.2.3')).to.deep.equal([PUBLIC_URL]);
      await report([held(world.package, VERSION, HASH)], { httpsUrl: 'https://10.1.0.99:8443' });
      await change();
      expect(world.servers.placement).not.to.equal(placement);
      expect(world.answer('10.1.2.3')).to.deep.equal(['https://10.1.0.99:8443']);
    });

    it('counts every address of the inventory when it is explained', async () => {
      await world.addServer('10.2.0.10');
      const [computer] = await addComputers(cmdb, 1);
      await cmdb.db
        .updateTable('Computer')
        .set({ IpAddress: '192.0.2.9' })
        .where('ResourceGuid', '=', computer!)
        .execute();
      await sql`INSERT INTO Inv_AeX_AC_TCPIP (_ResourceGuid, [IP Address]) VALUES (${guidParam(computer!)}, '192.0.2.9'), (${guidParam(computer!)}, '10.2.7.7')`.execute(
        cmdb.db,
      );
      const { choice, addresses } = await world.explain({ computer: computer! });
      expect(addresses).to.deep.equal(['192.0.2.9', '10.2.7.7']);
      expect(choice.site.site?.name).to.equal('Lyon');
      expect(choice.candidates[0]!.baseUrl).to.equal(LYON);
    });

    it('is kept per site, and made anew when anything that it rests on changes', async () => {
      const server = await world.addServer('10.1.0.10');
      const at = () => world.answer('10.1.2.3');
      expect(at()).to.deep.equal([BERLIN]);
      const change = async (Kind: 'packageServer' | 'site' | 'setting' | 'package', ItemGuid: Guid | null) => {
        await world.sites.applyChange(cmdb, { Id: 1, Kind, ItemGuid });
        await world.packages.applyChange(cmdb, { Id: 1, Kind, ItemGuid });
        await world.servers.applyChange(cmdb, { Id: 1, Kind, ItemGuid });
      };
      await orderPackageServer(cmdb, world.clock, JANE, server, 'drain');
      await change('packageServer', server);
      expect(at()).to.deep.equal([PUBLIC_URL]);
      await orderPackageServer(cmdb, world.clock, JANE, server, 'undrain');
      await change('packageServer', server);
      expect(at()).to.deep.equal([BERLIN]);
      await changeDistribution(cmdb, world.clock, JANE, world.package, { mode: 'servers', servers: [] });
      await change('package', world.package);
      expect(at()).to.deep.equal([PUBLIC_URL]);
      await changeDistribution(cmdb, world.clock, JANE, world.package, { mode: 'all' });
      await change('package', world.package);
      expect(at()).to.deep.equal([BERLIN]);
      await world.publish(world.package, VERSION + 1, 'c3'.repeat(32));
      await change('package', world.package);
      expect(at()).to.deep.equal([PUBLIC_URL]);
      await updateSite(cmdb, world.clock, JANE, world.berlin, { name: 'Berlin', fallback: 'none' });
      await change('site', world.berlin);
      expect(at()).to.deep.equal([]);
    });
  });
});
