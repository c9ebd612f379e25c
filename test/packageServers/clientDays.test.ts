import { expect } from 'chai';
import type { KyselyPlugin } from 'kysely';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { InvalidInput } from '../../models/fieldErrors.ts';
import {
  readPackageServerInput,
  removePackageServer,
  updatePackageServer,
} from '../../models/packageServers/changePackageServers.ts';
import { readClientDays, takeClientDays } from '../../models/packageServers/clientDays.ts';
import { PackageServerIndex } from '../../models/packageServers/packageServerIndex.ts';
import { takeReport } from '../../models/packageServers/takeReport.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { ALL_PACKAGES, readReport, writeReport, type ClientDay } from '../../wire/packageServer.ts';
import { JANE } from '../packages/support.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { held, reportOf } from '../support/packageServers.ts';
import { HASH, TOKEN_KEY, VERSION, World } from './world.ts';

const ADDRESS = '10.1.0.10';
const DAY = 86_400_000;
const SHARE = '\\\\ps1.example.com\\packages';

describe('days and shares of package servers', function () {
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

    const dayOf = (back = 0): string => new Date(world.clock.now() - back * DAY).toISOString().slice(0, 10);
    const day = (clients: number, more: Partial<ClientDay> = {}): ClientDay => ({
      packageGuid: world.package,
      day: dayOf(),
      clients,
      requests: clients * 3,
      bytes: clients * 5_000_000_000,
      ...more,
    });
    /** As it comes over the wire. */
    const report = (clientDays: ClientDay[], more = {}) => {
      const told = reportOf(ADDRESS, [held(world.package, VERSION, HASH)], { clientDays, ...more });
      return takeReport(cmdb, world.clock, server, readReport(writeReport(told)));
    };
    const days = (packageGuid: Guid, back = 30) =>
      readClientDays(cmdb, { server, packageGuid, sinceAt: new Date(world.clock.now() - back * DAY).toISOString() });

    it('are written, and written over when the day has grown', async () => {
      await report([day(2, { day: dayOf(1) }), day(7), day(7, { packageGuid: ALL_PACKAGES })]);
      await report([day(9)]);
      expect(
        (await days(world.package)).map(({ dayAt, clients, bytes }) => [dayAt.slice(0, 10), clients, bytes]),
      ).to.deep.equal([
        [dayOf(1), 2, 10_000_000_000],
        [dayOf(), 9, 45_000_000_000],
      ]);
      expect(await days(ALL_PACKAGES)).to.have.lengthOf(1);
      expect(await days(world.package, -1)).to.have.lengthOf(0);
      expect(await readClientDays(cmdb, { packageGuid: world.package, sinceAt: dayOf(30) })).to.have.lengthOf(2);
    });

    it('are written by a few statements, however many they are', async () => {
      let statements = 0;
      const plugin: KyselyPlugin = {
        transformQuery: ({ node }) => node,
        transformResult: ({ result }) => {
          statements++;
          return Promise.resolve(result);
        },
      };
      const packages = [world.package];
      for (let number = 0; number < 30; number++) packages.push(await world.addPackage(`P${number}`));
      const told = packages.flatMap((packageGuid) =>
        Array.from({ length: 30 }, (_, back) => day(back, { packageGuid, day: dayOf(back) })),
      );
      const take = (all: ClientDay[]) =>
        cmdb.transaction((session) =>
          takeClientDays({ ...session, db: session.db.withPlugin(plugin) }, server, all, world.clock.now()),
        );
      await take(told.slice(0, 600));
      await take(told.map((one) => ({ ...one, clients: one.clients + 1 })));
      expect(statements).to.be.at.most(8);
      const rows = await cmdb.db.selectFrom('PackageClientDay').selectAll().execute();
      expect(rows).to.have.lengthOf(930);
      for (const { DayAt, ClientCount, RequestCount, SentBytes } of rows) {
        const back = (Date.parse(dayOf()) - Date.parse(DayAt)) / DAY;
        expect([ClientCount, Number(RequestCount), Number(SentBytes)]).to.deep.equal([
          back + 1,
          back * 3,
          back * 5_000_000_000,
        ]);
      }
    });

    it('are taken as told last when a report tells of a day twice', async () => {
      await report([day(1), day(5), day(3)]);
      expect((await days(world.package)).map(({ clients }) => clients)).to.deep.equal([3]);
    });

    it('are not believed of a clock that is far off, and go with the package service', async () => {
      await report([day(1, { day: '1999-01-01' }), day(1, { day: dayOf(-5) }), day(1)]);
      expect(await cmdb.db.selectFrom('PackageClientDay').selectAll().execute()).to.have.lengthOf(1);
      expect(await removePackageServer(cmdb, world.clock, JANE, server)).to.equal(true);
      expect(await cmdb.db.selectFrom('PackageClientDay').selectAll().execute()).to.deep.equal([]);
    });

    it('are not written of packages that are not there: made-up GUIDs would fill the CMDB', async () => {
      await report([...Array.from({ length: 200 }, () => day(1, { packageGuid: newGuid() })), day(2)]);
      const rows = await cmdb.db.selectFrom('PackageClientDay').selectAll().execute();
      expect(rows.map(({ PackageGuid }) => PackageGuid)).to.deep.equal([world.package]);
    });

    it('name a share that agents are sent to, while it is published', async () => {
      const { clock } = world;
      expect(await report([], { uncPath: SHARE })).to.include({ isMoved: true });
      const sites = { siteOf: () => ({ address: ADDRESS, site: undefined, subnet: undefined, reason: '' }) };
      const index = await PackageServerIndex.load(cmdb, { clock, tokenKey: TOKEN_KEY, sites } as never);
      expect(index.get(server)!.unc).to.equal(SHARE);
      const input = (await readPackageServerInput(cmdb, server))!;
      await updatePackageServer(cmdb, clock, JANE, server, { ...input, inherited: [], publishUnc: false });
      await index.refreshServer(cmdb, server);
      expect(index.get(server)!.unc).to.equal('');
      const nothing = { ...input, inherited: [], publishUnc: false, publishHttp: false, publishHttps: false };
      const error = await updatePackageServer(cmdb, clock, JANE, server, nothing).catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(InvalidInput);
      expect(await readPackageServerInput(cmdb, server)).to.include({ publishHttps: true, publishUnc: false });
    });

    it('take no path that is no share', () => {
      const told = reportOf(ADDRESS, [], {});
      for (const uncPath of ['C:\\x', '\\\\ps1', '\\\\ps1\\a\\..\\..\\b', 'http://ps1/x', '\\\\ps1\\a<b'])
        expect(() => readReport(writeReport({ ...told, uncPath })), uncPath).to.throw('not the path of a share');
    });
  });
});
