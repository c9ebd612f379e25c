import { expect } from 'chai';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { utc } from '../../models/clock.ts';
import { takeClientDays } from '../../models/packageServers/clientDays.ts';
import { SILENT_AFTER_MS } from '../../models/packageServers/packageServerIndex.ts';
import { updateSite } from '../../models/sites/changeSites.ts';
import { readSiteMap, type MapSite } from '../../models/sites/siteMap.ts';
import { COLUMNS, drawMap } from '../../routes/console/packageServers/mapDrawing.ts';
import { newGuid } from '../../wire/guid.ts';
import { ALL_PACKAGES } from '../../wire/packageServer.ts';
import { JANE } from '../packages/support.ts';
import { addComputers } from '../policies/support.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { held } from '../support/packageServers.ts';
import { HASH, VERSION, World } from './world.ts';

describe('the map of sites', function () {
  this.timeout(180_000);
  forEachEngine((_engine, open) => {
    let cmdb: AnyCmdb;
    let world: World;
    before(async () => (cmdb = await open()));
    after(() => cmdb.close());
    afterEach(async () => {
      await cmdb.db.deleteFrom('PackageClientDay').execute();
      await World.clear(cmdb);
    });
    beforeEach(async () => (world = await World.make(cmdb)));

    const sites = async (): Promise<Record<string, MapSite>> => {
      const known = { packageServers: world.servers, packages: world.packages, clock: world.clock };
      return Object.fromEntries((await readSiteMap(cmdb, known)).map((site) => [site.name, site]));
    };

    it('shows computers, subnets, servers with their state, and what was fetched today', async () => {
      const server = await world.addServer('10.1.0.10');
      const computers = await addComputers(cmdb, 3);
      await cmdb.db
        .updateTable('Computer')
        .set({ SiteGuid: world.berlin })
        .where('ResourceGuid', 'in', computers)
        .execute();
      const day = utc(world.clock.now()).slice(0, 10);
      const counted = { packageGuid: ALL_PACKAGES, requests: 9, bytes: 900 };
      const yesterday = utc(world.clock.now() - 86_400_000).slice(0, 10);
      await takeClientDays(
        cmdb,
        server,
        [
          { ...counted, day, clients: 2 },
          { ...counted, day: yesterday, clients: 50 },
        ],
        world.clock.now(),
      );
      const { Berlin, Lyon } = await sites();
      expect(Berlin).to.include({ computers: 3, subnets: 1, fallback: 'server', severity: 0, trouble: '' });
      expect(Berlin!.servers).to.deep.equal([
        { guid: server, name: 'WKS-0', state: 'active', invalid: 0, clientsToday: 2 },
      ]);
      expect(Lyon).to.deep.include({ computers: 0, servers: [] });
    });

    it('puts sites without a source before those with a lesser trouble, and says what it is', async () => {
      const [computer] = await addComputers(cmdb, 1);
      await cmdb.db
        .updateTable('Computer')
        .set({ SiteGuid: world.lyon })
        .where('ResourceGuid', '=', computer!)
        .execute();
      await updateSite(cmdb, world.clock, JANE, world.lyon, { name: 'Lyon', fallback: 'none' });
      await world.addServer('10.1.0.10', {}, [
        held(world.package, VERSION, HASH, { version: undefined, hash: '', state: 'failed', detail: 'no room' }),
      ]);
      const found = Object.values(await sites());
      expect(found.slice(0, 2).map(({ name, severity }) => [name, severity])).to.deep.equal([
        ['Lyon', 2],
        ['Berlin', 1],
      ]);
      expect(found[0]!.trouble).to.equal('No package server, and no other source');
      expect(found[1]!.trouble).to.equal('Invalid packages on 1 of 1 package servers');
    });

    it('shows a site whose only server is silent, and the site that is asked instead', async () => {
      await world.addServer('10.1.0.10');
      await updateSite(cmdb, world.clock, JANE, world.berlin, {
        name: 'Berlin',
        fallback: 'site',
        fallbackSiteGuid: world.lyon,
        fallbackMinutes: 30,
      });
      world.clock.pass(SILENT_AFTER_MS + 1000);
      await world.reload();
      const { Berlin } = await sites();
      expect(Berlin).to.deep.include({
        severity: 2,
        fallback: { guid: world.lyon, name: 'Lyon' },
        fallbackMinutes: 30,
      });
      expect(Berlin!.servers[0]!.state).to.equal('silent');
    });
  });
});

describe('the drawing of sites', () => {
  const site = (more: Partial<MapSite> = {}): MapSite => ({
    guid: newGuid(),
    name: 'Site',
    isInternet: false,
    computers: 1200,
    subnets: 3,
    servers: [],
    fallback: 'server',
    fallbackMinutes: 0,
    severity: 0,
    trouble: '',
    ...more,
  });
  const server = (name: string) => ({ guid: newGuid(), name, state: 'active' as const, invalid: 0, clientsToday: 40 });

  it('keeps boxes apart and within the drawing, however many servers they have', () => {
    const many = Array.from({ length: 23 }, (_, index) =>
      site({
        servers: Array.from({ length: index % 9 }, (_each, number) => server(`PS-${number}`)),
        trouble: 'x '.repeat(index * 3),
      }),
    );
    const drawing = drawMap([...many, site({ isInternet: true })]);
    expect(drawing.sites).to.have.lengthOf(24);
    for (const a of drawing.sites) {
      expect(a.x + a.width).to.be.at.most(drawing.width);
      expect(a.y + a.height).to.be.at.most(drawing.height);
      for (const text of a.servers) expect(text.y).to.be.below(a.fallbackY - 4);
      for (const b of drawing.sites) {
        if (a === b) continue;
        const apart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
        expect(apart).to.equal(true);
      }
    }
    expect(drawing.sites.at(-1)!.y).to.be.above(drawing.internetY!);
  });

  it('has one line up a column, and an arrow for each site that falls back to one that is drawn', () => {
    const target = site({ name: 'Target' });
    const sites = [
      target,
      site({ fallback: { guid: target.guid, name: 'Target' } }),
      site({ fallback: { guid: newGuid(), name: 'Elsewhere' } }),
      site({ fallback: 'none' }),
      site(),
    ];
    const drawing = drawMap(sites);
    expect(COLUMNS).to.equal(4);
    // The first and the fifth stand in the first column.
    expect(drawing.up).to.have.lengthOf(1);
    expect(drawing.across).to.have.lengthOf(1);
    expect(drawing.sites.map(({ fallback }) => fallback)).to.deep.equal([
      'Otherwise: this server',
      'Otherwise: Target',
      'Otherwise: Elsewhere',
      'Otherwise: nowhere',
      'Otherwise: this server',
    ]);
  });

  it('says how the load is shared among the servers that serve', () => {
    const [drawn] = drawMap([site({ servers: [server('A'), server('B'), { ...server('C'), state: 'silent' }] })]).sites;
    expect(drawn!.load).to.equal('Fetched today: 120, 600 a server');
    expect(drawMap([site()]).sites[0]!.load).to.equal('No package server');
  });
});
