import { expect } from 'chai';
import type { AppContext } from '../../app/context.ts';
import { changeFollowing } from '../../app/services/changeFollowing.ts';
import { createLog } from '../../app/log.ts';
import { ChangeFollower, recordChange, type Change } from '../../models/changes/changeLog.ts';
import { CmdbUnavailable } from '../../models/cmdb/types.ts';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { newGuid } from '../../wire/guid.ts';
import { forEachEngine } from '../support/cmdb.ts';

const at = (iso: string) => ({ now: () => Date.parse(iso) });
const HERE = at('2031-02-03T04:05:06.000Z');
/** Another node's clock, ten minutes behind. */
const SLOW = at('2031-02-03T03:55:06.000Z');

describe('following changes', () => {
  forEachEngine((engine, open) => {
    let cmdb: AnyCmdb;
    beforeEach(async () => {
      cmdb = await open();
    });
    afterEach(() => cmdb.close());

    const record = async (clock = HERE) => {
      const guid = newGuid();
      await cmdb.transaction((session) => recordChange(session, clock, 'registration', guid));
      return guid;
    };
    const guids = (changes: readonly Change[]) => changes.map((change) => change.ItemGuid);

    it('answers each change once, those of a node with a slow clock included', async () => {
      const follower = new ChangeFollower(cmdb, HERE);
      expect(await follower.poll()).to.deep.equal([]);
      const [first, second] = [await record(SLOW), await record()];
      expect(guids(await follower.poll())).to.deep.equal([first, second]);
      expect(await follower.poll()).to.deep.equal([]);
      const third = await record(SLOW);
      expect(guids(await follower.poll())).to.deep.equal([third]);
    });

    it('begins with what came while memory was being filled', async () => {
      await record(SLOW);
      const late = await record();
      const follower = new ChangeFollower(cmdb, HERE);
      expect(guids(await follower.poll())).to.deep.equal([late]);
      expect(await follower.poll()).to.deep.equal([]);
    });

    if (engine === 'mssql') {
      it('waits for a transaction that commits after one with a higher number', async () => {
        const follower = new ChangeFollower(cmdb, HERE);
        await follower.poll();
        const slow = newGuid();
        let higher: string | undefined;
        await cmdb.transaction(async (session) => {
          await recordChange(session, HERE, 'registration', slow);
          higher = await record();
          expect(guids(await follower.poll())).to.deep.equal([higher]);
        });
        expect(guids(await follower.poll())).to.deep.equal([slow]);
        expect(await follower.poll()).to.deep.equal([]);
      });
    }

    it('hands a change again to what could not read it while the CMDB was away', async () => {
      const heard: unknown[] = [];
      let outages = 1;
      let told = (): void => undefined;
      const all = new Promise<void>((resolve) => (told = resolve));
      const keeper = {
        applyChange: async (_session: unknown, change: Change) => {
          if (outages-- > 0) throw new CmdbUnavailable(new Error('away'));
          heard.push(change.ItemGuid);
          if (heard.length === 2) told();
        },
      };
      const quiet = { applyChange: async () => undefined };
      const context = {
        cmdb,
        log: createLog('silent'),
        agents: keeper,
        packages: quiet,
        sites: quiet,
        packageServers: quiet,
        policies: quiet,
        secrets: { signingKeys: quiet },
      };
      const service = changeFollowing(context as unknown as AppContext, new ChangeFollower(cmdb, HERE));
      const recorded = [await record(), await record()];
      await service.start();
      await all;
      await service.stop();
      expect(heard).to.deep.equal(recorded);
    });
  });
});
