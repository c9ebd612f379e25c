import { expect } from 'chai';
import { AgentDirectory } from '../../models/agents/directory.ts';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { deleteComputers } from '../../models/resources/deleteComputers.ts';
import { mergeComputers, type IdentityDeps } from '../../models/resources/merge.ts';
import { undoMerge } from '../../models/resources/undoMerge.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { ADMIN, NOON, standingClock, type TestClock } from '../agents/support.ts';
import { inventory, process, queued } from '../events/support.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { everything, fullComputer, rowCounts } from './support.ts';

describe('events of computers that were merged, deleted or claimed', () => {
  forEachEngine((_engine, open) => {
    let cmdb: AnyCmdb;
    let clock: TestClock;
    let deps: IdentityDeps;
    let winner: Guid;
    let loser: Guid;

    before(async () => {
      cmdb = await open();
    });
    after(() => cmdb.close());
    beforeEach(async () => {
      clock = standingClock(NOON + 3600_000);
      const run = newGuid().slice(0, 8);
      winner = await fullComputer(cmdb, { name: `W-${run}`, hours: 48 });
      loser = await fullComputer(cmdb, { name: `L-${run}`, hours: 24 });
      deps = { cmdb, clock, agents: await AgentDirectory.load(cmdb) };
    });

    const event = (from: Guid, name: string, keys: { name: string; value: string }[] = [], msgId = newGuid()) =>
      queued(inventory(name, { time: new Date(clock.now()), msgId, resource: { guid: from, name, keys } }), {
        sender: from,
        receivedAt: new Date(clock.now()).toISOString(),
      });
    const nameOf = async (guid: Guid): Promise<string | undefined> =>
      (await cmdb.db.selectFrom('Computer').select('Name').where('ResourceGuid', '=', guid).executeTakeFirst())?.Name;

    it('are applied to the computer in its place, and make nothing anew', async () => {
      await mergeComputers(deps, ADMIN, { winner, loser });
      const [outcome] = await process(cmdb, clock, [event(loser, 'LATE')]);
      expect(outcome).to.include({ kind: 'done' });
      expect(await nameOf(winner)).to.equal('LATE');
      expect(await rowCounts(cmdb, loser)).to.deep.equal({});
    });

    it('are applied once, also when they come again after the merge or after it was undone', async () => {
      const first = event(loser, 'ONCE');
      await process(cmdb, clock, [first]);
      const { changeGuid } = await mergeComputers(deps, ADMIN, { winner, loser });
      const second = event(loser, 'TWICE');
      await process(cmdb, clock, [second]);
      clock.time += 60_000;
      const again = { ...first, id: first.id + 100_000, sender: winner };
      expect((await process(cmdb, clock, [again]))[0]).to.include({ kind: 'done' });
      expect(await nameOf(winner)).to.equal('TWICE');
      clock.time += 60_000;
      await process(cmdb, clock, [event(loser, 'THIRD')]);
      await undoMerge(deps, ADMIN, changeGuid);
      await process(cmdb, clock, [{ ...second, id: second.id + 200_000 }]);
      expect(await nameOf(winner)).to.equal('THIRD');
      expect(await nameOf(loser)).to.equal('ONCE');
    });

    it('lose nothing and leave nothing behind when they come during the merge', async () => {
      const events = Array.from({ length: 12 }, (_, index) => event(loser, `RACE-${index}`));
      const run = async (each: (typeof events)[number]): Promise<string> => {
        for (let attempt = 0; attempt < 5; attempt++) {
          const [outcome] = await process(cmdb, clock, [each]);
          if (outcome!.kind !== 'later') return outcome!.kind;
        }
        return 'later';
      };
      const [merged, ...kinds] = await Promise.all([
        mergeComputers(deps, ADMIN, { winner, loser }),
        ...events.map(run),
      ]);
      expect(merged.changeGuid).to.be.a('string');
      expect(kinds).to.deep.equal(events.map(() => 'done'));
      expect(await rowCounts(cmdb, loser)).to.deep.equal({});
      expect(await nameOf(winner)).to.match(/^RACE-/);
    });

    it('of a deleted computer are put aside and bring nothing back', async () => {
      await deleteComputers(deps, ADMIN, [loser], 'Sold.');
      const before = await rowCounts(cmdb, loser);
      expect((await process(cmdb, clock, [event(loser, 'GHOST')]))[0]).to.include({
        kind: 'bad',
        reason: 'The computer was deleted.',
      });
      expect(await rowCounts(cmdb, loser)).to.deep.equal(before);
    });

    it('that claim the keys of another computer open a conflict, and move nothing', async () => {
      const keys = await cmdb.db
        .selectFrom('ResourceKey')
        .select(['KeyName as name', 'KeyValue as value'])
        .where('ResourceGuid', '=', winner)
        .execute();
      const { ResourceUpdate: _updates, ...before } = await everything(cmdb);
      for (let attempt = 0; attempt < 3; attempt++) {
        clock.time += 60_000;
        expect((await process(cmdb, clock, [event(loser, 'CLAIMANT', keys)]))[0]).to.include({ kind: 'done' });
      }
      const after = await everything(cmdb);
      const of = (rows: typeof before, table: string, guid: Guid) =>
        rows[table]!.filter((row) => row.ResourceGuid === guid);
      for (const table of ['ResourceKey', 'Computer', 'AgentRegistration', 'ResourceAlias', 'TargetMember', 'Delivery'])
        expect(of(after, table, winner), table).to.deep.equal(of(before, table, winner));
      expect(after.ResourceAlias).to.deep.equal(before.ResourceAlias);
      const conflicts = after.IdentityConflict!.filter(
        (row) => row.State === 'open' && [row.ResourceGuid, row.OtherGuid].includes(winner),
      );
      expect(conflicts).to.have.length(1);
      expect(conflicts[0]).to.include({ Kind: 'duplicate', TimesSeen: 3 });
      expect([conflicts[0]!.ResourceGuid, conflicts[0]!.OtherGuid]).to.have.members([winner, loser]);
    });

    it('that claim the keys of a great many computers fill no table', async () => {
      for (let index = 0; index < 14; index++) {
        const other = await fullComputer(cmdb, { name: `MANY-${newGuid().slice(0, 8)}`, hours: 30 });
        const keys = await cmdb.db
          .selectFrom('ResourceKey')
          .select(['KeyName as name', 'KeyValue as value'])
          .where('ResourceGuid', '=', other)
          .execute();
        await process(cmdb, clock, [event(loser, 'CLAIMANT', keys)]);
      }
      const conflicts = await cmdb.db.selectFrom('IdentityConflict').selectAll().execute();
      const mine = conflicts.filter((row) => [row.ResourceGuid, row.OtherGuid].includes(loser));
      expect(mine.length).to.be.within(1, 12);
    });
  });
});
