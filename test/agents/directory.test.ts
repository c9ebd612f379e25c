import { expect } from 'chai';
import { decideRegistrations } from '../../models/agents/decide.ts';
import { AgentDirectory } from '../../models/agents/directory.ts';
import { ChangeFollower } from '../../models/changes/changeLog.ts';
import { newGuid } from '../../wire/guid.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { ADMIN, newKey, newWorld, OPAQUE_KEY, sha256, type World } from './support.ts';

describe('the agent directory', () => {
  forEachEngine((_engine, open) => {
    let world: World;
    beforeEach(async () => {
      world = await newWorld(await open());
    });
    afterEach(() => world.cmdb.close());

    it('loads state and key of every computer, the allowed registration first', async () => {
      const key = newKey();
      const first = await world.ask({ guid: newGuid(), name: 'A', policyKey: key.blob });
      await decideRegistrations(world.deps, ADMIN, 'allow', [first.registrationGuid]);
      await world.ask({ guid: first.resourceGuid, name: 'A', policyKey: newKey().blob });
      const second = await world.ask({ guid: newGuid(), name: 'B', policyKey: OPAQUE_KEY });
      const loaded = await AgentDirectory.load(world.cmdb);
      expect(loaded.size).to.equal(1);
      expect(loaded.get(first.resourceGuid)).to.deep.equal({
        guid: first.resourceGuid,
        state: 'allowed',
        keyHash: sha256(key.blob),
        canProve: true,
        boundAddress: undefined,
      });
      expect(loaded.get(second.resourceGuid)).to.include({ state: 'pending', canProve: false });
      expect(loaded.get(newGuid())).to.equal(undefined);
    });

    it('follows what another node decides', async () => {
      const otherNode = await AgentDirectory.load(world.cmdb);
      const follower = new ChangeFollower(world.cmdb, world.clock);
      const catchUp = async (): Promise<void> => {
        for (const change of await follower.poll()) await otherNode.applyChange(world.cmdb, change);
      };
      const { registrationGuid, resourceGuid } = await world.ask({ guid: newGuid(), policyKey: newKey().blob });
      await catchUp();
      expect(otherNode.get(resourceGuid)?.state).to.equal('pending');
      await decideRegistrations(world.deps, ADMIN, 'allow', [registrationGuid]);
      await catchUp();
      expect(otherNode.get(resourceGuid)?.state).to.equal('allowed');
      expect(otherNode.size).to.equal(1);
      await decideRegistrations(world.deps, ADMIN, 'revoke', [registrationGuid]);
      await catchUp();
      expect(otherNode.get(resourceGuid)?.state).to.equal('revoked');
      expect(otherNode.size).to.equal(0);
    });

    it('forgets what is gone when it is told to read everything', async () => {
      const { resourceGuid } = await world.ask({ guid: newGuid() });
      await world.cmdb.db.deleteFrom('AgentRegistration').execute();
      await world.agents.applyChange(world.cmdb, { Id: 1, Kind: 'registration', ItemGuid: null });
      expect(world.agents.get(resourceGuid)).to.equal(undefined);
    });
  });
});
