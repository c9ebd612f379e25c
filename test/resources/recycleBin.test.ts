import { expect } from 'chai';
import { decideRegistrations } from '../../models/agents/decide.ts';
import { AgentDirectory } from '../../models/agents/directory.ts';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { ContactRecorder } from '../../models/computers/contacts.ts';
import { readTimeline } from '../../models/computers/timeline.ts';
import { carryOut, carryOutDaily, nextRun } from '../../models/resources/carryOut.ts';
import { deleteComputers } from '../../models/resources/deleteComputers.ts';
import { forecast, listDue, readLifecycle, saveLifecycle } from '../../models/resources/lifecycle.ts';
import { dueForPurge, purgeComputers } from '../../models/resources/purge.ts';
import { listRecycled, restoreComputers } from '../../models/resources/recycleBin.ts';
import { manageComputers, retireComputers } from '../../models/resources/retire.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { ADMIN, NOON, standingClock, type TestClock } from '../agents/support.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { everything, fullComputer, newTarget, newUser, relate, rowCounts } from './support.ts';

const DAY = 86_400_000;

describe('retired and deleted computers', () => {
  forEachEngine((_engine, open) => {
    let cmdb: AnyCmdb;
    let clock: TestClock;
    let deps: { cmdb: AnyCmdb; clock: TestClock; agents: AgentDirectory };
    let computer: Guid;
    let list: Guid;

    before(async () => {
      cmdb = await open();
      clock = standingClock();
      list = await newTarget(cmdb, 'list');
      deps = { cmdb, clock, agents: await AgentDirectory.load(cmdb) };
    });
    after(() => cmdb.close());
    beforeEach(async () => {
      clock.time = NOON;
      computer = await fullComputer(cmdb, { name: `PC-${newGuid().slice(0, 8)}`, targets: [list] });
      await relate(cmdb, computer, await newUser(cmdb, 'anna'));
      await deps.agents.refresh(cmdb, computer);
    });

    const resource = () => cmdb.db.selectFrom('Resource').selectAll().where('Guid', '=', computer).executeTakeFirst();
    const lastWords = async (): Promise<string[]> =>
      (await readTimeline(cmdb, computer, 0, 10)).entries.map(({ kind, detail }) => `${kind}: ${detail}`);
    const silenced = async (guid: Guid, days: number): Promise<void> => {
      const LastContactAt = new Date(NOON - days * DAY).toISOString();
      await cmdb.db.updateTable('ComputerContact').set({ LastContactAt }).where('ResourceGuid', '=', guid).execute();
    };

    describe('a retired one', () => {
      it('is kept and not managed, and comes back by itself when it is heard of', async () => {
        const counts = await rowCounts(cmdb, computer);
        expect(await retireComputers(deps, ADMIN, [computer], 'Retired by hand.')).to.equal(1);
        expect(await retireComputers(deps, ADMIN, [computer], 'Retired by hand.')).to.equal(0);
        expect(await resource()).to.include({ IsManaged: 0, RetiredAt: new Date(NOON).toISOString() });
        expect(await rowCounts(cmdb, computer)).to.deep.equal({ ...counts, Timeline: 2 });

        clock.time += DAY;
        const contacts = new ContactRecorder(cmdb, clock);
        contacts.note(computer, 'policy', '10.1.1.1');
        await contacts.flush();
        expect(await resource()).to.include({ IsManaged: 1, RetiredAt: null });
        expect((await lastWords())[0]).to.equal(
          'cameBack: Came back by itself: it contacted the server. It was retired on 2030-01-07.',
        );
      });

      it('is managed again when somebody says so', async () => {
        await retireComputers(deps, ADMIN, [computer], 'Retired by hand.');
        expect(await manageComputers(deps, ADMIN, [computer])).to.equal(1);
        expect(await resource()).to.include({ IsManaged: 1, RetiredAt: null });
        expect((await lastWords())[0]).to.match(/^cameBack: Managed again by jane/);
      });
    });

    describe('a deleted one', () => {
      it('is in no list any more, its agent is shut out, and it lies in the bin', async () => {
        expect(await deleteComputers(deps, ADMIN, [computer], 'Sold.')).to.equal(1);
        const counts = await rowCounts(cmdb, computer);
        for (const table of ['Computer', 'ComputerContact', 'TargetMember', 'Delivery', 'ResourceUpdate'])
          expect(counts).not.to.have.property(table);
        expect(Object.keys(counts).filter((table) => table.startsWith('Inv_'))).to.deep.equal([]);
        expect(deps.agents.get(computer)).to.include({ state: 'revoked' });
        expect(await resource()).to.include({ IsManaged: 0, DeletedBy: 'jane' });
        const { rows } = await listRecycled(cmdb, { sort: 'Name', descending: false, offset: 0, limit: 500 });
        expect(rows.find(({ guid }) => guid === computer)).to.include({
          deletedBy: 'jane',
          reason: 'Sold.',
          domain: 'EXAMPLE',
        });
        expect(await deleteComputers(deps, ADMIN, [computer], 'Sold.')).to.equal(0);
      });

      it('is restored to exactly what was stored', async () => {
        await retireComputers(deps, ADMIN, [computer], 'Retired by hand.');
        const before = await everything(cmdb);
        const times = async () => cmdb.db.selectFrom('Resource').select(['Guid', 'ModifiedAt']).execute();
        await deleteComputers(deps, ADMIN, [computer], 'Sold.');
        expect(await restoreComputers(deps, ADMIN, [computer])).to.equal(1);
        const after = await everything(cmdb);
        after.Timeline = after.Timeline!.filter(({ Kind }) => !['deleted', 'cameBack'].includes(String(Kind)));
        before.Timeline = before.Timeline!.filter(({ Kind }) => !['deleted', 'cameBack'].includes(String(Kind)));
        expect(after).to.deep.equal(before);
        expect(await times()).to.have.length(before.Resource!.length);
        expect(deps.agents.get(computer)).to.include({ state: 'allowed' });
        expect((await lastWords())[0]).to.match(
          /^cameBack: Restored from the recycle bin by jane; it was deleted on 2030-01-07/,
        );
      });

      it('is restored without what is gone meanwhile', async () => {
        const gone = await newTarget(cmdb, 'gone');
        await cmdb.db.insertInto('TargetMember').values({ TargetGuid: gone, ResourceGuid: computer }).execute();
        await deleteComputers(deps, ADMIN, [computer], 'Sold.');
        await cmdb.db.deleteFrom('Target').where('Guid', '=', gone).execute();
        await restoreComputers(deps, ADMIN, [computer]);
        expect(await rowCounts(cmdb, computer)).to.include({ TargetMember: 1, Computer: 1 });
      });

      it('comes back with everything when its registration is allowed again, and says why', async () => {
        const counts = await rowCounts(cmdb, computer);
        await deleteComputers(deps, ADMIN, [computer], 'Sold.');
        const registration = await cmdb.db
          .selectFrom('AgentRegistration')
          .select('Guid')
          .where('ResourceGuid', '=', computer)
          .executeTakeFirstOrThrow();
        await decideRegistrations(deps, ADMIN, 'allow', [registration.Guid]);
        expect(await rowCounts(cmdb, computer)).to.include({
          Computer: counts.Computer!,
          TargetMember: 1,
          Inv_AeX_AC_Client_Agent: 2,
        });
        expect(deps.agents.get(computer)).to.include({ state: 'allowed' });
        expect((await lastWords()).join('\n')).to.match(
          /registered: .* It came back because its registration was allowed. It was deleted on 2030-01-07 by jane: Sold\./,
        );
      });

      it('is restored once when two people ask for it at once', async () => {
        await deleteComputers(deps, ADMIN, [computer], 'Sold.');
        const restored = await Promise.all([
          restoreComputers(deps, ADMIN, [computer]),
          restoreComputers(deps, ADMIN, [computer]),
        ]);
        expect(restored.toSorted()).to.deep.equal([0, 1]);
        expect(await rowCounts(cmdb, computer)).to.include({ Computer: 1, TargetMember: 1 });
      });

      it('is purged for good after its time, and nothing of it is left', async () => {
        await deleteComputers(deps, ADMIN, [computer], 'Sold.');
        expect(await dueForPurge(cmdb, NOON, 100)).not.to.include(computer);
        expect(await dueForPurge(cmdb, NOON + 1, 100)).to.include(computer);
        expect(await purgeComputers(deps, ADMIN, [computer])).to.equal(1);
        expect(await rowCounts(cmdb, computer)).to.deep.equal({});
        expect(await restoreComputers(deps, ADMIN, [computer])).to.equal(0);
        const entry = cmdb.db.selectFrom('AuditEntry').select('Action').where('ObjectGuid', '=', computer);
        expect((await entry.execute()).map(({ Action }) => Action)).to.include('delete for good');
      });
    });

    describe('the rules', () => {
      beforeEach(async () => {
        await cmdb.db.deleteFrom('Setting').where('Name', 'like', 'computers.%').execute();
      });

      it('are off at first, but for the bin, which empties itself after 30 days', async () => {
        await silenced(computer, 4000);
        const rules = await readLifecycle(cmdb);
        expect(rules).to.deep.equal({ retireAfterDays: undefined, deleteAfterDays: undefined, keepDeletedDays: 30 });
        expect(await forecast(cmdb, rules, clock.now())).to.include({ retire: 0, delete: 0 });
      });

      it('retire, delete and purge what is due, each after its own days, and nothing else', async () => {
        const fresh = await fullComputer(cmdb, { name: 'FRESH' });
        await silenced(computer, 91);
        const rules = { retireAfterDays: 90, deleteAfterDays: 30, keepDeletedDays: 10 };
        await saveLifecycle(cmdb, clock, ADMIN, rules);
        const signal = new AbortController().signal;
        const due = await listDue(cmdb, rules, { step: 'retire', at: clock.now(), offset: 0, limit: 100 });
        expect(due.rows.map(({ guid }) => guid)).to.include(computer);
        expect(due.rows.map(({ guid }) => guid)).not.to.include(fresh);

        const done = await carryOut(deps, ADMIN, signal);
        expect(done.retired).to.equal(due.total);
        expect(await resource()).to.include({ IsManaged: 0, DeletedAt: null });
        clock.time += 31 * DAY;
        await silenced(fresh, -31);
        await carryOut(deps, ADMIN, signal);
        expect((await resource())?.DeletedAt).not.to.equal(null);
        clock.time += 11 * DAY;
        await carryOut(deps, ADMIN, signal);
        expect(await resource()).to.equal(undefined);
        const left = await cmdb.db.selectFrom('Resource').selectAll().where('Guid', '=', fresh).executeTakeFirst();
        expect(left).to.include({ IsManaged: 1, DeletedAt: null });
      });

      it('retire nobody when most of the fleet is silent at once', async () => {
        for (let index = 0; index < 25; index++) await fullComputer(cmdb, { name: `SILENT-${index}`, hours: 24 * 20 });
        const rules = { retireAfterDays: 14, deleteAfterDays: undefined, keepDeletedDays: 30 };
        await saveLifecycle(cmdb, clock, ADMIN, rules);
        const { retire, heldBack } = await forecast(cmdb, rules, clock.now());
        expect(retire).to.be.at.least(25);
        expect(heldBack).to.match(/more than half/);
        expect(await carryOut(deps, ADMIN, new AbortController().signal)).to.include({ retired: 0 });
      });

      it('are carried out once a day, by one node', async () => {
        const signal = new AbortController().signal;
        clock.time = Date.parse('2030-02-01T01:00:00Z');
        expect(await carryOutDaily(deps, signal)).to.equal(undefined);
        expect(new Date(nextRun(clock.now())).toISOString()).to.equal('2030-02-01T02:00:00.000Z');
        clock.time = Date.parse('2030-02-01T02:00:00Z');
        const runs = await Promise.all([carryOutDaily(deps, signal), carryOutDaily(deps, signal)]);
        expect(runs.filter((run) => run !== undefined)).to.have.length(1);
        expect(await carryOutDaily(deps, signal)).to.equal(undefined);
        expect(new Date(nextRun(clock.now())).toISOString()).to.equal('2030-02-02T02:00:00.000Z');
      });

      it('take whole days only', async () => {
        const rules = { retireAfterDays: 2, deleteAfterDays: 0.5, keepDeletedDays: 0 };
        const error = await saveLifecycle(cmdb, clock, ADMIN, rules).catch((caught: Error) => caught);
        expect((error as { errors?: { field: string }[] }).errors?.map(({ field }) => field)).to.deep.equal([
          'retireAfterDays',
          'deleteAfterDays',
          'keepDeletedDays',
        ]);
      });
    });
  });
});
