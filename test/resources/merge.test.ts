import { expect } from 'chai';
import { AgentDirectory } from '../../models/agents/directory.ts';
import { decideRegistrations } from '../../models/agents/decide.ts';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { InvalidInput } from '../../models/fieldErrors.ts';
import { mergeComputers, type IdentityDeps } from '../../models/resources/merge.ts';
import { undoMerge } from '../../models/resources/undoMerge.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { ADMIN, standingClock } from '../agents/support.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { everything, fullComputer, mark, newTarget, newUser, relate, rowCounts } from './support.ts';

const refusal = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
  } catch (error) {
    if (error instanceof InvalidInput) return error.message;
    throw error;
  }
  return 'not refused';
};

describe('a merge of two computers', () => {
  forEachEngine((_engine, open) => {
    let cmdb: AnyCmdb;
    let deps: IdentityDeps;
    let winner: Guid;
    let loser: Guid;
    const lists: Record<string, Guid> = {};
    const policy = newGuid();

    before(async () => {
      cmdb = await open();
    });
    after(() => cmdb.close());
    beforeEach(async () => {
      for (const name of ['ours', 'both', 'theirs']) lists[name] = await newTarget(cmdb, name);
      const [ours, both, theirs] = [lists.ours!, lists.both!, lists.theirs!];
      winner = await fullComputer(cmdb, { name: 'OLD-1', hours: 48, policy, targets: [ours, both] });
      loser = await fullComputer(cmdb, { name: 'NEW-1', hours: 2, policy, targets: [both, theirs], software: 5 });
      const anna = await newUser(cmdb, 'anna');
      await relate(cmdb, winner, anna);
      await relate(cmdb, loser, anna);
      await relate(cmdb, loser, await newUser(cmdb, 'bert'));
      await relate(cmdb, loser, winner);
      await mark(cmdb, loser, newGuid());
      deps = { cmdb, clock: standingClock(), agents: await AgentDirectory.load(cmdb) };
    });

    const keyOf = (guid: Guid): string => `hash-${guid}`;

    it('moves what can be of both, keeps the newer of what can be once, and leaves nothing of the loser', async () => {
      const { winnerName, loserName } = await mergeComputers(deps, ADMIN, { winner, loser });
      expect([winnerName, loserName]).to.deep.equal(['OLD-1', 'NEW-1']);

      expect(await rowCounts(cmdb, loser)).to.deep.equal({});
      expect(await rowCounts(cmdb, winner)).to.deep.equal({
        Resource: 1,
        AgentRegistration: 2,
        Timeline: 3,
        InventoryHistory: 2,
        SwdExecution: 4,
        SwdStatus: 2,
        ResourceKey: 4,
        ResourceAlias: 3,
        ResourceUpdate: 2,
        Computer: 1,
        ComputerContact: 1,
        TargetMember: 3,
        Delivery: 1,
        HardwareSeen: 1,
        Inv_AeX_AC_Identification: 1,
        Inv_AeX_AC_Client_Agent: 5,
      });
      const { db } = cmdb;
      const of = (guid: Guid) => db.selectFrom('ResourceAlias').selectAll().where('AliasGuid', '=', guid);
      expect((await of(loser).executeTakeFirst())?.ResourceGuid).to.equal(winner);
      const row = await db.selectFrom('Computer').selectAll().where('ResourceGuid', '=', winner).executeTakeFirst();
      expect(row?.Name).to.equal('NEW-1');
      const parents = await db
        .selectFrom('ResourceAssociation')
        .selectAll()
        .where('ParentResourceGuid', 'in', [winner, loser])
        .execute();
      expect(parents.map(({ ParentResourceGuid }) => ParentResourceGuid)).to.deep.equal([winner, winner]);
      const delivery = await db.selectFrom('Delivery').select('Detail').where('ResourceGuid', '=', winner).execute();
      expect(delivery).to.deep.equal([{ Detail: 'NEW-1' }]);
    });

    it('lets the agent go on that was heard of last, and no other', async () => {
      await mergeComputers(deps, ADMIN, { winner, loser });
      expect(deps.agents.get(loser)).to.deep.equal(deps.agents.get(winner));
      expect(deps.agents.get(loser)).to.include({ guid: winner, state: 'allowed', keyHash: keyOf(loser) });
      const rows = await cmdb.db
        .selectFrom('AgentRegistration')
        .select(['KeyHash', 'State'])
        .where('ResourceGuid', '=', winner)
        .orderBy('State')
        .execute();
      expect(rows).to.deep.equal([
        { KeyHash: keyOf(loser), State: 'allowed' },
        { KeyHash: keyOf(winner), State: 'revoked' },
      ]);
    });

    it('is audited with before and after', async () => {
      const { changeGuid } = await mergeComputers(deps, ADMIN, { winner, loser });
      const entry = await cmdb.db
        .selectFrom('AuditEntry')
        .selectAll()
        .where('ObjectGuid', '=', winner)
        .executeTakeFirstOrThrow();
      expect(entry).to.include({ Actor: 'jane', Action: 'merge', ObjectKind: 'computer', ObjectName: 'OLD-1' });
      const detail = JSON.parse(entry.Detail!);
      expect(detail.before.loser).to.deep.equal({ guid: loser, name: 'NEW-1' });
      expect(detail.after).to.include({ change: changeGuid, keyOf: 'loser' });
    });

    it('is undone to exactly what was stored before', async () => {
      const before = await everything(cmdb);
      const { changeGuid } = await mergeComputers(deps, ADMIN, { winner, loser });
      expect(await everything(cmdb)).not.to.deep.equal(before);
      await undoMerge(deps, ADMIN, changeGuid);
      expect(await everything(cmdb)).to.deep.equal(before);
      expect(deps.agents.get(loser)).to.include({ guid: loser, state: 'allowed', keyHash: keyOf(loser) });
      expect(deps.agents.get(winner)).to.include({ guid: winner, state: 'allowed', keyHash: keyOf(winner) });
    });

    it('is undone the other way round as well', async () => {
      const before = await everything(cmdb);
      const { changeGuid } = await mergeComputers(deps, ADMIN, { winner: loser, loser: winner });
      await undoMerge(deps, ADMIN, changeGuid);
      expect(await everything(cmdb)).to.deep.equal(before);
    });

    it('leaves what is newer where it came when it is undone', async () => {
      const { changeGuid } = await mergeComputers(deps, ADMIN, { winner, loser });
      const newer = await newTarget(cmdb, 'newer');
      await cmdb.db.insertInto('TargetMember').values({ TargetGuid: newer, ResourceGuid: winner }).execute();
      await cmdb.db.deleteFrom('TargetMember').where('TargetGuid', '=', lists.ours!).execute();
      await undoMerge(deps, ADMIN, changeGuid);
      const rows = await cmdb.db
        .selectFrom('TargetMember')
        .selectAll()
        .where('ResourceGuid', 'in', [winner, loser])
        .execute();
      const members = (guid: Guid) => rows.filter((row) => row.ResourceGuid === guid).map((row) => row.TargetGuid);
      expect(members(winner)).to.have.members([lists.both, newer]);
      expect(members(loser)).to.have.members([lists.both, lists.theirs]);
    });

    it('cannot be undone twice, nor after a newer decision or merge, and says why', async () => {
      const third = await fullComputer(cmdb, { name: 'THIRD-1', hours: 1 });
      const first = await mergeComputers(deps, ADMIN, { winner, loser });
      const second = await mergeComputers(deps, ADMIN, { winner: third, loser: winner });
      expect(await refusal(undoMerge(deps, ADMIN, first.changeGuid))).to.match(/merged into THIRD-1 since/);
      await undoMerge(deps, ADMIN, second.changeGuid);
      expect(await refusal(undoMerge(deps, ADMIN, second.changeGuid))).to.match(/undone already/);

      const replaced = await cmdb.db
        .selectFrom('AgentRegistration')
        .select('Guid')
        .where('KeyHash', '=', keyOf(winner))
        .executeTakeFirstOrThrow();
      await decideRegistrations(deps, ADMIN, 'allow', [replaced.Guid]);
      const before = await everything(cmdb);
      expect(await refusal(undoMerge(deps, ADMIN, first.changeGuid))).to.match(/decided anew since/);
      expect(await everything(cmdb)).to.deep.equal(before);
    });

    it('happens once when two people ask for it at once, whichever side they choose', async () => {
      const both = await Promise.allSettled([
        mergeComputers(deps, ADMIN, { winner, loser }),
        mergeComputers(deps, ADMIN, { winner: loser, loser: winner }),
      ]);
      expect(both.map(({ status }) => status).sort()).to.deep.equal(['fulfilled', 'rejected']);
      const refused = both.find((result) => result.status === 'rejected');
      expect(refused?.reason).to.be.instanceOf(InvalidInput);
      const left = await cmdb.db.selectFrom('Resource').select('Guid').where('Guid', 'in', [winner, loser]).execute();
      expect(left).to.have.length(1);
      const counts = await rowCounts(cmdb, left[0]!.Guid);
      expect(counts).to.include({ SwdExecution: 4, TargetMember: 3, Computer: 1 });
    });

    it('refuses itself, strangers and what is no computer', async () => {
      const user = await newUser(cmdb, 'carl');
      for (const other of [winner, newGuid(), user]) {
        const before = await everything(cmdb);
        expect(await refusal(mergeComputers(deps, ADMIN, { winner, loser: other }))).not.to.equal('not refused');
        expect(await everything(cmdb)).to.deep.equal(before);
      }
    });
  });
});
