import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { sql } from 'kysely';
import ipaddr from 'ipaddr.js';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import type { SqliteCmdb } from '../../models/cmdb/sqlite.ts';
import { readSettings } from '../../models/policies/settings.ts';
import { SeedRefused, seedCmdb, type SeedOptions } from '../../models/seed/seed.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { DATA_CLASS } from '../../wire/wellKnown.ts';

const clock = { now: () => Date.parse('2030-01-15T10:00:00.000Z') };
const actor = { name: 'test', address: '' };
const small: SeedOptions = {
  computers: 120,
  packages: 12,
  policies: 9,
  sites: 4,
  events: 200,
  seed: '7',
  force: false,
};

async function count(cmdb: AnyCmdb, table: string, where = '1 = 1'): Promise<number> {
  const { rows } = await sql<{
    n: number;
  }>`SELECT COUNT(*) AS n FROM ${sql.ref(table)} WHERE ${sql.raw(where)}`.execute(cmdb.db);
  return Number(rows[0]!.n);
}

describe('a seeded company', () => {
  forEachEngine((engine, open) => {
    let cmdb: AnyCmdb;
    beforeEach(async () => {
      cmdb = await open();
    });
    afterEach(() => cmdb.close());

    it('has the computers, packages, policies and sites that were asked for', async () => {
      const result = await seedCmdb(cmdb, clock, actor, small);
      expect(result).to.include({ computers: 120, packages: 12, policies: 9, sites: 4 });
      expect(await count(cmdb, 'Computer')).to.equal(120);
      expect(await count(cmdb, 'Package')).to.equal(12);
      expect(await count(cmdb, 'Policy', "Kind = 'softwareDelivery'")).to.equal(9);
      expect(await count(cmdb, 'Site', 'IsInternet = 0')).to.equal(4);
      expect(await count(cmdb, 'Delivery'))
        .to.equal(result.deliveries)
        .and.be.greaterThan(100);
    });

    it('shows in the views that reports read', async () => {
      await seedCmdb(cmdb, clock, actor, small);
      expect(await count(cmdb, 'vComputer')).to.equal(120);
      expect(await count(cmdb, 'Inv_AeX_AC_Identification')).to.equal(120);
      // Nine classes each; services of Windows and usage by people come on top.
      const [services, used] = [
        await count(cmdb, 'ResourceUpdate', `InventoryClassGuid = '${DATA_CLASS.ntServices}'`),
        await count(cmdb, 'Inv_AeX_AC_Machine_Usage'),
      ];
      expect(await count(cmdb, 'Inv_AeX_AC_NT_Services')).to.equal(4 * services);
      expect(used).to.be.within(1, 120);
      expect(await count(cmdb, 'ClientLogOn')).to.equal(4 * used);
      expect(await count(cmdb, 'ResourceUpdateSummary')).to.equal(9 * 120 + services + used);
      expect(await count(cmdb, 'SWDPackage')).to.equal(12);
      expect(await count(cmdb, 'Evt_AeX_SWD_Execution')).to.be.greaterThan(50);
      expect(await count(cmdb, 'CollectionMembership')).to.be.greaterThan(120);
    });

    it('has every computer allowed, without a key, and a few requests to decide', async () => {
      await seedCmdb(cmdb, clock, actor, small);
      expect(await count(cmdb, 'AgentRegistration', "State = 'allowed' AND KeyHash = ''")).to.equal(120);
      expect(await count(cmdb, 'AgentRegistration', "State = 'pending'")).to.be.greaterThan(1);
      expect(await count(cmdb, 'AgentRegistration', "State = 'blocked'")).to.be.greaterThan(0);
      expect(await count(cmdb, 'AgentRegistration', 'DuplicateOfGuid IS NOT NULL')).to.be.greaterThan(0);
    });

    it('has a past: changes of inventory that end in what the computers say now, and primary users', async () => {
      await seedCmdb(cmdb, clock, actor, small);
      expect(await count(cmdb, 'InventoryHistory')).to.be.greaterThan(40);
      const [row] = await cmdb.db
        .selectFrom('InventoryHistory')
        .select(['ResourceGuid', 'Change'])
        .where('InventoryClassGuid', '=', DATA_CLASS.tcpip)
        .execute();
      const { changed } = JSON.parse(row!.Change) as { changed: { after: Record<string, string> }[] };
      const now = await cmdb.db
        .selectFrom('Computer')
        .select('IpAddress')
        .where('ResourceGuid', '=', row!.ResourceGuid)
        .executeTakeFirstOrThrow();
      expect(changed[0]!.after).to.deep.equal({ 'IP Address': now.IpAddress });
      const users = await count(cmdb, 'vUser');
      expect(users).to.be.within(10, 120);
      expect(await count(cmdb, 'ResourceAssociation')).to.be.within(users, 120);
    });

    it('puts every computer into a subnet of its site', async () => {
      await seedCmdb(cmdb, clock, actor, small);
      const subnets = await cmdb.db.selectFrom('Subnet').select(['Network', 'PrefixLength', 'SiteGuid']).execute();
      const computers = await cmdb.db.selectFrom('Computer').select(['IpAddress', 'SiteGuid']).execute();
      for (const computer of computers) {
        const found = subnets.filter(({ Network, PrefixLength }) => {
          const address = ipaddr.parse(computer.IpAddress);
          const network = ipaddr.parse(Network);
          return address.kind() === network.kind() && address.match(network as ipaddr.IPv4, PrefixLength);
        });
        expect(found.map((subnet) => subnet.SiteGuid)).to.deep.equal([computer.SiteGuid]);
      }
    });

    it('gives policies settings that the product itself reads', async () => {
      await seedCmdb(cmdb, clock, actor, small);
      const rows = await cmdb.db
        .selectFrom('Policy')
        .select('Settings')
        .where('Kind', '=', 'softwareDelivery')
        .execute();
      const settings = rows.map((row) => readSettings('softwareDelivery', row.Settings));
      expect(settings.some((one) => one.runAsSoonAsPossible)).to.equal(true);
      expect(settings.some((one) => one.schedule.triggers.length === 1)).to.equal(true);
    });

    it('is the same company for the same seed, and another one for another', async () => {
      const other = await open();
      const third = await open();
      try {
        await seedCmdb(cmdb, clock, actor, small);
        await seedCmdb(other, clock, actor, small);
        await seedCmdb(third, clock, actor, { ...small, seed: '8' });
        const computers = (from: AnyCmdb) => from.db.selectFrom('Computer').selectAll().orderBy('Name').execute();
        const deliveries = (from: AnyCmdb) =>
          from.db.selectFrom('Delivery').selectAll().orderBy('PolicyGuid').orderBy('ResourceGuid').execute();
        expect(await computers(other)).to.deep.equal(await computers(cmdb));
        expect(await deliveries(other)).to.deep.equal(await deliveries(cmdb));
        expect(await computers(third)).not.to.deep.equal(await computers(cmdb));
      } finally {
        await other.close();
        await third.close();
      }
    });

    it('is refused where computers are, and nothing is written', async () => {
      await seedCmdb(cmdb, clock, actor, { ...small, computers: 3 });
      const before = [await count(cmdb, 'Item'), await count(cmdb, 'Resource'), await count(cmdb, 'AuditEntry')];
      const error = await seedCmdb(cmdb, clock, actor, small).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(SeedRefused).with.property('message').that.includes('--force');
      expect([await count(cmdb, 'Item'), await count(cmdb, 'Resource'), await count(cmdb, 'AuditEntry')]).to.deep.equal(
        before,
      );
    });

    it('grows by force: new names, networks and GUIDs go on behind the old ones', async () => {
      await seedCmdb(cmdb, clock, actor, small);
      await seedCmdb(cmdb, clock, actor, { ...small, force: true });
      expect(await count(cmdb, 'Computer')).to.equal(240);
      expect(await count(cmdb, 'Site', 'IsInternet = 0')).to.equal(8);
      const { rows } = await sql<{ n: number }>`SELECT COUNT(DISTINCT Name) AS n FROM Computer`.execute(cmdb.db);
      expect(Number(rows[0]!.n)).to.equal(240);
    });

    it('is refused when its sites cannot hold it', async () => {
      const crowded = { ...small, computers: 70_000, sites: 1 };
      const error = await seedCmdb(cmdb, clock, actor, crowded).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(SeedRefused);
      expect(await count(cmdb, 'Site', 'IsInternet = 0')).to.equal(0);
    });

    it('leaves one entry in the audit log and a change for running servers', async () => {
      await seedCmdb(cmdb, clock, actor, small);
      expect(await count(cmdb, 'AuditEntry', "Action = 'seed' AND Actor = 'test'")).to.equal(1);
      expect(await count(cmdb, 'ChangeLog', "Kind = 'policy' AND ItemGuid IS NULL")).to.equal(1);
    });

    if (engine === 'sqlite') {
      it('breaks no foreign key', async () => {
        await seedCmdb(cmdb, clock, actor, small);
        expect((cmdb as SqliteCmdb).writer.prepare('PRAGMA foreign_key_check').all()).to.deep.equal([]);
      });

      it('fits the column widths of SQL Server', async () => {
        await seedCmdb(cmdb, clock, actor, small);
        const schema = readFileSync(new URL('../../sql/migrations/mssql/0001_schema.sql', import.meta.url), 'utf8');
        let checked = 0;
        for (const [, table, body] of schema.matchAll(/CREATE TABLE (\w+) \(([\s\S]*?)\n\);/g)) {
          for (const [, column, width] of body!.matchAll(/^ {2}\[?([^\]\n]+?)\]? nvarchar\((\d+)\)/gm)) {
            expect(await count(cmdb, table!, `length("${column}") > ${width}`), `${table}.${column}`).to.equal(0);
            checked++;
          }
        }
        expect(checked).to.be.greaterThan(100);
      });
    }
  });
});
