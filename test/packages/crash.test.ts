/** A builder that is killed at any moment leaves what was published as it was, and nothing half-published. */
import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openCmdb } from '../../models/cmdb/open.ts';
import { migrate } from '../../models/cmdb/migrate.ts';
import { systemClock } from '../../models/clock.ts';
import { PackageCatalogue } from '../../models/packages/catalogue.ts';
import { refreshPackage } from '../../models/packages/refreshPackage.ts';
import { collectGarbage } from '../../models/packages/snapshot/collectGarbage.ts';
import { readManifest } from '../../wire/manifest.ts';
import { addPackage, manyFiles, refreshDeps, TestFolder } from './support.ts';

const KILLS = Math.min(Number(process.env.CRASH_KILLS ?? 5), 20);
const builder = fileURLToPath(new URL('./builder.ts', import.meta.url));

describe('a builder that is killed', () => {
  const data = new TestFolder();
  const source = manyFiles(150);
  after(() => {
    data.remove();
    source.remove();
  });

  it(`${KILLS} times leaves the last snapshot whole, and its successor completes the work`, async () => {
    mkdirSync(join(data.path, 'packages'), { recursive: true });
    const address = `sqlite:${join(data.path, 'cmdb.sqlite')}`;
    const cmdb = await openCmdb(address);
    await migrate(cmdb);
    // Nobody has to wait for the leases of the dead: for this clock they have run out.
    const later = { now: () => systemClock.now() + 600_000 };
    const deps = refreshDeps(cmdb, later, data.path);
    const guid = await addPackage(deps, source.path);
    expect((await refreshPackage(deps, guid)).result).to.equal('published');
    let published = await check();

    for (let kill = 0; kill < KILLS; kill++) {
      for (let number = 0; number < 30; number++)
        source.write(`new/${kill}/${number}`, `${kill} ${number}`.repeat(number + 1));
      const child = spawn(process.execPath, [builder, address, data.path, guid], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(child.stdout, 'data');
      await wait(Math.random() * 250);
      child.kill('SIGKILL');
      await once(child, 'exit');
      const found = await check();
      // Either the old one or the new one, never a mixture.
      expect(found.files).to.be.oneOf([published.files, 150 + (kill + 1) * 30]);
      await refreshPackage(deps, guid);
      published = await check();
      expect(published.files).to.equal(150 + (kill + 1) * 30);
    }
    expect(await collectGarbage(cmdb, later, deps.store)).to.not.equal(undefined);
    await check();
    await cmdb.close();

    /** Every file of what is published lies in the store, and is what its hash says. */
    async function check(): Promise<{ files: number }> {
      const catalogue = await PackageCatalogue.load(cmdb);
      const entry = catalogue.get(guid)!;
      const snapshot = await catalogue.snapshot(cmdb, entry, entry.version!);
      for (const { hash, size } of snapshot!.files.values()) {
        const content = readFileSync(deps.store.objectPath(hash));
        expect(content.length).to.equal(size);
        expect(createHash('sha256').update(content).digest('hex')).to.equal(hash);
      }
      return { files: readManifest(snapshot!.manifest.toString('utf8')).files.length };
    }
  }).timeout(600_000);
});
