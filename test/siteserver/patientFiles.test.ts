/** What Windows says of files that somebody holds, told by the file system's own errors. */
import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeIfFree, renamePatiently } from '../../siteserver/packages/patientFiles.ts';

const held = (code: string): Error => Object.assign(new Error(code), { code });

describe('files that somebody holds', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ns-held-'));
  const [from, to] = [join(folder, 'from'), join(folder, 'to')];
  after(() => rmSync(folder, { recursive: true }));

  it('are renamed on Windows as soon as they are let go', async () => {
    writeFileSync(from, 'content');
    let tries = 0;
    const move = async (a: string, b: string): Promise<void> => {
      if (++tries < 3) throw held(tries === 1 ? 'EPERM' : 'EBUSY');
      await rename(a, b);
    };
    await renamePatiently(from, to, { platform: 'win32', move: move as typeof rename });
    expect(tries).to.equal(3);
    expect(readFileSync(to, 'utf8')).to.equal('content');
  });

  it('are not tried again elsewhere, nor for what time does not mend', async () => {
    for (const [platform, code] of [
      ['linux', 'EPERM'],
      ['win32', 'ENOENT'],
      ['win32', 'ENOSPC'],
    ] as const) {
      let tries = 0;
      const move = (): Promise<void> => {
        tries++;
        return Promise.reject(held(code));
      };
      const error = await renamePatiently(from, to, { platform, move: move as typeof rename }).catch(
        (thrown: Error) => thrown,
      );
      expect(error, code).to.be.instanceOf(Error);
      expect(tries, code).to.equal(1);
    }
  });

  it('stay for the next clean-up, which ends nothing', () => {
    const throwing = (code: string) => (): void => {
      throw held(code);
    };
    expect(removeIfFree(to, throwing('EBUSY'))).to.equal(false);
    expect(() => removeIfFree(to, throwing('EIO'))).to.throw('EIO');
    expect(removeIfFree(to)).to.equal(true);
    expect(removeIfFree(to), 'gone already').to.equal(true);
  });
});
