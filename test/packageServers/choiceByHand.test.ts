import { expect } from 'chai';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { updatePackageServer } from '../../models/packageServers/changePackageServers.ts';
import { changeServiceSettings } from '../../models/packageServers/serviceSettings.ts';
import { changeAssignments } from '../../models/sites/assignByHand.ts';
import { createSite, deleteSite } from '../../models/sites/changeSites.ts';
import { createTarget, deleteTarget } from '../../models/targets/changeTargets.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { JANE } from '../packages/support.ts';
import { addComputers } from '../policies/support.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { held } from '../support/packageServers.ts';
import { HASH, PUBLIC_URL, VERSION, World } from './world.ts';

const BERLIN = 'https://10.1.0.10:8443';
const BERLIN_2 = 'https://10.1.0.11:8443';
const LYON = 'https://10.2.0.10:8443';

describe('the choice of sources by what people say', function () {
  // A SQL Server takes its time to make a database.
  this.timeout(180_000);
  forEachEngine((_engine, open) => {
    let cmdb: AnyCmdb;
    let world: World;
    let computer: Guid;
    before(async () => (cmdb = await open()));
    after(() => cmdb.close());
    beforeEach(async () => {
      world = await World.make(cmdb);
      [computer] = (await addComputers(cmdb, 1)) as [Guid];
    });
    afterEach(() => World.clear(cmdb));

    const why = async (base: string): Promise<string> => {
      const { candidates } = await world.choose('10.1.2.3', { computer });
      return candidates.find(({ baseUrl }) => baseUrl === base)!.reason;
    };
    const offered = (): Promise<string[]> => world.offered('10.1.2.3', { computer });
    const assign = async (
      kind: 'site' | 'packageServer',
      guid: Guid,
      add: { computers?: Guid[]; targets?: Guid[] },
    ): Promise<void> => {
      await changeAssignments(cmdb, world.clock, JANE, { kind, guid }, { add });
      await world.reload();
    };

    it('goes by the site that the computer was given, and says so', async () => {
      await world.addServer('10.1.0.10');
      await world.addServer('10.2.0.10');
      await assign('site', world.lyon, { computers: [computer] });
      expect(await offered()).to.deep.equal([LYON, BERLIN]);
      expect(world.answer('10.1.2.3', computer)).to.deep.equal([LYON, BERLIN]);
      expect(await why(LYON)).to.equal('It serves the site.');
      // It stands next door all the same.
      expect(await why(BERLIN)).to.equal('It stands in the same subnet.');
      expect((await world.choose('10.1.2.3', { computer })).site.reason).to.include('assigned to Lyon by hand');
      expect(await world.offered('10.1.2.3')).to.deep.equal([BERLIN]);
    });

    it('gives computers of an Internet site its servers only, wherever their networks seem to be', async () => {
      const outside = await createSite(cmdb, world.clock, JANE, { name: 'Outside', isInternet: true });
      await world.addServer('10.1.0.10');
      await world.addServer('10.9.0.1', { sites: [outside] });
      const roaming = await createTarget(cmdb, world.clock, JANE, { name: 'Roaming', computers: [computer] });
      await assign('site', outside, { targets: [roaming] });
      expect(await offered()).to.deep.equal(['https://10.9.0.1:8443']);
      expect(await why(BERLIN)).to.equal('It serves other sites.');
      await changeAssignments(
        cmdb,
        world.clock,
        JANE,
        { kind: 'site', guid: outside },
        { remove: { targets: [roaming] } },
      );
      await deleteTarget(cmdb, world.clock, JANE, roaming);
    });

    it('goes by the package server that the computer was given, as long as that one is ready', async () => {
      await world.addServer('10.1.0.10');
      const own = await world.addServer('10.2.0.10');
      await assign('packageServer', own, { computers: [computer] });
      expect(await offered()).to.deep.equal([LYON]);
      expect(await why(LYON)).to.equal('It serves the computer, assigned by hand.');
      expect(await why(BERLIN)).to.include('assigned to other package servers by hand');
      await world.report(own, '10.2.0.10', []);
      expect(await offered()).to.deep.equal([BERLIN]);
      expect(await why(LYON)).to.include('assigned by hand, but its state is pending');
    });

    it('gives computers to equal servers by their shares', async () => {
      const [large, none] = [await world.addServer('10.1.0.10'), await world.addServer('10.1.0.11')];
      const firsts = (): number => {
        const agents = Array.from({ length: 400 }, newGuid);
        return agents.filter((agent) => world.answer('10.1.2.3', agent)[0] === BERLIN).length / agents.length;
      };
      // Six standard deviations of a draw among 400.
      expect(firsts()).to.be.within(0.35, 0.65);
      await updatePackageServer(cmdb, world.clock, JANE, large, { share: 300 });
      await world.reload();
      expect(firsts()).to.be.within(0.61, 0.89);
      await updatePackageServer(cmdb, world.clock, JANE, none, { share: 0 });
      await world.reload();
      expect(firsts()).to.equal(1);
      expect(await offered()).to.deep.equal([BERLIN, BERLIN_2]);
    });

    it('names shares behind HTTP, of package servers and, by a setting, of the sources', async () => {
      const report = { uncPath: '\\\\ps1\\packages' };
      const server = await world.addServer('10.1.0.10');
      await world.report(server, '10.1.0.10', [held(world.package, VERSION, HASH)], report);
      const answer = world.text('10.1.2.3', computer);
      const folder = `\\\\ps1\\packages\\{${world.package}}\\${VERSION}`;
      expect(answer).to.match(/<Codebase href="https:[^>]*>\s*<Codebase unc=/);
      expect(answer).to.contain(`<Codebase unc="${folder}" snapshot="${PUBLIC_URL}/`);
      await updatePackageServer(cmdb, world.clock, JANE, server, { publishUnc: false });
      await world.reload();
      expect(world.text('10.1.2.3', computer)).not.to.contain('unc=');

      const source = '\\\\files\\software\\viewer & more';
      await cmdb.db.updateTable('Package').set({ SourceKind: 'unc', SourcePath: source }).execute();
      await world.reload();
      expect(world.text('10.2.2.3', computer)).not.to.contain('unc=');
      await changeServiceSettings(cmdb, world.clock, JANE, { offerUnc: true });
      await world.reload();
      expect(world.text('10.2.2.3', computer)).to.contain(
        '<Codebase unc="\\\\files\\software\\viewer &amp; more" snapshot="',
      );
    });

    it('takes every server where no site is defined, those of the same subnet first', async () => {
      await world.addServer('10.1.0.10');
      await world.addServer('10.2.0.10');
      for (const guid of [world.berlin, world.lyon]) await deleteSite(cmdb, world.clock, JANE, guid);
      await world.reload();
      expect(await offered()).to.deep.equal([BERLIN]);
      expect(await world.offered('192.0.2.1')).to.have.members([BERLIN, LYON]);
      expect((await world.choose('192.0.2.1')).candidates[0]!.reason).to.include('No site is defined');
    });
  });
});
