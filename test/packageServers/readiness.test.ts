/** How far a package is on its servers, for lists, and what goes with it. */
import { expect } from 'chai';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { changeDistribution } from '../../models/packageServers/distribution.ts';
import { holdersOf } from '../../models/packageServers/overview.ts';
import { packageReadiness } from '../../models/packageServers/packageReadiness.ts';
import { serversOfPackages } from '../../models/packageServers/serversOfPackages.ts';
import { serversThatDrop } from '../../models/packages/removalEffect.ts';
import { setPackagesEnabled } from '../../models/packages/updatePackage.ts';
import type { Guid } from '../../wire/guid.ts';
import { JANE } from '../packages/support.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { held } from '../support/packageServers.ts';
import { HASH, VERSION, World } from './world.ts';

describe('a package on its package servers', () => {
  forEachEngine((_engine, open) => {
    let cmdb: AnyCmdb;
    let world: World;
    before(async () => (cmdb = await open()));
    beforeEach(async () => (world = await World.make(cmdb)));
    afterEach(() => World.clear(cmdb));
    after(() => cmdb.close());

    const readiness = () => packageReadiness(world.packages.get(world.package)!, world.servers);
    /** The same by the rows that the package's page shows. */
    const byRows = () => {
      const rows = holdersOf(world.packages.get(world.package)!, world.servers);
      const assigned = rows.filter(({ state }) => state !== 'unwanted');
      return {
        ready: assigned.filter(({ state }) => state === 'ready').length,
        assigned: assigned.length,
        holding: rows.filter(({ heldVersion }) => heldVersion !== null).length,
      };
    };
    const distribute = async (input: object) => {
      await changeDistribution(cmdb, world.clock, JANE, world.package, input);
      await world.reload();
    };

    it('is counted as its page shows it: ready, stale, downloading, failed, silent, and not wanted any more', async () => {
      expect(readiness()).to.deep.equal({ ready: 0, assigned: 0, holding: 0 });
      const ready = await world.addServer('10.1.0.10');
      await world.addServer('10.1.0.11', {}, [held(world.package, VERSION - 1, 'b2'.repeat(32))]);
      await world.addServer('10.2.0.10', {}, [
        held(world.package, VERSION, HASH, { version: undefined, versions: [], state: 'downloading', totalBytes: 9 }),
      ]);
      await world.addServer('10.2.0.11', {}, [held(world.package, VERSION, HASH, { state: 'failed', detail: 'full' })]);
      expect(readiness()).to.deep.equal({ ready: 1, assigned: 4, holding: 3 }).and.to.deep.equal(byRows());
      await distribute({ mode: 'servers', servers: [ready] });
      expect(readiness()).to.deep.equal({ ready: 1, assigned: 1, holding: 3 }).and.to.deep.equal(byRows());
      world.clock.pass(3_600_000);
      await world.reload();
      expect(readiness()).to.deep.equal({ ready: 0, assigned: 1, holding: 3 }).and.to.deep.equal(byRows());
    });

    it('is counted anew when a report, a distribution or the package changes, without reading all anew', async () => {
      const server = await world.addServer('10.1.0.10', {}, []);
      expect(readiness()).to.include({ ready: 0, assigned: 1 });
      const row = { ...held(world.package, VERSION, HASH), server, packageGuid: world.package, probeProblem: '' };
      await world.servers.applyHoldings(server, [row], []);
      expect(readiness()).to.include({ ready: 1, assigned: 1 });
      await world.publish(world.package, VERSION + 1, 'c3'.repeat(32));
      await world.packages.refresh(cmdb, world.package);
      expect(readiness()).to.include({ ready: 0, assigned: 1, holding: 1 });
      await setPackagesEnabled(cmdb, world.clock, JANE, [world.package], false);
      await world.packages.refresh(cmdb, world.package);
      expect(readiness()).to.include({ ready: 0, assigned: 0, holding: 1 });
    });

    it('orders go to the servers that are to hold any of the packages', async () => {
      const [berlin, lyon] = [await world.addServer('10.1.0.10'), await world.addServer('10.2.0.10')];
      const other = await world.addPackage('Editor');
      await world.reload();
      const guids = (...packages: Guid[]) =>
        serversOfPackages({ packages: world.packages, packageServers: world.servers }, packages).map(
          ({ guid }) => guid,
        );
      expect(guids(world.package)).to.have.members([berlin, lyon]);
      await distribute({ mode: 'sites', sites: [world.berlin] });
      expect(guids(world.package)).to.deep.equal([berlin]);
      expect(guids(world.package, other)).to.have.members([berlin, lyon]);
      expect(guids()).to.deep.equal([]);
    });

    it('servers that would drop it are known with what they hold', async () => {
      const server = await world.addServer('10.1.0.10');
      await world.addServer('10.2.0.10', {}, []);
      const dropping = serversThatDrop({ packages: world.packages, packageServers: world.servers }, [world.package]);
      expect(dropping).to.have.length(1);
      expect(dropping[0]).to.include({ guid: server, packages: 1, bytes: 5000 });
    });
  });
});
