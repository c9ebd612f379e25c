/** A disk that is really full: a small file system in memory, where this user may mount one. */
import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spoolBody, spoolFolder } from '../../models/events/spool.ts';
import { ThreadQueue } from '../../models/events/threadQueue.ts';
import type { ProtocolError } from '../../models/protocolErrors.ts';
import { inventory, WKS_042 } from '../events/support.ts';

function mountSmallDisk(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'ns-full-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', folder], { stdio: 'ignore' });
    return folder;
  } catch {
    rmSync(folder, { recursive: true });
    return undefined;
  }
}

const disk = process.platform === 'linux' ? mountSmallDisk() : undefined;

describe('a full disk under the event queue', () => {
  if (disk === undefined) {
    it.skip('SKIPPED: no small file system can be mounted here, nothing of this was tried');
    return;
  }
  after(() => {
    execFileSync('umount', [disk]);
    rmSync(disk, { recursive: true });
  });

  const limits = { maxEvents: 100_000, maxBytes: 1e9 };
  const event = (name: string): Buffer =>
    Buffer.from(inventory(name).replace('</message>', `<!--${'x'.repeat(10_000)}--></message>`));
  const accept = async (queue: ThreadQueue, name: string): Promise<string> => {
    try {
      await queue.accept({ body: event(name), sender: WKS_042, proven: true, priority: 0, receivedAt: 0 });
      return 'accepted';
    } catch (error) {
      return (error as ProtocolError).code;
    }
  };

  it('refuses events until there is room again, and keeps every one that it took', async () => {
    let queue = await ThreadQueue.open({ cmdb: undefined, dataDir: disk }, limits);
    const accepted: string[] = [];
    let answer = 'accepted';
    for (let index = 0; index < 2000 && answer === 'accepted'; index++) {
      answer = await accept(queue, `E${index}`);
      if (answer === 'accepted') accepted.push(`E${index}`);
    }
    expect(answer, 'agents are told to come back').to.equal('unavailable');
    expect(accepted.length).to.be.greaterThan(50);
    expect((await queue.state()).depth, 'nothing half-written').to.equal(accepted.length);
    await queue.stop();

    // A log that cannot be folded into its file is still read: what was taken is there.
    queue = await ThreadQueue.open({ cmdb: undefined, dataDir: disk }, limits);
    expect((await queue.state()).depth).to.equal(accepted.length);
    await queue.stop();
    execFileSync('mount', ['-o', 'remount,size=60m', disk]);
    queue = await ThreadQueue.open({ cmdb: undefined, dataDir: disk }, limits);
    expect(await accept(queue, 'AFTER')).to.equal('accepted');
    expect((await queue.state()).depth).to.equal(accepted.length + 1);
    await queue.stop();
  });

  it('goes on by itself, in the same process', async () => {
    const queue = await ThreadQueue.open({ cmdb: undefined, dataDir: disk }, limits);
    const ballast = join(disk, 'ballast');
    for (let size = 60e6; size >= 1000; size /= 2) {
      try {
        writeFileSync(ballast, Buffer.alloc(size), { flag: 'a' });
      } catch {
        // As much as fits.
      }
    }
    const answers: string[] = [];
    for (let index = 0; index < 600; index++) answers.push(await accept(queue, `F${index}`));
    expect(answers.at(-1)).to.equal('unavailable');
    const chunks = (async function* () {
      for (let index = 0; index < 1000; index++) yield Buffer.alloc(10_000);
    })();
    const failed: unknown = await spoolBody(spoolFolder(disk), chunks, 1e9).catch((error: unknown) => error);
    expect((failed as ProtocolError).code).to.equal('unavailable');
    expect(readdirSync(spoolFolder(disk)), 'no part of a body stays').to.deep.equal([]);
    const before = (await queue.state()).depth;
    rmSync(ballast);
    expect(await accept(queue, 'AGAIN')).to.equal('accepted');
    expect((await queue.state()).depth).to.equal(before + 1);
    await queue.stop();
  });
});
