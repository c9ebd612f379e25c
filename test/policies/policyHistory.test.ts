import { expect } from 'chai';
import { newGuid, type Guid } from '../../wire/guid.ts';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { PolicyHistory } from '../../models/policies/policyHistory.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { addComputers, clock } from './support.ts';

const A = { hash: 'A'.repeat(32), size: 1 };
const B = { hash: 'B'.repeat(32), size: 3 };

forEachEngine((_engine, open) => {
  describe('the timeline of policies', () => {
    let cmdb: AnyCmdb;
    let one: Guid;
    let two: Guid;
    beforeEach(async () => {
      cmdb = await open();
      [one, two] = (await addComputers(cmdb, 2)) as [Guid, Guid];
    });
    afterEach(() => cmdb.close());

    const rows = async (): Promise<string[]> => {
      const found = await cmdb.db
        .selectFrom('Timeline')
        .select(['ResourceGuid', 'Kind', 'Detail'])
        .orderBy('Id')
        .execute();
      return found.map(({ ResourceGuid, Kind, Detail }) => `${ResourceGuid} ${Kind}: ${Detail}`);
    };

    it('has a row for each change of a set, and none while nothing changes', async () => {
      const history = new PolicyHistory();
      history.note(one, A);
      history.note(two, A);
      history.note(one, A);
      await history.flush(cmdb, clock);
      history.note(one, A);
      history.note(two, B);
      await history.flush(cmdb, clock);
      await history.flush(cmdb, clock);
      expect(await rows()).to.have.members([
        `${one} policy: 1 policy applies, set ${A.hash}.`,
        `${two} policy: 1 policy applies, set ${A.hash}.`,
        `${two} policy: 3 policies apply, set ${B.hash}.`,
      ]);
    });

    it('goes on after a restart, and where another node answered, without repeating itself', async () => {
      const before = new PolicyHistory();
      before.note(one, A);
      before.note(two, A);
      await before.flush(cmdb, clock);
      const after = new PolicyHistory();
      after.note(one, A);
      after.note(two, B);
      await after.flush(cmdb, clock);
      expect(await rows()).to.have.length(3);
      expect((await rows()).at(-1)).to.include(`${two} policy: 3 policies apply`);
    });

    it('knows only computers', async () => {
      const history = new PolicyHistory();
      history.note(newGuid(), A);
      await history.flush(cmdb, clock);
      expect(await rows()).to.deep.equal([]);
    });

    it('keeps what could not be written', async () => {
      const history = new PolicyHistory();
      history.note(one, A);
      const failing = { ...cmdb, transaction: () => Promise.reject(new Error('disk full')) } as unknown as AnyCmdb;
      const failure = await history.flush(failing, clock).catch((error: unknown) => error);
      expect(failure).to.be.instanceOf(Error);
      await history.flush(cmdb, clock);
      expect(await rows()).to.have.length(1);
    });
  });
});
