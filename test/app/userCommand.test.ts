/** `ns user`, run as a person would run it: its own process, its exit code, what it prints and what it leaves behind. */
import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../models/clock.ts';
import { openCmdb } from '../../models/cmdb/open.ts';
import { signIn } from '../../models/security/signIn.ts';
import { findUser, mustChangePassword } from '../../models/security/users.ts';

const NS = fileURLToPath(new URL('../../bin/ns.js', import.meta.url));

describe('ns user', () => {
  let dataDir: string;
  beforeEach(() => (dataDir = mkdtempSync(join(tmpdir(), 'ns-user-'))));
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

  const ns = (args: string[], input = '') => {
    const env = { PATH: process.env.PATH, NS_DATA_DIR: dataDir };
    const { status, stdout, stderr } = spawnSync(process.execPath, [NS, 'user', ...args], {
      env,
      input,
      encoding: 'utf8',
    });
    return { status, out: stdout.trim(), err: stderr.trim() };
  };

  async function opens(
    name: string,
    password: string,
  ): Promise<{ signedIn: boolean; mustChange: boolean | undefined; role: string | undefined }> {
    const cmdb = await openCmdb(`sqlite:${join(dataDir, 'cmdb.sqlite')}`);
    try {
      const result = await signIn(cmdb, systemClock, { name, password, address: '' });
      const user = await findUser(cmdb, name);
      return { signedIn: 'userGuid' in result, mustChange: user && mustChangePassword(user), role: user?.roleName };
    } finally {
      await cmdb.close();
    }
  }

  it('adds a user with a password that is printed and must be changed', async () => {
    const added = ns(['add', 'anna', '--full-name', 'Anna Example', '--role', 'viewers']);
    expect(added).to.include({ status: 0, err: 'User anna was created with the role Viewers.' });
    expect(await opens('anna', added.out)).to.deep.equal({ signedIn: true, mustChange: true, role: 'Viewers' });
    expect(ns(['list']).out).to.match(/^anna {2}Viewers {2}enabled {2}last sign-in \S+Z {2}password must be changed$/);
  });

  it('takes a password from standard input and prints none', async () => {
    expect(ns(['add', 'bob', '--password-stdin'], 'typed by myself\nignored')).to.include({ status: 0, out: '' });
    expect(await opens('bob', 'typed by myself')).to.deep.equal({
      signedIn: true,
      mustChange: false,
      role: 'Administrators',
    });
  });

  it('sets a forgotten password', async () => {
    ns(['add', 'carol', '--password-stdin'], 'the forgotten one\n');
    const reset = ns(['password', 'CAROL']);
    expect(reset.status).to.equal(0);
    expect((await opens('carol', 'the forgotten one')).signedIn).to.equal(false);
    expect(await opens('carol', reset.out)).to.include({ signedIn: true, mustChange: true });
  });

  it('fails with a sentence for a taken name, a weak password and a user who is not there', () => {
    ns(['add', 'anna']);
    expect(ns(['add', 'anna'])).to.deep.equal({ status: 1, out: '', err: 'There is already a user named anna.' });
    expect(ns(['add', 'dave', '--password-stdin'], 'short\n')).to.deep.equal({
      status: 1,
      out: '',
      err: 'Use at least 10 characters.',
    });
    expect(ns(['password', 'ghost'])).to.deep.equal({ status: 1, out: '', err: 'There is no user named ghost.' });
    expect(ns(['list']).out.split('\n')).to.have.length(1);
  });

  it('answers wrong use with 2', () => {
    for (const args of [
      [],
      ['remove', 'anna'],
      ['add'],
      ['add', 'a', 'b'],
      ['list', 'a'],
      ['add', 'a', '--role', 'nope'],
      ['add', 'a', '--frob'],
    ]) {
      expect(ns(args).status, args.join(' ')).to.equal(2);
    }
  });
});
