import { expect } from 'chai';
import fc from 'fast-check';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { deleteSite, updateSite } from '../../models/sites/changeSites.ts';
import { assignSubnets, createSubnet, deleteSubnets } from '../../models/sites/changeSubnets.ts';
import { changeAssignments } from '../../models/sites/assignByHand.ts';
import { assignComputers } from '../../models/sites/assignComputers.ts';
import { isWithoutEffect, previewChange, type SiteChange } from '../../models/sites/previewChange.ts';
import { allTo } from '../../models/sites/proposedSubnets.ts';
import type { Guid } from '../../wire/guid.ts';
import { PUBLIC_URL, World } from '../packageServers/world.ts';
import { addComputers, JANE } from '../policies/support.ts';
import { forEachEngine } from '../support/cmdb.ts';

describe('the preview of a change', () => {
  forEachEngine((engine, open) => {
    let cmdb: AnyCmdb;
    let world: World;
    before(async () => (cmdb = await open()));
    after(() => cmdb.close());
    beforeEach(async () => (world = await World.make(cmdb)));
    afterEach(async () => {
      await cmdb.db.deleteFrom('SiteTarget').execute();
      await World.clear(cmdb);
      await cmdb.db.updateTable('Computer').set({ IpAddress: '' }).execute();
    });

    const preview = (change: SiteChange) =>
      previewChange(
        cmdb,
        {
          placement: world.servers.placement,
          sites: world.sites,
          distributionOf: (guid) => world.servers.distributionOf(guid),
          holdingsOf: (guid) => world.servers.holdingsOf(guid),
          packages: [...world.packages.all()],
          own: { https: PUBLIC_URL, http: undefined },
        },
        change,
      );
    const computersAt = async (...addresses: string[]): Promise<Guid[]> => {
      const guids = await addComputers(cmdb, addresses.length);
      for (const [index, IpAddress] of addresses.entries())
        await cmdb.db.updateTable('Computer').set({ IpAddress }).where('ResourceGuid', '=', guids[index]!).execute();
      return guids;
    };
    const written = async () => [
      await cmdb.db.selectFrom('Subnet').selectAll().orderBy('Network').execute(),
      (await cmdb.db.selectFrom('AuditEntry').select('Id').execute()).length,
      (await cmdb.db.selectFrom('ChangeLog').select('Id').execute()).length,
      await sitesOf(),
    ];
    /** Names of the sites of all computers as they are stored. */
    const sitesOf = async (): Promise<Map<Guid, string | null>> => {
      const rows = await cmdb.db
        .selectFrom('Computer as c')
        .leftJoin('Item as i', 'i.Guid', 'c.SiteGuid')
        .select(['c.ResourceGuid', 'i.Name'])
        .execute();
      return new Map(rows.map(({ ResourceGuid, Name }) => [ResourceGuid, Name]));
    };

    it('says who moves, who gains load, and what has to be copied, and writes nothing', async () => {
      const berlin = await world.addServer('10.1.0.2', { sites: [world.berlin] });
      const lyon = await world.addServer('10.2.0.2', { sites: [world.lyon] });
      await computersAt('10.1.0.10', '10.1.0.11', '10.2.0.10', '10.3.0.10');
      await assignComputers(cmdb);
      const before = await written();
      const found = await preview({ subnets: await allTo(cmdb, ['10.1.0.0/16'], world.lyon) });
      expect(found.moves).to.deep.equal([{ from: 'Berlin', to: 'Lyon', computers: 2 }]);
      expect(found.first.map(({ address }) => address).sort()).to.deep.equal(['10.1.0.10', '10.1.0.11']);
      const loads = found.loads.map((load) => [load.guid, load.before, load.after, load.bytes]);
      // Berlin's server stands in the subnet that moves: it goes on serving as a neighbour.
      expect(loads).to.deep.include([lyon, 1, 3, 0]);
      expect(loads.map(([guid]) => guid)).not.to.include(berlin);
      expect(await written()).to.deep.equal(before);
    });

    it('counts the packages that a server would have to fetch, and not those that it holds', async () => {
      const server = await world.addServer('10.3.0.2');
      const other = await world.addPackage('Editor');
      const distribution = { mode: 'sites', servers: new Set<Guid>(), sites: new Set([world.lyon]) } as const;
      await world.reload();
      const found = await previewChange(
        cmdb,
        {
          placement: world.servers.placement,
          sites: world.sites,
          distributionOf: () => distribution,
          holdingsOf: (guid) => world.servers.holdingsOf(guid),
          packages: [...world.packages.all()],
          own: { https: PUBLIC_URL, http: undefined },
        },
        { subnets: await allTo(cmdb, ['10.3.0.0/16'], world.lyon) },
      );
      const load = found.loads.find(({ guid }) => guid === server)!;
      expect(load).to.include({ bytes: 5000, drops: 0 });
      expect(load.fetches.map(({ guid }) => guid)).to.deep.equal([other]);
      expect([load.sitesBefore, load.sitesAfter]).to.deep.equal([[], ['Lyon']]);
      expect(found.bytes).to.equal(5000);
    });

    it('tells who is left without a source, and where a new fallback leads', async () => {
      await computersAt('10.1.0.10', '10.1.0.11');
      const rule = { guid: world.berlin, name: 'Berlin', fallback: 'none', fallbackSite: null, fallbackMinutes: 0 };
      const none = await preview({ rules: [rule] });
      expect(none.losses).to.deep.equal(['Berlin: no source for any package']);
      // Computers of other tests are there as well, outside of every site.
      expect(none.loads.map(({ name, before, after }) => [name, after - before])).to.deep.equal([
        ['Notification Server', -2],
      ]);
      const lyon = await world.addServer('10.2.0.2', { sites: [world.lyon] });
      const far = await preview({ rules: [{ ...rule, fallback: 'site', fallbackSite: world.lyon }] });
      expect(far.losses).to.deep.equal([]);
      expect(far.loads.map(({ guid, before, after }) => [guid, after - before])).to.deep.equal([
        [lyon, 2],
        [null, -2],
      ]);
    });

    it('is quiet about what nobody notices', async () => {
      await computersAt('10.1.0.10');
      expect(isWithoutEffect(await preview({ subnets: await allTo(cmdb, ['10.9.0.0/16'], world.lyon) }))).to.equal(
        true,
      );
      expect(isWithoutEffect(await preview({ subnets: await allTo(cmdb, ['10.1.0.0/16'], 'gone') }))).to.equal(false);
    });

    it('is another one as soon as there is more to it', async () => {
      await computersAt('10.1.0.10');
      const change = { subnets: await allTo(cmdb, ['10.1.0.0/16'], world.lyon) };
      const first = await preview(change);
      expect((await preview(change)).seen).to.equal(first.seen);
      await computersAt('10.1.0.11');
      expect((await preview(change)).seen).not.to.equal(first.seen);
    });

    it('knows that computers given by hand stay, and where they go when their site does', async () => {
      const [pc] = await computersAt('10.1.0.10');
      await changeAssignments(
        cmdb,
        world.clock,
        JANE,
        { kind: 'site', guid: world.lyon },
        { add: { computers: [pc!] } },
      );
      await world.reload();
      expect((await preview({ subnets: await allTo(cmdb, ['10.1.0.0/16'], 'gone') })).computers).to.equal(0);
      const gone = await preview({ goneSites: [world.lyon] });
      expect(gone.moves).to.deep.equal([{ from: 'Lyon', to: 'Berlin', computers: 1 }]);
      await deleteSite(cmdb, world.clock, JANE, world.lyon);
      expect((await sitesOf()).get(pc!)).to.equal('Berlin');
    });

    it('is what really happens', async function () {
      this.timeout(120_000);
      const texts = [
        '10.0.0.0/8',
        '10.1.0.0/16',
        '10.1.2.0/24',
        '10.2.0.0/16',
        '10.3.0.0/16',
        '0.0.0.0/0',
        '10.2.128.0/17',
      ];
      const address = fc
        .tuple(fc.constantFrom(1, 2, 3, 4), fc.constantFrom(0, 2, 200), fc.integer({ min: 1, max: 3 }))
        .map(([b, c, d]) => `10.${b}.${c}.${d}`);
      const step = fc.record({
        kind: fc.constantFrom('put', 'drop', 'site', 'rule'),
        text: fc.constantFrom(...texts),
        site: fc.constantFrom('berlin', 'lyon', 'none'),
      });
      const tryOnce = async (addresses: string[], steps: { kind: string; text: string; site: string }[]) => {
        await computersAt(...addresses);
        await assignComputers(cmdb);
        for (const { kind, text, site } of steps) {
          const siteGuid = site === 'none' ? null : site === 'lyon' ? world.lyon : world.berlin;
          const before = await sitesOf();
          const [change, apply] = await changeOf(kind, text, siteGuid);
          const found = await preview(change);
          await apply();
          await world.reload();
          const after = await sitesOf();
          const moves = new Map<string, number>();
          for (const [guid, from] of before) {
            const to = after.get(guid) ?? null;
            if (from !== to) moves.set(`${from} > ${to}`, (moves.get(`${from} > ${to}`) ?? 0) + 1);
          }
          expect(
            Object.fromEntries(found.moves.map(({ from, to, computers }) => [`${from} > ${to}`, computers])),
            `${kind} ${text} ${site}`,
          ).to.deep.equal(Object.fromEntries(moves));
          if (!(await exists(world.lyon)) || !(await exists(world.berlin))) return;
        }
      };
      const exists = async (guid: Guid) =>
        (await cmdb.db.selectFrom('Site').select('Guid').where('Guid', '=', guid).executeTakeFirst()) !== undefined;
      const changeOf = async (
        kind: string,
        text: string,
        site: Guid | null,
      ): Promise<[SiteChange, () => Promise<unknown>]> => {
        const [network, prefix] = text.split('/') as [string, string];
        const known = await cmdb.db
          .selectFrom('Subnet')
          .select('Guid')
          .where('Network', '=', network)
          .where('PrefixLength', '=', Number(prefix))
          .executeTakeFirst();
        if (kind === 'drop') {
          const guids = known === undefined ? [] : [known.Guid];
          return [
            { subnets: await allTo(cmdb, known === undefined ? [] : [text], 'gone') },
            () => deleteSubnets(cmdb, world.clock, JANE, guids),
          ];
        }
        if (kind === 'site' && site !== null)
          return [{ goneSites: [site] }, () => deleteSite(cmdb, world.clock, JANE, site)];
        if (kind === 'rule' && site !== null) {
          const fields = { name: site === world.lyon ? 'Lyon' : 'Berlin', fallback: 'none' };
          const rule = { guid: site, name: fields.name, fallback: 'none', fallbackSite: null, fallbackMinutes: 0 };
          return [{ rules: [rule] }, () => updateSite(cmdb, world.clock, JANE, site, fields)];
        }
        return [
          { subnets: await allTo(cmdb, [text], site) },
          () =>
            known === undefined
              ? createSubnet(cmdb, world.clock, JANE, { subnet: text, siteGuid: site })
              : assignSubnets(cmdb, world.clock, JANE, [known.Guid], site),
        ];
      };
      await fc.assert(
        fc.asyncProperty(
          fc.array(address, { minLength: 1, maxLength: 8 }),
          fc.array(step, { minLength: 1, maxLength: 4 }),
          async (addresses, steps) => {
            await World.clear(cmdb);
            await cmdb.db.updateTable('Computer').set({ IpAddress: '' }).execute();
            world = await World.make(cmdb);
            await tryOnce(addresses, steps);
          },
        ),
        { numRuns: engine === 'sqlite' ? 40 : 5 },
      );
    });
  });
});
