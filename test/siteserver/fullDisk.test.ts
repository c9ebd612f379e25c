/** A disk that is really full under a package server: a small file system in memory, where this user may mount one. */
import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newGuid } from '../../wire/guid.ts';
import { answerFile, sha256 } from '../agent/support/fakeServer.ts';
import { Holdings } from './holdings.ts';

const MB = 1024 * 1024;

function mountSmallDisk(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'ns-full-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'tmpfs', folder], { stdio: 'ignore' });
    return folder;
  } catch {
    rmSync(folder, { recursive: true });
    return undefined;
  }
}

const disk = process.platform === 'linux' ? mountSmallDisk() : undefined;

describe('a full disk under a package server', function () {
  this.timeout(60_000);
  if (disk === undefined) {
    it.skip('SKIPPED: no small file system can be mounted here, nothing of this was tried');
    return;
  }
  let holdings: Holdings;
  before(async () => (holdings = await Holdings.start(disk)));
  after(async () => {
    await holdings.stop();
    execFileSync('umount', [disk]);
    rmSync(disk, { recursive: true });
  });

  it('stops what comes, says what is missing, keeps what is served, and goes on when there is room', async () => {
    const small = { guid: newGuid(), name: 'Small', version: 1, files: { 'a.bin': randomBytes(2 * MB) } };
    const large = { guid: newGuid(), name: 'Large', version: 1, files: { 'b.bin': randomBytes(6 * MB) } };
    const { fake, store } = holdings;
    fake.packages = [small, large];
    await holdings.until(() => holdings.stateOf(small)?.state === 'ready', holdings.policy([small]));

    // There is room when it begins; somebody else takes it while the file is on its way.
    const other = join(disk, 'of somebody else');
    fake.fileAnswer = (request, response, content) => {
      writeFileSync(other, Buffer.alloc(5 * MB));
      answerFile(request, response, content);
    };
    await holdings.until(() => holdings.stateOf(large)?.state === 'failed', holdings.policy([small, large]));
    expect(holdings.stateOf(large)!.detail).to.match(/^the disk (is full|has \d+ MB free): .*\d+ MB/);
    expect(holdings.stateOf(large)!.version).to.equal(undefined);
    expect(holdings.stateOf(small)).to.include({ state: 'ready', version: 1 });
    expect(store.has(sha256(small.files['a.bin']), 2 * MB)).to.equal(true);

    fake.fileAnswer = answerFile;
    rmSync(other);
    await holdings.until(() => holdings.stateOf(large)?.state === 'ready');
    expect(holdings.stateOf(small)).to.include({ state: 'ready', version: 1 });
  });

  it('does not end the process when not even a note can be written', async () => {
    const { fake } = holdings;
    const filler = join(disk, 'filler');
    const more = { guid: newGuid(), name: 'More', version: 1, files: { 'c.bin': randomBytes(MB) } };
    fake.packages = [...fake.packages, more];
    try {
      writeFileSync(filler, Buffer.alloc(12 * MB));
    } catch {
      // Until nothing more goes in: that is what is wanted.
    }
    const all = fake.packages;
    await holdings.until(() => holdings.stateOf(more)?.state === 'failed', holdings.policy(all, { keepOldHours: 0 }));
    expect(holdings.stateOf(more)!.detail).to.match(/disk/);
    rmSync(filler);
    await holdings.until(() => holdings.stateOf(more)?.state === 'ready');
  });
});
