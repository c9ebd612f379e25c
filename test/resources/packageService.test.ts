/** What becomes of a package service when its computer is deleted, restored, purged or merged. */
import { expect } from 'chai';
import { AgentDirectory } from '../../models/agents/directory.ts';
import type { ChangeKind } from '../../models/changes/changeLog.ts';
import { readMigrations } from '../../models/cmdb/migrate.ts';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { allowSender } from '../../models/events/senderRights.ts';
import type { SourceLimits } from '../../models/packages/sources/source.ts';
import { addPackageServer, removePackageServer } from '../../models/packageServers/changePackageServers.ts';
import { changeDistribution } from '../../models/packageServers/distribution.ts';
import { PackageServerIndex } from '../../models/packageServers/packageServerIndex.ts';
import { SERVICE_TABLES } from '../../models/packageServers/serviceRows.ts';
import { deleteComputers } from '../../models/resources/deleteComputers.ts';
import { mergeComputers, type IdentityDeps } from '../../models/resources/merge.ts';
import { purgeComputers } from '../../models/resources/purge.ts';
import { restoreComputers } from '../../models/resources/recycleBin.ts';
import { createPackage } from '../../models/packages/createPackage.ts';
import { changeAssignments } from '../../models/sites/assignByHand.ts';
import { createSite, deleteSite } from '../../models/sites/changeSites.ts';
import { SiteIndex } from '../../models/sites/siteIndex.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { ADMIN, standingClock } from '../agents/support.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { fullComputer, newTarget } from './support.ts';

const NO_LIMITS = { roots: [] } as unknown as SourceLimits;

describe('the package service of a computer', () => {
  for (const engine of ['sqlite', 'mssql'] as const) {
    it(`has its rows in the tables that move and go with it, on ${engine}`, () => {
      const referring = readMigrations(engine)
        .flatMap(({ statements }) => statements)
        .filter((statement) => /FOREIGN KEY \(ResourceGuid\) REFERENCES PackageServer ?\(/.test(statement))
        .map((statement) => /CREATE TABLE (\w+)/.exec(statement)![1]!);
      expect(referring.sort()).to.deep.equal([...SERVICE_TABLES].sort());
    });
  }

  forEachEngine((_engine, open) => {
    let cmdb: AnyCmdb;
    let deps: IdentityDeps;
    let server: Guid;
    let other: Guid;
    let site: Guid;
    let sites: SiteIndex;
    const clock = standingClock();
    let number = 0;

    before(async () => {
      cmdb = await open();
      site = await createSite(cmdb, clock, ADMIN, { name: 'Berlin' });
    });
    after(() => cmdb.close());
    beforeEach(async () => {
      number++;
      const policy = newGuid();
      const targets = [await newTarget(cmdb, `list ${number}`)];
      server = await fullComputer(cmdb, { name: `PS-${number}`, policy, targets });
      other = await fullComputer(cmdb, { name: `WKS-${number}`, hours: 2, policy, targets });
      await addPackageServer(cmdb, clock, ADMIN, server, { sites: [site] });
      sites = await SiteIndex.load(cmdb);
      deps = { cmdb, clock, agents: await AgentDirectory.load(cmdb) };
    });

    const servicesOf = async (guid: Guid): Promise<Guid[]> => {
      const rows = await cmdb.db.selectFrom('PackageServer').select('ResourceGuid').where('ResourceGuid', '=', guid);
      return (await rows.execute()).map(({ ResourceGuid }) => ResourceGuid);
    };
    const sitesOf = (guid: Guid) =>
      cmdb.db.selectFrom('PackageServerSite').select('SiteGuid').where('ResourceGuid', '=', guid).execute();
    const timelineOf = async (guid: Guid): Promise<string[]> => {
      const rows = await cmdb.db.selectFrom('Timeline').select('Detail').where('ResourceGuid', '=', guid).execute();
      return rows.map(({ Detail }) => Detail);
    };
    /** What a node that follows the changes knows, from before them to after them. */
    const followed = async (change: () => Promise<unknown>): Promise<PackageServerIndex> => {
      const last = await cmdb.db
        .selectFrom('ChangeLog')
        .select((row) => row.fn.max('Id').as('id'))
        .executeTakeFirst();
      const index = await PackageServerIndex.load(cmdb, { clock, tokenKey: Buffer.alloc(32, 7), sites });
      await change();
      const changes = await cmdb.db
        .selectFrom('ChangeLog')
        .selectAll()
        .where('Id', '>', Number(last?.id ?? 0))
        .orderBy('Id')
        .execute();
      for (const { Id, Kind, ItemGuid } of changes) {
        const change = { Id, Kind: Kind as ChangeKind, ItemGuid };
        await sites.applyChange(cmdb, change);
        await index.applyChange(cmdb, change);
      }
      return index;
    };
    /** A package that goes to the server alone, and a computer that was given to it; sites are read as they are then. */
    const trusted = async (): Promise<{ packageGuid: Guid; computer: Guid }> => {
      const packageGuid = await createPackage(
        cmdb,
        clock,
        ADMIN,
        { name: `Viewer ${number}`, sourceKind: 'none' },
        NO_LIMITS,
      );
      await changeDistribution(cmdb, clock, ADMIN, packageGuid, { mode: 'servers', servers: [server] });
      const computer = await fullComputer(cmdb, { name: `LAB-${number}`, hours: 3, policy: newGuid(), targets: [] });
      const place = { kind: 'packageServer' as const, guid: server };
      await changeAssignments(cmdb, clock, ADMIN, place, { add: { computers: [computer] } });
      sites = await SiteIndex.load(cmdb);
      return { packageGuid, computer };
    };

    it('is not offered from the moment its computer is deleted, and again when it is restored', async () => {
      const without = await followed(() => deleteComputers(deps, ADMIN, [server], 'gone'));
      expect(without.get(server)).to.equal(undefined);
      const again = await followed(() => restoreComputers(deps, ADMIN, [server]));
      expect(again.get(server)?.name).to.equal(`PS-${number}`);
      expect(again.get(server)?.sites).to.deep.equal([site]);
    });

    it('goes for good with its computer', async () => {
      await deleteComputers(deps, ADMIN, [server], 'gone');
      expect(await purgeComputers(deps, ADMIN, [server])).to.equal(1);
      expect(await servicesOf(server)).to.deep.equal([]);
      expect(await sitesOf(server)).to.deep.equal([]);
    });

    it('goes on under the GUID that is left of two', async () => {
      const index = await followed(() => mergeComputers(deps, ADMIN, { winner: other, loser: server }));
      expect(index.get(server)).to.equal(undefined);
      expect(index.get(other)?.sites).to.deep.equal([site]);
      expect(await servicesOf(server)).to.deep.equal([]);
      expect((await timelineOf(other)).join('\n')).to.include(`The package service of PS-${number} goes on as that of`);
    });

    it('takes its packages and the computers that were given to it along, in memory as well', async () => {
      const { packageGuid, computer } = await trusted();
      const index = await followed(() => mergeComputers(deps, ADMIN, { winner: other, loser: server }));
      expect([...index.distributionOf(packageGuid).servers]).to.deep.equal([other]);
      expect(sites.placesOf(computer, []).servers).to.deep.equal([other]);
    });

    it('begins anew when it is given again: no node remembers what it was given before', async () => {
      const { packageGuid, computer } = await trusted();
      const index = await followed(async () => {
        await removePackageServer(cmdb, clock, ADMIN, server);
        await addPackageServer(cmdb, clock, ADMIN, server, {});
      });
      expect([...index.distributionOf(packageGuid).servers]).to.deep.equal([]);
      expect(sites.placesOf(computer, []).servers).to.deep.equal([]);
    });

    it('stands where its addresses are once the site that it was given is deleted, on every node', async () => {
      const closing = await createSite(cmdb, clock, ADMIN, { name: `Closing ${number}` });
      await addPackageServer(cmdb, clock, ADMIN, other, { sites: [closing] });
      const index = await followed(() => deleteSite(cmdb, clock, ADMIN, closing));
      expect(index.get(other)?.record.givenSites).to.deep.equal([]);
      expect(index.get(other)?.sites).to.deep.equal([]);
    });

    it('of two that have one, that of the winner stays', async () => {
      await addPackageServer(cmdb, clock, ADMIN, other, { sites: [] });
      await mergeComputers(deps, ADMIN, { winner: other, loser: server });
      expect(await servicesOf(other)).to.deep.equal([other]);
      expect(await sitesOf(other)).to.deep.equal([]);
      expect(await servicesOf(server)).to.deep.equal([]);
    });

    it('is a matter apart from the right to send for others, which ends with a merge and is told of', async () => {
      await cmdb.transaction((session) => allowSender(session, clock, ADMIN, server, 'imports'));
      await mergeComputers(deps, ADMIN, { winner: other, loser: server });
      const rights = await cmdb.db
        .selectFrom('EventSenderRight')
        .select('ResourceGuid')
        .where('ResourceGuid', 'in', [server, other])
        .execute();
      expect(rights).to.deep.equal([]);
      expect((await timelineOf(other)).join('\n')).to.include('to send data of other computers ended with the merge');
    });
  });
});
