import { expect } from 'chai';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { InvalidInput } from '../../models/fieldErrors.ts';
import { readPackageServerInput, updatePackageServer } from '../../models/packageServers/changePackageServers.ts';
import { INHERITABLE } from '../../models/packageServers/inheritance.ts';
import { changeServiceSettings, readServiceSettings } from '../../models/packageServers/serviceSettings.ts';
import { JANE } from '../packages/support.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { World } from './world.ts';

describe('settings of package servers', function () {
  this.timeout(180_000);
  forEachEngine((_engine, open) => {
    let cmdb: AnyCmdb;
    let world: World;
    before(async () => (cmdb = await open()));
    after(() => cmdb.close());
    afterEach(() => World.clear(cmdb));
    beforeEach(async () => (world = await World.make(cmdb)));

    const forAll = async (change: object) => {
      await changeServiceSettings(cmdb, world.clock, JANE, { ...(await readServiceSettings(cmdb)), ...change });
      await world.servers.applyChange(cmdb, { Id: 0, Kind: 'setting', ItemGuid: null });
    };
    const refusal = async (work: Promise<unknown>): Promise<string> => {
      try {
        await work;
      } catch (error) {
        if (error instanceof InvalidInput) return error.message;
        throw error;
      }
      return 'taken';
    };

    it('follow those for all where they have no value of their own, also when these change', async () => {
      const server = await world.addServer('10.1.0.10', { throttleKb: 50 });
      const settings = () => world.servers.get(server)!.record.settings;
      expect(settings()).to.include({ ThrottleKb: 50, MinFreeDiskMb: 1024 });
      await forAll({ throttleKb: 700, minFreeDiskMb: 4096 });
      expect(settings()).to.include({ ThrottleKb: 50, MinFreeDiskMb: 4096 });
      const input = (await readPackageServerInput(cmdb, server))!;
      expect(input).to.include({ throttleKb: 50, minFreeDiskMb: 4096 });
      expect(input.inherited).to.have.members(INHERITABLE.filter((name) => name !== 'throttleKb'));
    });

    it('take the value for all over again, and keep one as their own', async () => {
      const server = await world.addServer('10.1.0.10', { throttleKb: 50 });
      const input = (await readPackageServerInput(cmdb, server))!;
      await updatePackageServer(cmdb, world.clock, JANE, server, { ...input, inherited: INHERITABLE });
      await forAll({ throttleKb: 700 });
      expect((await readPackageServerInput(cmdb, server))!.throttleKb).to.equal(700);
      await updatePackageServer(cmdb, world.clock, JANE, server, { ...input, throttleKb: 9, inherited: [] });
      await forAll({ throttleKb: 800 });
      expect(await readPackageServerInput(cmdb, server)).to.deep.include({ throttleKb: 9, inherited: [] });
    });

    it('never add up to a server that publishes nothing', async () => {
      const none = 'Publish over one scheme at least';
      expect(await refusal(forAll({ publishHttps: false, publishHttp: false, publishUnc: false }))).to.contain(none);
      const server = await world.addServer('10.1.0.10', { publishHttps: false, publishUnc: false });
      expect(await refusal(forAll({ publishHttp: false }))).to.contain('WKS-0 would publish nothing');
      expect((await readServiceSettings(cmdb)).publishHttp).to.equal(true);
      const input = (await readPackageServerInput(cmdb, server))!;
      const own = { ...input, publishHttp: false, inherited: [] };
      expect(await refusal(updatePackageServer(cmdb, world.clock, JANE, server, own))).to.contain(none);
      expect(
        await refusal(updatePackageServer(cmdb, world.clock, JANE, server, { inherited: ['KeySalt'] })),
      ).to.contain('Choose among');
      expect((await readPackageServerInput(cmdb, server))!.publishHttp).to.equal(true);
    });
  });
});
