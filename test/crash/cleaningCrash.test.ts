/** Whoever removes old versions is killed over it: no half version is served, and nothing of one stays. */
import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { systemClock, utc } from '../../models/clock.ts';
import { migrate } from '../../models/cmdb/migrate.ts';
import { openCmdb, type AnyCmdb } from '../../models/cmdb/open.ts';
import { refreshPackage } from '../../models/packages/refreshPackage.ts';
import { collectGarbage } from '../../models/packages/snapshot/collectGarbage.ts';
import { removeOldSnapshots } from '../../models/packages/snapshot/removeOldSnapshots.ts';
import { loadMasterKey, loadSecrets } from '../../models/secrets/secrets.ts';
import { addPackage, refreshDeps, TestFolder } from '../packages/support.ts';
import { expectNoGarbage, expectWhole } from './storeChecks.ts';

const KILLS = Math.min(Number(process.env.CRASH_KILLS ?? 3), 50);
const CLEANER = fileURLToPath(new URL('./cleaner.ts', import.meta.url));
const OLD = 4;

describe('a removal of old versions that is killed', function () {
  this.timeout(120_000 + KILLS * 5000);
  const source = new TestFolder();
  let dataDir: string;
  let cmdb: AnyCmdb;
  before(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'ns-cleaning-'));
    mkdirSync(join(dataDir, 'packages'));
    cmdb = await openCmdb(`sqlite:${join(dataDir, 'cmdb.sqlite')}`);
    await migrate(cmdb);
  });
  after(async () => {
    await cmdb.close();
    rmSync(dataDir, { recursive: true });
    source.remove();
  });

  const versions = async () =>
    (await cmdb.db.selectFrom('Snapshot').select('Version').where('IsRemoved', '=', 0).execute()).length;

  it(`${KILLS} times serves whole versions only, and the next one ends what was begun`, async () => {
    const master = loadMasterKey('', dataDir);
    const deps = { ...refreshDeps(cmdb, systemClock, dataDir), key: await loadSecrets(cmdb, master, systemClock) };
    // Empty folders cost a row each and no reading.
    for (let number = 0; number < 2500; number++) source.folder(`empty/${number}`);
    source.write('stays', 'in all of them');
    const guid = await addPackage(deps, source.path);
    for (let version = 0; version <= OLD; version++) {
      for (let number = 0; number < 30; number++) source.write(`file ${number}`, `${number} `.repeat(version + 1));
      expect((await refreshPackage(deps, guid)).result).to.equal('published');
    }
    await cmdb.db
      .updateTable('Snapshot')
      .set({ RetiredAt: utc(0) })
      .where('RetiredAt', 'is not', null)
      .execute();
    const [current] = (await expectWhole(cmdb, deps.store, master)).values();
    expect(await versions()).to.equal(OLD + 1);

    for (let kill = 0; kill < KILLS; kill++) {
      const child = spawn(process.execPath, [CLEANER, `sqlite:${join(dataDir, 'cmdb.sqlite')}`, dataDir], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      // When little is left, it may have ended before it is killed.
      const ended = once(child, 'exit');
      await once(child.stdout, 'data');
      await wait(Math.random() * 80);
      child.kill('SIGKILL');
      await ended;
      const whole = await expectWhole(cmdb, deps.store, master);
      expect([...whole.values()]).to.deep.equal([current]);
    }

    await removeOldSnapshots(cmdb, systemClock, { retentionHours: 1, neededDays: 0 });
    await collectGarbage(cmdb, systemClock, deps.store);
    expect(await versions()).to.equal(1);
    await expectNoGarbage(cmdb, deps.store, dataDir);
    expect([...(await expectWhole(cmdb, deps.store, master)).values()]).to.deep.equal([current]);
  });
});
