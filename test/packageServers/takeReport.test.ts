import { expect } from 'chai';
import {
  addPackageServer,
  orderPackageServer,
  removePackageServer,
} from '../../models/packageServers/changePackageServers.ts';
import { countServers } from '../../models/packageServers/countTroubled.ts';
import { SILENT_AFTER_MS } from '../../models/packageServers/packageServerIndex.ts';
import { noteProbe } from '../../models/packageServers/noteProbe.ts';
import { nextProbed } from '../../models/packageServers/nextProbed.ts';
import { takeReport } from '../../models/packageServers/takeReport.ts';
import { PackageServerPolicies } from '../../models/packageServers/wantedPackages.ts';
import { deletePackage } from '../../models/packages/deletePackage.ts';
import { deleteSite } from '../../models/sites/changeSites.ts';
import { InvalidInput } from '../../models/fieldErrors.ts';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { readPackageServerPolicy } from '../../wire/packageServer.ts';
import { child, parseXml } from '../../wire/xml.ts';
import { sql } from 'kysely';
import { JANE } from '../packages/support.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { held, reportOf } from '../support/packageServers.ts';
import { HASH, TOKEN_KEY, VERSION, World } from './world.ts';

const ADDRESS = '10.1.0.10';

describe('reports of package servers', function () {
  // A SQL Server takes its time to make a database.
  this.timeout(180_000);
  forEachEngine((_engine, open) => {
    let cmdb: AnyCmdb;
    let world: World;
    let server: Guid;
    before(async () => (cmdb = await open()));
    after(() => cmdb.close());
    afterEach(() => World.clear(cmdb));
    beforeEach(async () => {
      world = await World.make(cmdb);
      server = await world.addServer(ADDRESS);
    });

    const holdings = () => cmdb.db.selectFrom('PackageHolding').selectAll().execute();
    const changes = async (): Promise<number> =>
      (await cmdb.db.selectFrom('ChangeLog').select('Id').where('Kind', '=', 'packageServer').execute()).length;
    const report = (packages = [held(world.package, VERSION, HASH)], more = {}) =>
      takeReport(cmdb, world.clock, server, reportOf(ADDRESS, packages, more));

    it('are written, and only what is different is told to others', async () => {
      const [row] = await holdings();
      expect(row).to.include({
        ResourceGuid: server,
        PackageGuid: world.package,
        HeldVersion: VERSION,
        State: 'ready',
      });
      const before = await changes();
      world.clock.pass(60_000);
      expect(await report()).to.include({ isNews: false, wantsPackages: false });
      expect(await changes()).to.equal(before);
      const { ReportedAt } = await cmdb.db.selectFrom('PackageServerReport').selectAll().executeTakeFirstOrThrow();
      expect(Date.parse(ReportedAt)).to.equal(world.clock.now());
      expect(await report([held(world.package, VERSION, HASH, { state: 'waiting', version: undefined })])).to.include({
        isNews: true,
      });
      expect(await changes()).to.equal(before + 1);
    });

    it('need not list packages whose digest is known, and are asked to when it is not', async () => {
      const { digest } = reportOf(ADDRESS, [held(world.package, VERSION, HASH)]);
      expect(await report(undefined, { packages: undefined, digest })).to.include({
        isNews: false,
        wantsPackages: false,
      });
      const other = { packages: undefined, digest: 'ff'.repeat(32) };
      expect(await report(undefined, other)).to.include({ isNews: false, wantsPackages: true });
      expect(await holdings()).to.have.lengthOf(1);
      await orderPackageServer(cmdb, world.clock, JANE, server, 'resync');
      expect(await report(undefined, { packages: undefined, digest })).to.include({ wantsPackages: true });
    });

    it('may tell only what has changed, on top of a list that is known', async () => {
      const other = await world.addPackage('Editor');
      const whole = [
        held(world.package, VERSION, HASH),
        held(other, VERSION, HASH, { state: 'downloading', version: undefined, doneBytes: 1, totalBytes: 9 }),
      ];
      await report(whole);
      await world.reload();
      const told = await changes();
      const { digest: base } = reportOf(ADDRESS, whole);
      const further = held(other, VERSION, HASH, {
        state: 'downloading',
        version: undefined,
        doneBytes: 5,
        totalBytes: 9,
      });
      const digest = 'd1'.repeat(32);
      const progress = (await report([further], { base, digest }))!;
      expect(progress).to.include({ isNews: true, isMoved: false, wantsPackages: false });
      expect(progress.changed.map(({ packageGuid, doneBytes }) => [packageGuid, doneBytes])).to.deep.equal([
        [other, 5],
      ]);
      // How far a download is, is told to no other node; the rest of the list is as it was.
      expect(await changes()).to.equal(told);
      expect(await holdings()).to.have.lengthOf(2);
      const holdingIn = (guid: Guid) => world.servers.holdingsOf(guid).byServer.get(server);
      await world.servers.applyHoldings(server, progress.changed, progress.gone);
      expect(holdingIn(other)).to.include({ doneBytes: 5 });
      const gone = (await report([], { base: digest, digest: 'd2'.repeat(32), gone: [other] }))!;
      expect(gone.gone).to.deep.equal([other]);
      await world.servers.applyHoldings(server, gone.changed, gone.gone);
      expect([holdingIn(other), holdingIn(world.package)?.state]).to.deep.equal([undefined, 'ready']);
      expect(await changes()).to.equal(told + 1);
      // On top of another list it is worth nothing: the whole one is asked for.
      expect(await report([further], { base, digest: 'd3'.repeat(32) })).to.include({
        isNews: false,
        wantsPackages: true,
      });
      expect(await holdings()).to.have.lengthOf(1);
    });

    it('forget what is not listed any more, and what is no package', async () => {
      await report([held(newGuid(), 5, HASH)]);
      expect(await holdings()).to.deep.equal([]);
    });

    it('of a computer that is no package server are not taken', async () => {
      expect(await takeReport(cmdb, world.clock, newGuid(), reportOf(ADDRESS, []))).to.equal(undefined);
      expect(await cmdb.db.selectFrom('PackageServerReport').select('ResourceGuid').execute()).to.have.lengthOf(1);
    });

    it('do not hide what a look has found, until the package is there anew', async () => {
      const wrong = { result: 'wrong' as const, reason: 'Other bytes.' };
      expect(await noteProbe(cmdb, world.clock, server, world.package, wrong)).to.equal(true);
      expect(await noteProbe(cmdb, world.clock, server, world.package, wrong)).to.equal(false);
      await report();
      await world.reload();
      const { candidates } = await world.choose('10.1.2.3');
      expect(candidates.find((candidate) => candidate.server?.guid === server)!.reason).to.include(
        'invalid: Other bytes.',
      );
      // What is damaged is found and mended without anybody's doing.
      expect(world.servers.get(server)!.record.settings.VerifyCount).to.equal(1);
      expect(await nextProbed(cmdb, server)).to.equal(world.package);
      await report([held(world.package, VERSION, HASH, { version: undefined, state: 'downloading' })]);
      await report();
      expect((await holdings())[0]!.ProbeProblem).to.equal('');
    });

    it('that stay away, or a look that reaches nobody, put a server among those in trouble', async () => {
      expect(await countServers(cmdb, world.clock)).to.deep.equal({ all: 1, troubled: 0 });
      await noteProbe(cmdb, world.clock, server, world.package, { result: 'unreachable', reason: 'nobody answers' });
      expect(await countServers(cmdb, world.clock)).to.deep.equal({ all: 1, troubled: 1 });
      await noteProbe(cmdb, world.clock, server, world.package, { result: 'good' });
      expect(await countServers(cmdb, world.clock)).to.deep.equal({ all: 1, troubled: 0 });
      world.clock.pass(SILENT_AFTER_MS + 1);
      expect(await countServers(cmdb, world.clock)).to.deep.equal({ all: 1, troubled: 1 });
    });

    it('show in the views for administrators’ reports', async () => {
      const rows = async (view: string) =>
        (await sql<Record<string, unknown>>`SELECT * FROM ${sql.table(view)}`.execute(cmdb.db)).rows;
      expect((await rows('SWDPackageServer')).map((row) => row.Status)).to.deep.equal(['Ready']);
      expect((await rows('vSiteServices')).map((row) => row.Service)).to.deep.equal(['Package Service']);
      await report([held(world.package, VERSION - 1, HASH)]);
      expect((await rows('SWDPackageServer')).map((row) => row.Status)).to.deep.equal(['Stale']);
    });

    it('go with the service, and packages and sites go with theirs', async () => {
      const { db } = cmdb;
      await expectFault(addPackageServer(cmdb, world.clock, JANE, server, {}), 'computer');
      await deleteSite(cmdb, world.clock, JANE, world.lyon);
      expect(await deletePackage(cmdb, world.clock, JANE, world.package)).to.equal(true);
      expect(await holdings()).to.deep.equal([]);
      const salt = () => db.selectFrom('PackageServer').select('KeySalt').executeTakeFirst();
      const before = await salt();
      expect(await removePackageServer(cmdb, world.clock, JANE, server)).to.equal(true);
      expect(await salt()).to.equal(undefined);
      await addPackageServer(cmdb, world.clock, JANE, server, {});
      // Tokens of before are worthless afterwards.
      expect((await salt())!.KeySalt).not.to.equal(before!.KeySalt);
      const audit = await db
        .selectFrom('AuditEntry')
        .select('Action')
        .where('ObjectKind', '=', 'packageServer')
        .orderBy('Id')
        .execute();
      expect(audit.map(({ Action }) => Action)).to.deep.equal(['create', 'delete', 'create']);
    });

    it('are answered with a policy that names what is to be held, and stays the same while that does', async () => {
      const policies = new PackageServerPolicies(world.servers, world.packages, {
        tokenKey: TOKEN_KEY,
        productVersion: '1',
      });
      const policy = policies.of(server)!;
      const read = readPackageServerPolicy(child(parseXml(policy.bytes.toString()), 'ClientPolicy')!);
      expect(read.wantedDigest).to.equal(policies.lists.digestOf(world.servers.get(server)!));
      expect(policies.of(newGuid())).to.equal(undefined);
      await world.packages.refresh(cmdb, world.package);
      expect(policies.of(server)).to.equal(policy);
      await world.publish(world.package, VERSION + 1, 'c3'.repeat(32));
      await world.packages.refresh(cmdb, world.package);
      expect(policies.of(server)!.hash).not.to.equal(policy.hash);
    });
  });
});

async function expectFault(promise: Promise<unknown>, field: string): Promise<void> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).to.be.instanceOf(InvalidInput);
  expect((error as InvalidInput).errors[0]!.field).to.equal(field);
}
