/** What becomes of a package service when its computer is deleted, restored, purged or merged. */
import { expect } from 'chai';
import { AgentDirectory } from '../../models/agents/directory.ts';
import type { ChangeKind } from '../../models/changes/changeLog.ts';
import { readMigrations } from '../../models/cmdb/migrate.ts';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { allowSender } from '../../models/events/senderRights.ts';
import { addPackageServer } from '../../models/packageServers/changePackageServers.ts';
import { PackageServerIndex } from '../../models/packageServers/packageServerIndex.ts';
import { SERVICE_TABLES } from '../../models/packageServers/serviceRows.ts';
import { deleteComputers } from '../../models/resources/deleteComputers.ts';
import { mergeComputers, type IdentityDeps } from '../../models/resources/merge.ts';
import { purgeComputers } from '../../models/resources/purge.ts';
import { restoreComputers } from '../../models/resources/recycleBin.ts';
import { createSite } from '../../models/sites/changeSites.ts';
import { SiteIndex } from '../../models/sites/siteIndex.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { ADMIN, standingClock } from '../agents/support.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { fullComputer, newTarget } from './support.ts';

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
      for (const { Id, Kind, ItemGuid } of changes)
        await index.applyChange(cmdb, { Id, Kind: Kind as ChangeKind, ItemGuid });
      return index;
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
