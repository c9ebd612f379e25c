import { expect } from 'chai';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { utc } from '../../models/clock.ts';
import { InvalidInput } from '../../models/fieldErrors.ts';
import {
  addPackageServer,
  orderPackageServer,
  readPackageServerInput,
  removePackageServer,
  updatePackageServer,
} from '../../models/packageServers/changePackageServers.ts';
import { changeDistribution } from '../../models/packageServers/distribution.ts';
import { takeClientDays } from '../../models/packageServers/clientDays.ts';
import { givePackageService } from '../../models/packageServers/giveService.ts';
import { readHeldDetails } from '../../models/packageServers/heldDetails.ts';
import { noteProbe } from '../../models/packageServers/noteProbe.ts';
import { packagesOf } from '../../models/packageServers/overview.ts';
import { prerequisitesOf } from '../../models/packageServers/prerequisites.ts';
import { refetchPackage } from '../../models/packageServers/refetch.ts';
import { listServerEvents } from '../../models/packageServers/serverEvents.ts';
import { listServers, readServer, type ServerQuery } from '../../models/packageServers/serverRows.ts';
import { ServerStateCounts } from '../../models/packageServers/stateCounts.ts';
import { deletePackage } from '../../models/packages/deletePackage.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { JANE } from '../packages/support.ts';
import { addComputers } from '../policies/support.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { held, reportOf } from '../support/packageServers.ts';
import { HASH, VERSION, World } from './world.ts';

const BERLIN = '10.1.0.10';
const LYON = '10.2.0.10';

describe('package servers as the console lists them', function () {
  // A SQL Server takes its time to make a database.
  this.timeout(180_000);
  forEachEngine((_engine, open) => {
    let cmdb: AnyCmdb;
    let world: World;
    before(async () => (cmdb = await open()));
    after(() => cmdb.close());
    afterEach(async () => {
      await cmdb.db.deleteFrom('PackageServerEvent').execute();
      await cmdb.db.deleteFrom('PackageClientDay').execute();
      await cmdb.db.deleteFrom('AgentRegistration').execute();
      await World.clear(cmdb);
    });
    beforeEach(async () => (world = await World.make(cmdb)));

    const known = () => ({
      packageServers: world.servers,
      packages: world.packages,
      clock: world.clock,
      settings: { policyIntervalSeconds: 3600 },
    });
    const list = (query: ServerQuery = {}) => listServers(cmdb, known(), query);
    const countsOf = (server: Guid) => new ServerStateCounts(world.servers, world.packages).of(server)!;

    it('say what each has ready, and how far its roll-out is', async () => {
      const server = await world.addServer(BERLIN);
      const other = await world.addServer(LYON, {}, [held(world.package, VERSION - 1, 'b2'.repeat(32))]);
      const rows = new Map((await list()).map((row) => [row.guid, row]));
      expect(rows.get(server)).to.deep.include({ ready: 1, assigned: 1, isPlacedByAddress: true });
      expect(rows.get(server)!.sites.map(({ name }) => name)).to.deep.equal(['Berlin']);
      expect(rows.get(other)).to.deep.include({ ready: 0, assigned: 1 });
      expect(rows.get(other)!.counts.stale).to.equal(1);
      expect(rows.get(server)!.rollOut.map(({ state }) => state)).to.deep.equal(['done', 'done', 'done', 'done']);
      expect(rows.get(other)!.rollOut.map(({ state }) => state)).to.deep.equal(['done', 'done', 'done', 'current']);
      await world.report(server, BERLIN, [held(world.package, VERSION, HASH)], { policyHash: 'AB'.repeat(16) });
      const row = (await readServer(cmdb, known(), server, 'AB'.repeat(16)))!;
      expect(row.rollOut.map(({ state }) => state)).to.deep.equal(['done', 'done', 'done', 'done']);
      expect(row.rollOut[1]!.text).to.contain('in force');
    });

    it('keep the time of the first report and of the policy, whatever is reported later', async () => {
      const server = await world.addServer(BERLIN);
      const first = utc(world.clock.now());
      world.clock.pass(60_000);
      await world.report(server, BERLIN, [], { policyHash: 'AB'.repeat(16) });
      const withPolicy = utc(world.clock.now());
      world.clock.pass(60_000);
      await world.report(server, BERLIN, [], { policyHash: 'AB'.repeat(16) });
      const row = await cmdb.db.selectFrom('PackageServerReport').selectAll().executeTakeFirstOrThrow();
      expect(row).to.include({ FirstReportedAt: first, PolicyAt: withPolicy, PolicyHash: 'AB'.repeat(16) });
      expect(row.ReportedAt).to.equal(utc(world.clock.now()));
    });

    it('are found by state, site, step and trouble', async () => {
      const server = await world.addServer(BERLIN, { isDraining: true });
      const failing = await world.addServer(LYON, {}, [
        held(world.package, VERSION, HASH, {
          version: undefined,
          hash: '',
          state: 'failed',
          detail: 'the disk is full',
        }),
      ]);
      const guids = async (query: ServerQuery) => (await list(query)).map(({ guid }) => guid);
      expect(await guids({ state: 'draining' })).to.deep.equal([server]);
      expect(await guids({ siteGuid: world.lyon })).to.deep.equal([failing]);
      expect(await guids({ trouble: 'packages' })).to.deep.equal([failing]);
      expect(await guids({ trouble: 'disk' })).to.deep.equal([]);
      expect(await guids({ search: 'lyon' })).to.deep.equal([failing]);
      expect(await guids({ waitingAt: 'packages' })).to.deep.equal([failing]);
      expect(await guids({ waitingAt: 'done' })).to.deep.equal([server]);
    });

    it('count anew only what has changed, and always what is so', async () => {
      const server = await world.addServer(BERLIN);
      const counts = new ServerStateCounts(world.servers, world.packages);
      expect(counts.of(server)).to.include({ ready: 1, stale: 0, unwanted: 0 });
      // A new version: what is held is stale.
      await world.publish(world.package, VERSION + 1, 'c3'.repeat(32));
      await world.packages.refresh(cmdb, world.package);
      expect(counts.of(server)).to.include({ ready: 0, stale: 1 });
      await cmdb.db.updateTable('Package').set({ IsEnabled: 0 }).where('Guid', '=', world.package).execute();
      await world.packages.refresh(cmdb, world.package);
      expect(counts.of(server)).to.include({ stale: 0, unwanted: 1 });
      expect(counts.of(server)).to.deep.equal(countsOf(server));
      await deletePackage(cmdb, world.clock, JANE, world.package);
      await world.packages.refresh(cmdb, world.package);
      expect(counts.of(server)).to.include({ unwanted: 0 });
      expect(counts.of(newGuid())).to.equal(undefined);
    });

    it('are counted when they come, go and move, however many there are', async () => {
      const server = await world.addServer(BERLIN);
      await changeDistribution(cmdb, world.clock, JANE, world.package, { mode: 'sites', sites: [world.berlin] });
      await world.reload();
      const counts = new ServerStateCounts(world.servers, world.packages);
      expect(counts.of(server)).to.include({ ready: 1, unwanted: 0 });
      const settings = { ...(await readPackageServerInput(cmdb, server))!, sites: [world.lyon] };
      await updatePackageServer(cmdb, world.clock, JANE, server, settings);
      await world.servers.refreshServer(cmdb, server);
      expect(counts.of(server)).to.include({ ready: 0, unwanted: 1 });
      const more = await addComputers(cmdb, 70);
      for (const guid of more) await addPackageServer(cmdb, world.clock, JANE, guid, { sites: [world.berlin] });
      await world.servers.refresh(cmdb);
      expect([...counts.all().values()].filter(({ pending }) => pending === 1)).to.have.lengthOf(70);
      for (const guid of more.slice(0, 60)) await removePackageServer(cmdb, world.clock, JANE, guid);
      await world.servers.refresh(cmdb);
      expect([...counts.all().keys()]).to.have.members([server, ...more.slice(60)]);
      expect(counts.of(server)).to.include({ ready: 0, unwanted: 1 });
      expect(counts.all()).to.deep.equal(new ServerStateCounts(world.servers, world.packages).all());
    });

    it('are told to fetch one package anew, and only what they hold', async () => {
      const server = await world.addServer(BERLIN);
      const other = await world.addPackage('Other');
      expect(await refetchPackage(cmdb, world.clock, JANE, server, other)).to.equal(false);
      expect(await refetchPackage(cmdb, world.clock, JANE, server, world.package)).to.equal(true);
      expect(await refetchPackage(cmdb, world.clock, JANE, server, world.package)).to.equal(true);
      await world.servers.refreshServer(cmdb, server);
      expect([...world.servers.get(server)!.record.refetch]).to.deep.equal([[world.package, 2]]);
      const audit = await cmdb.db.selectFrom('AuditEntry').select('Action').where('Action', '=', 'refetch').execute();
      expect(audit).to.have.lengthOf(2);
      // Nothing is left of the order when package or server goes.
      await removePackageServer(cmdb, world.clock, JANE, server);
      expect(await cmdb.db.selectFrom('PackageRefetch').selectAll().execute()).to.deep.equal([]);
    });

    it('take the first order of two people at once from both', async () => {
      const servers = [];
      for (const number of [11, 12, 13, 14]) servers.push(await world.addServer(`10.1.0.${number}`));
      const twice = [...servers, ...servers];
      const orders = twice.map((server) => refetchPackage(cmdb, world.clock, JANE, server, world.package));
      expect(await Promise.all(orders)).to.deep.equal(twice.map(() => true));
      const rows = await cmdb.db.selectFrom('PackageRefetch').select(['ResourceGuid', 'Orders']).execute();
      expect(rows).to.have.deep.members(servers.map((ResourceGuid) => ({ ResourceGuid, Orders: 2 })));
    });

    it('report in full after “resend”, and nothing stale remains', async () => {
      const server = await world.addServer(BERLIN);
      const gone = await world.addPackage('Gone');
      await world.report(server, BERLIN, [held(world.package, VERSION, HASH), held(gone, VERSION, HASH)]);
      const short = reportOf(BERLIN, [held(world.package, VERSION, HASH)]);
      await orderPackageServer(cmdb, world.clock, JANE, server, 'resend');
      const asked = await world.report(server, BERLIN, [], { packages: undefined, digest: short.digest });
      expect(asked).to.include({ wantsPackages: true });
      await world.report(server, BERLIN, [held(world.package, VERSION, HASH)]);
      const rows = await cmdb.db.selectFrom('PackageHolding').select('PackageGuid').execute();
      expect(rows.map(({ PackageGuid }) => PackageGuid)).to.deep.equal([world.package]);
      expect(
        packagesOf(world.servers.get(server)!, { packageServers: world.servers, packages: world.packages }),
      ).to.have.lengthOf(2);
    });

    it('tell of a package what was said, what was found, and who fetched it today', async () => {
      const server = await world.addServer(BERLIN);
      const said = utc(world.clock.now());
      world.clock.pass(60_000);
      await noteProbe(cmdb, world.clock, server, world.package, { result: 'wrong', reason: 'Other bytes.' });
      const day = utc(world.clock.now()).slice(0, 10);
      await takeClientDays(
        cmdb,
        server,
        [{ packageGuid: world.package, day, clients: 7, requests: 70, bytes: 7000 }],
        world.clock.now(),
      );
      const details = await readHeldDetails(cmdb, server, [world.package], `${day}T00:00:00.000Z`);
      expect(details.get(world.package)).to.deep.equal({
        changedAt: said,
        probedAt: utc(world.clock.now()),
        probeProblem: 'Other bytes.',
        clientsToday: 7,
      });
      expect(await readHeldDetails(cmdb, server, [], day)).to.have.property('size', 0);
    });

    it('list their events newest first, with the package of today', async () => {
      const server = await world.addServer(BERLIN);
      const event = { ResourceGuid: server, PackageVersion: VERSION, Codebase: 'https://x/y' };
      await cmdb.db
        .insertInto('PackageServerEvent')
        .values([
          { ...event, EventAt: utc(world.clock.now()), PackageId: world.package, Status: 'Codebase Enabled' },
          { ...event, EventAt: utc(world.clock.now() + 1000), PackageId: newGuid(), Status: 'Download Failed' },
        ])
        .execute();
      const { rows, total } = await listServerEvents(cmdb, server, { offset: 0, limit: 10 });
      expect(total).to.equal(2);
      expect(rows.map(({ status, packageName }) => [status, packageName])).to.deep.equal([
        ['Download Failed', null],
        ['Codebase Enabled', 'Viewer'],
      ]);
      expect(await listServerEvents(cmdb, server, { status: 'Codebase Enabled', offset: 0, limit: 10 })).to.include({
        total: 1,
      });
    });

    describe('before they are any', () => {
      const look = async (guid: Guid) =>
        (await prerequisitesOf(cmdb, [guid], { now: world.clock.now(), siteOf: (at) => world.sites.siteOf(at) })).get(
          guid,
        )!;
      const stateOf = async (guid: Guid, name: string) =>
        (await look(guid)).checks.find((check) => check.name === name)!;
      const register = (guid: Guid, state: string) =>
        cmdb.db
          .insertInto('AgentRegistration')
          .values({
            Guid: newGuid(),
            ResourceGuid: guid,
            Name: 'x',
            Domain: '',
            Fqdn: '',
            Address: '',
            MacAddress: '',
            UserName: '',
            KeyHash: newGuid(),
            State: state,
            Reason: '',
            DuplicateOfGuid: null,
            DecidedBy: null,
            DecidedAt: null,
            FirstSeenAt: utc(world.clock.now()),
            LastSeenAt: utc(world.clock.now()),
            RequestCount: 1,
            PolicyKey: '',
            RequestXml: '',
          })
          .execute();
      const give = (guid: Guid) =>
        givePackageService(cmdb, world.clock, JANE, guid, {}, (at) => world.sites.siteOf(at));

      it('have every prerequisite looked at, and are given the service only with them', async () => {
        const [guid] = await addComputers(cmdb, 1);
        expect(await stateOf(guid!, 'registration')).to.include({ state: 'error', text: 'It has never registered.' });
        await register(guid!, 'pending');
        expect(await stateOf(guid!, 'registration')).to.include({ advice: 'Allow it under Registration.' });
        let refused: unknown;
        await give(guid!).catch((error: unknown) => (refused = error));
        expect(refused).to.be.instanceOf(InvalidInput);
        expect((refused as InvalidInput).errors[0]!.message).to.contain('pending');
        expect(await cmdb.db.selectFrom('PackageServer').selectAll().execute()).to.deep.equal([]);
        await register(guid!, 'allowed');
        expect((await look(guid!)).isMet).to.equal(true);
        await give(guid!);
        expect(await stateOf(guid!, 'service')).to.include({ state: 'error' });
        expect((await look(guid!)).isMet).to.equal(false);
      });

      it('may not run what the service does not run on, and are warned of what is not known', async () => {
        const [guid] = await addComputers(cmdb, 1);
        const set = (more: object) =>
          cmdb.db.updateTable('Computer').set(more).where('ResourceGuid', '=', guid!).execute();
        const named: [string, string][] = [
          ['Microsoft Windows Server 2012 R2 Standard', 'error'],
          ['Microsoft Windows 8.1 Pro', 'error'],
          ['Microsoft Windows Server 2022 Standard', 'ok'],
          ['Ubuntu 24.04 LTS', 'ok'],
          ['AIX 7.2', 'error'],
          ['Plan 9', 'warning'],
          ['', 'warning'],
        ];
        for (const [OsName, state] of named) {
          await set({ OsName });
          expect((await stateOf(guid!, 'os')).state, OsName).to.equal(state);
        }
        await set({ IpAddress: '10.1.2.3' });
        expect(await stateOf(guid!, 'local')).to.include({ state: 'ok' });
        await set({ IpAddress: '169.254.2.3' });
        expect(await stateOf(guid!, 'address')).to.include({ state: 'warning' });
        await cmdb.db.updateTable('Site').set({ IsInternet: 1 }).where('Guid', '=', world.berlin).execute();
        await set({ IpAddress: '10.1.2.3' });
        expect((await stateOf(guid!, 'local')).text).to.contain('Internet site');
      });

      it('are none when nobody knows them', async () => {
        expect(
          await prerequisitesOf(cmdb, [newGuid()], { now: 0, siteOf: () => world.sites.siteOf('x') }),
        ).to.have.property('size', 0);
      });
    });
  });
});
