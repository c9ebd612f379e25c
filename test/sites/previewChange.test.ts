import { expect } from 'chai';
import fc from 'fast-check';
import { updateMany } from '../../models/cmdb/bulk.ts';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { deleteSite, updateSite } from '../../models/sites/changeSites.ts';
import { assignSubnets, createSubnet, deleteSubnets } from '../../models/sites/changeSubnets.ts';
import { assignmentsAfter, changeAssignments } from '../../models/sites/assignByHand.ts';
import { assignComputers } from '../../models/sites/assignComputers.ts';
import { isWithoutEffect, MOST_NAMED, previewChange, type SiteChange } from '../../models/sites/previewChange.ts';
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

    const preview = (change: SiteChange, distributionOf = (guid: Guid) => world.servers.distributionOf(guid)) =>
      previewChange(
        cmdb,
        {
          placement: world.servers.placement,
          sites: world.sites,
          distributionOf,
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
    const countComputers = async (): Promise<number> =>
      (await cmdb.db.selectFrom('Computer').select('ResourceGuid').execute()).length;
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

    it('counts computers of one address apart when one of them was given away by hand', async () => {
      const [given, other] = await computersAt('10.1.0.10', '10.1.0.10');
      const place = { kind: 'site', guid: world.lyon } as const;
      await changeAssignments(cmdb, world.clock, JANE, place, { add: { computers: [given!] } });
      await world.reload();
      const found = await preview({ subnets: await allTo(cmdb, ['10.1.0.0/16'], 'gone') });
      expect(found.moves).to.deep.equal([{ from: 'Berlin', to: null, computers: 1 }]);
      expect(found.first.map(({ guid }) => guid)).to.deep.equal([other]);
      const back = await assignmentsAfter(cmdb, world.clock, JANE, place, { remove: { computers: [given!] } });
      expect((await preview({ assignments: back! })).moves).to.deep.equal([
        { from: 'Lyon', to: 'Berlin', computers: 1 },
      ]);
    });

    it('knows that all computers were given to a site', async () => {
      await computersAt('10.1.0.10', '10.9.0.10');
      const everybody = await countComputers();
      const all = await cmdb.db.selectFrom('Target').select('Guid').where('Kind', '=', 'all').executeTakeFirstOrThrow();
      const place = { kind: 'site', guid: world.lyon } as const;
      const given = await assignmentsAfter(cmdb, world.clock, JANE, place, { add: { targets: [all.Guid] } });
      expect((await preview({ assignments: given! })).moves).to.deep.equal([
        { from: null, to: 'Lyon', computers: everybody - 1 },
        { from: 'Berlin', to: 'Lyon', computers: 1 },
      ]);
      await changeAssignments(cmdb, world.clock, JANE, place, { add: { targets: [all.Guid] } });
      await world.reload();
      expect((await preview({ subnets: await allTo(cmdb, ['10.1.0.0/16'], 'gone') })).computers).to.equal(0);
      expect((await preview({ goneSites: [world.lyon] })).moves).to.deep.equal([
        { from: 'Lyon', to: null, computers: everybody - 1 },
        { from: 'Lyon', to: 'Berlin', computers: 1 },
      ]);
    });

    it('says which packages a server need not hold any more', async () => {
      const server = await world.addServer('10.2.0.2');
      const editor = await world.addPackage('Editor');
      const both = await world.addPackage('Both');
      await world.reload();
      const sitesOf = (guid: Guid): Guid[] =>
        guid === editor ? [world.lyon] : guid === both ? [world.lyon, world.berlin] : [];
      const distributionOf = (guid: Guid) => {
        const mode = guid === world.package ? ('all' as const) : ('sites' as const);
        return { mode, servers: new Set<Guid>(), sites: new Set(sitesOf(guid)) };
      };
      const loads = async (siteGuid: Guid | null) => {
        const change = { subnets: await allTo(cmdb, ['10.2.0.0/16'], siteGuid) };
        const load = (await preview(change, distributionOf)).loads.find(({ guid }) => guid === server);
        return load && [load.drops, load.fetches.map(({ guid }) => guid)];
      };
      expect(await loads(world.berlin)).to.deep.equal([1, []]);
      expect(await loads(null)).to.deep.equal([2, []]);
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
      const tryOnce = async (
        addresses: string[],
        given: boolean[],
        steps: { kind: string; text: string; site: string }[],
      ) => {
        const computers = await computersAt(...addresses);
        await assignComputers(cmdb);
        const place = { kind: 'site', guid: world.lyon } as const;
        const add = { computers: computers.filter((_, index) => given[index] === true) };
        await changeAssignments(cmdb, world.clock, JANE, place, { add });
        await world.reload();
        for (const { kind, text, site } of steps) {
          const siteGuid = site === 'none' ? null : site === 'lyon' ? world.lyon : world.berlin;
          const before = await sitesOf();
          const [change, apply] = await changeOf(kind, text, siteGuid);
          const found = await preview(change);
          await apply();
          await world.reload();
          const after = await sitesOf();
          const moves = new Map<string, number>();
          const moved: Guid[] = [];
          for (const [guid, from] of before) {
            const to = after.get(guid) ?? null;
            if (from === to) continue;
            moved.push(guid);
            moves.set(`${from} > ${to}`, (moves.get(`${from} > ${to}`) ?? 0) + 1);
          }
          expect(found.first.map(({ guid }) => guid)).to.have.members(moved);
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
          fc.array(fc.boolean(), { maxLength: 4 }),
          fc.array(step, { minLength: 1, maxLength: 4 }),
          async (addresses, given, steps) => {
            await World.clear(cmdb);
            await cmdb.db.updateTable('Computer').set({ IpAddress: '' }).execute();
            world = await World.make(cmdb);
            await tryOnce(addresses, given, steps);
          },
        ),
        { numRuns: engine === 'sqlite' ? 40 : 5 },
      );
    });

    it('names the first fifty, also of more addresses than the database is asked for at once', async () => {
      const guids = await addComputers(cmdb, 1100);
      const addresses = guids.map((guid, index) => [guid, `10.1.${index >> 8}.${index & 255}`] as const);
      await updateMany(cmdb, 'Computer', ['ResourceGuid', 'IpAddress'], 1, addresses);
      const rows = await cmdb.db
        .selectFrom('Computer')
        .select('ResourceGuid')
        .where('IpAddress', '<>', '')
        .orderBy('Name')
        .orderBy('ResourceGuid')
        .execute();
      const names = rows.map(({ ResourceGuid }) => ResourceGuid);
      const found = await preview({ subnets: await allTo(cmdb, ['10.1.0.0/16'], 'gone') });
      expect(found.moves).to.deep.equal([{ from: 'Berlin', to: null, computers: 1100 }]);
      expect(found.first.map(({ guid }) => guid)).to.deep.equal(names.slice(0, MOST_NAMED));
      const fewer = await preview({ subnets: await allTo(cmdb, ['10.1.0.0/24'], null) });
      const narrow = new Map(addresses.filter(([, address]) => address.startsWith('10.1.0.')));
      expect(fewer.computers).to.equal(256);
      expect(fewer.first.map(({ guid }) => guid)).to.deep.equal(
        names.filter((guid) => narrow.has(guid)).slice(0, MOST_NAMED),
      );
    });
  });
});
