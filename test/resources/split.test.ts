import { expect } from 'chai';
import { createRule } from '../../models/agents/changeRules.ts';
import { identify } from '../../models/agents/identify.ts';
import { AgentTokens } from '../../models/agents/tokens.ts';
import { InvalidInput } from '../../models/fieldErrors.ts';
import { writeResourceKeys } from '../../models/inventory/resourceKeys.ts';
import { machinesUnder } from '../../models/resources/machines.ts';
import { splitComputer, whyNotSplit } from '../../models/resources/split.ts';
import { undoSplit } from '../../models/resources/undoSplit.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import {
  ADMIN,
  newKey,
  newWorld,
  refusalOf,
  sha256,
  standingClock,
  type TestKey,
  type TestMachine,
  type World,
} from '../agents/support.ts';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { forEachEngine } from '../support/cmdb.ts';

describe('a GUID that two machines share', () => {
  forEachEngine((_engine, open) => {
    let cmdb: AnyCmdb;
    let world: World;
    let computer: Guid;
    /** Sets the machines of one test apart from those of the others. */
    let run: string;
    let key: TestKey;
    const nameOf = (board: string): string => `PC-${run}-${board}`;
    const machine = (board: string, part: TestMachine = {}): TestMachine & { guid: Guid } => ({
      guid: computer,
      name: nameOf(board),
      policyKey: key.blob,
      keys: { uniqueid: `${run}-${board}`, 'name.domain': `${nameOf(board)}.EXAMPLE` },
      ...part,
    });
    const inventory = (board: string): Promise<void> => {
      world.clock.time += 60_000;
      return world.cmdb.transaction((session) =>
        writeResourceKeys(session, world.clock, [
          {
            resource: computer,
            name: nameOf(board),
            keys: [
              { name: 'uniqueid', value: `${run}-${board}` },
              { name: 'name.domain', value: `${nameOf(board)}.EXAMPLE` },
            ],
            flags: new Set(),
          },
        ]),
      );
    };
    const conflicts = () =>
      world.cmdb.db.selectFrom('IdentityConflict').selectAll().where('ResourceGuid', '=', computer).execute();
    const served = (address: string): Promise<string> => {
      const tokens = new AgentTokens(Buffer.alloc(32, 1), world.clock);
      const { token } = tokens.issueBearer(computer, sha256(key.blob));
      const facts = { authorization: `Bearer ${token}`, smaId: undefined, named: [], address };
      return refusalOf(() => identify({ agents: world.agents, tokens, isLegacy: () => false }, facts));
    };
    const shared = async () => {
      for (const board of ['a', 'b', 'a']) await inventory(board);
    };
    const firstMachine = async (): Promise<string> => (await machinesUnder(world.cmdb, computer))[0]!.id;

    before(async () => {
      cmdb = await open();
      const rule = { name: 'all', action: 'allow', nameMasks: [], addressMasks: [], isEnabled: true };
      await createRule(cmdb, standingClock(), ADMIN, rule);
    });
    after(() => cmdb.close());
    beforeEach(async () => {
      world = await newWorld(cmdb);
      computer = newGuid();
      run = computer.slice(0, 6);
      key = newKey();
      await world.ask(machine('a'), { address: '10.0.0.1' });
    });

    it('is noticed when the hardware takes turns, not when it changes for good', async () => {
      await inventory('b');
      await inventory('b');
      expect(await conflicts()).to.deep.equal([]);
      await inventory('a');
      const [conflict, ...others] = await conflicts();
      expect(others).to.deep.equal([]);
      expect(conflict).to.include({ Kind: 'shared', ResourceGuid: computer, State: 'open', TimesSeen: 1 });
      await inventory('b');
      expect((await conflicts())[0]).to.include({ State: 'open', TimesSeen: 2 });
      const machines = await machinesUnder(world.cmdb, computer);
      expect(machines.map(({ name, timesSeen, isCurrent }) => [name, timesSeen, isCurrent])).to.deep.equal([
        [nameOf('a'), 2, false],
        [nameOf('b'), 2, true],
      ]);
    });

    it('is noticed at registration as well, with the address of each', async () => {
      for (const [board, address] of [
        ['b', '10.0.0.2'],
        ['a', '10.0.0.1'],
      ] as const) {
        world.clock.time += 60_000;
        await world.ask(machine(board), { address });
      }
      expect(await conflicts()).to.have.length(1);
      const machines = await machinesUnder(world.cmdb, computer);
      expect(machines.map(({ address }) => address)).to.deep.equal(['10.0.0.1', '10.0.0.2']);
    });

    it('keeps a few sets of keys however many are claimed', async () => {
      for (let board = 0; board < 30; board++) await inventory(`claimed-${board}`);
      const rows = await world.cmdb.db
        .selectFrom('HardwareSeen')
        .selectAll()
        .where('ResourceGuid', '=', computer)
        .execute();
      expect(rows.length).to.be.at.most(8);
      expect(rows.filter(({ IsCurrent }) => IsCurrent === 1)).to.have.length(1);
    });

    it('is split: one keeps it, the other gets a GUID of its own when it registers', async () => {
      await shared();
      const { newGuids } = await splitComputer(world.deps, ADMIN, { computer, keeper: await firstMachine() });
      expect(await served('10.0.0.1')).to.equal('notRegistered');
      expect(await served('10.0.0.2')).to.equal('notRegistered');

      const kept = await world.ask(machine('a'), { address: '10.0.0.1' });
      expect(kept).to.include({ resourceGuid: computer, state: 'allowed', existed: true });
      expect(await served('10.0.0.1')).to.equal('not refused');
      expect(await served('10.0.0.2')).to.equal('notRegistered');

      const other = await world.ask(machine('b'), { address: '10.0.0.2' });
      expect(other).to.include({ resourceGuid: newGuids[0], state: 'allowed', existed: false, isNews: true });
      expect(await served('10.0.0.9'), 'the keeper is free to move again').to.equal('not refused');
      expect(world.agents.get(newGuids[0]!)).to.include({ state: 'allowed', keyHash: sha256(key.blob) });

      const again = await world.ask(machine('b'), { address: '10.0.0.2' });
      expect(again).to.include({ resourceGuid: newGuids[0], existed: true, isNews: false });
      expect((await conflicts()).map(({ Kind, State }) => [Kind, State])).to.deep.equal([['shared', 'resolved']]);
      const names = await world.cmdb.db
        .selectFrom('Resource')
        .select('Name')
        .where('Guid', 'in', [computer, newGuids[0]!])
        .orderBy('Name')
        .execute();
      expect(names).to.deep.equal([{ Name: nameOf('a') }, { Name: nameOf('b') }]);
    });

    it('does not reopen the conflict while the other machine has yet to register, but does when it comes back', async () => {
      await shared();
      await splitComputer(world.deps, ADMIN, { computer, keeper: await firstMachine() });
      await inventory('b');
      await inventory('a');
      expect((await conflicts())[0]).to.include({ State: 'resolved' });
      await world.ask(machine('b'), { address: '10.0.0.2' });
      for (const board of ['c', 'a']) await inventory(board);
      expect((await conflicts())[0]).to.include({ Kind: 'shared', State: 'open' });
    });

    it('is not taken by a stranger who claims other hardware while it is split', async () => {
      await shared();
      await splitComputer(world.deps, ADMIN, { computer, keeper: await firstMachine() });
      const stranger = await world.ask(machine('stranger'), { address: '10.6.6.6' });
      expect(stranger.resourceGuid).to.equal(computer);
      expect(await served('10.6.6.6')).to.equal('notRegistered');
      const made = world.cmdb.db.selectFrom('Resource').select('Guid').where('Name', '=', nameOf('stranger'));
      expect(await made.execute()).to.deep.equal([]);
    });

    it('gets its split undone until the other machine has registered', async () => {
      await shared();
      const keeper = await firstMachine();
      const { changeGuid } = await splitComputer(world.deps, ADMIN, { computer, keeper });
      await undoSplit(world.deps, ADMIN, changeGuid);
      expect(await served('10.0.0.2')).to.equal('not refused');
      expect((await conflicts())[0]).to.include({ State: 'open' });
      const waiting = world.cmdb.db.selectFrom('ResourceSplit').selectAll().where('ResourceGuid', '=', computer);
      expect(await waiting.execute()).to.deep.equal([]);

      const second = await splitComputer(world.deps, ADMIN, { computer, keeper });
      const other = await world.ask(machine('b'), { address: '10.0.0.2' });
      const error = await undoSplit(world.deps, ADMIN, second.changeGuid).catch((caught: unknown) => caught);
      expect(error).to.be.instanceOf(InvalidInput);
      expect((error as Error).message).to.include(`registered as ${other.resourceGuid}`);
    });

    it('is not split when one machine goes by it', async () => {
      expect(await whyNotSplit(world.cmdb, computer)).to.match(/Only one machine/);
    });
  });
});
