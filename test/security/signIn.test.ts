import { expect } from 'chai';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { setPassword, updateUser } from '../../models/security/changeUsers.ts';
import { signIn } from '../../models/security/signIn.ts';
import { getUser } from '../../models/security/users.ts';
import type { Guid } from '../../wire/guid.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { actor, auditActions, makeUser, MINUTE, PASSWORD, roleNamed, TestClock } from './support.ts';

describe('signing in', () => {
  forEachEngine((_engine, open) => {
    let cmdb: AnyCmdb;
    let clock: TestClock;
    let anna: Guid;
    beforeEach(async () => {
      cmdb = await open();
      clock = new TestClock();
      await makeUser(cmdb, clock, 'root');
      anna = await makeUser(cmdb, clock, 'Anna');
    });
    afterEach(() => cmdb.close());

    const attempt = (password: string, name = 'anna', address = '192.0.2.1') =>
      signIn(cmdb, clock, { name, password, address });

    it('works with the right password, in any letter case of the name, and is noted', async () => {
      expect(await attempt(PASSWORD, 'ANNA')).to.deep.equal({ userGuid: anna });
      expect((await getUser(cmdb, anna))!.lastSignInAt).to.equal('2026-11-21T12:00:00.000Z');
      expect(await auditActions(cmdb)).to.include('sign in user Anna');
    });

    it('refuses a wrong password and an unknown user', async () => {
      expect(await attempt('wrong password')).to.deep.equal({ refused: 'wrong password' });
      expect(await attempt(PASSWORD, 'nobody')).to.deep.equal({ refused: 'unknown user' });
      expect((await getUser(cmdb, anna))!.lastSignInAt).to.equal(null);
    });

    it('locks after five failures, even for the right password, until 15 minutes have passed', async () => {
      for (let failure = 0; failure < 5; failure++) await attempt('wrong password');
      expect(await attempt(PASSWORD)).to.deep.equal({ refused: 'locked or disabled' });
      clock.pass(14 * MINUTE);
      expect(await attempt(PASSWORD)).to.deep.equal({ refused: 'locked or disabled' });
      clock.pass(2 * MINUTE);
      expect(await attempt(PASSWORD)).to.deep.equal({ userGuid: anna });
      const locks = (await auditActions(cmdb)).filter((action) => action === 'lock for an address user Anna');
      expect(locks).to.have.length(1);
    });

    it('locks the address that guesses, and nobody else out', async () => {
      for (let failure = 0; failure < 5; failure++) await attempt('wrong password');
      expect(await attempt(PASSWORD)).to.deep.equal({ refused: 'locked or disabled' });
      expect(await attempt(PASSWORD, 'anna', '192.0.2.2')).to.deep.equal({ userGuid: anna });
      expect(await attempt(PASSWORD)).to.deep.equal({ refused: 'locked or disabled' });
      expect((await getUser(cmdb, anna))!.lockedUntilAt).to.equal('2026-11-21T12:15:00.000Z');
    });

    it('takes the IPv6 addresses of one network for one', async () => {
      for (let failure = 0; failure < 5; failure++) await attempt('wrong password', 'anna', `2001:db8:1:2::${failure}`);
      expect(await attempt(PASSWORD, 'anna', '2001:db8:1:2:ffff::1')).to.deep.equal({ refused: 'locked or disabled' });
      expect(await attempt(PASSWORD, 'anna', '2001:db8:1:3::1')).to.deep.equal({ userGuid: anna });
    });

    it('locks strangers out after fifty failures from many addresses, but not who signed in from the same before', async () => {
      expect(await attempt(PASSWORD, 'anna', '198.51.100.7')).to.deep.equal({ userGuid: anna });
      for (let failure = 0; failure < 60; failure++) await attempt('wrong password', 'anna', `203.0.113.${failure}`);
      expect(await attempt(PASSWORD, 'anna', '192.0.2.50')).to.deep.equal({ refused: 'locked or disabled' });
      const failures = (await auditActions(cmdb)).filter((action) => /sign-in failed|^lock user Anna/.test(action));
      expect(failures).to.have.length(50);
      expect(await attempt(PASSWORD, 'anna', '198.51.100.7')).to.deep.equal({ userGuid: anna });
    }).timeout(20_000);

    it('does not lengthen a lock, nor fill the audit log, by guesses during it', async () => {
      for (let failure = 0; failure < 5; failure++) await attempt('wrong password');
      const before = await auditActions(cmdb);
      clock.pass(10 * MINUTE);
      for (let failure = 0; failure < 5; failure++) await attempt('wrong password');
      expect(await auditActions(cmdb)).to.deep.equal(before);
      clock.pass(6 * MINUTE);
      expect(await attempt(PASSWORD)).to.deep.equal({ userGuid: anna });
    });

    it('forgets failures after a success', async () => {
      for (let round = 0; round < 3; round++) {
        for (let failure = 0; failure < 4; failure++) await attempt('wrong password');
        expect(await attempt(PASSWORD)).to.deep.equal({ userGuid: anna });
      }
    });

    it('gives many guesses sent at once no more than five tries', async () => {
      const guesses = await Promise.all(
        Array.from({ length: 20 }, (_, index) => attempt(index === 19 ? PASSWORD : 'wrong password')),
      );
      expect(guesses[19]).to.deep.equal({ refused: 'locked or disabled' });
      expect(guesses.filter((guess) => 'refused' in guess && guess.refused === 'wrong password')).to.have.length(5);
    });

    it('refuses a disabled user', async () => {
      const roleGuid = await roleNamed(cmdb, 'Administrators');
      await updateUser(cmdb, clock, actor, anna, { name: 'Anna', displayName: '', roleGuid, isEnabled: false });
      expect(await attempt(PASSWORD)).to.deep.equal({ refused: 'locked or disabled' });
    });

    it('is possible again once an administrator has set a new password', async () => {
      for (let failure = 0; failure < 5; failure++) await attempt('wrong password');
      await setPassword(cmdb, clock, actor, anna, 'another long sentence', { mustChange: true });
      expect(await attempt(PASSWORD)).to.deep.equal({ refused: 'wrong password' });
      expect(await attempt('another long sentence')).to.deep.equal({ userGuid: anna });
    });

    it('renews a hash of another cost and keeps the password', async () => {
      const weak = await weakHash(PASSWORD);
      await cmdb.db.updateTable('ConsoleUser').set({ PasswordHash: weak }).where('Guid', '=', anna).execute();
      expect(await attempt(PASSWORD)).to.deep.equal({ userGuid: anna });
      const { PasswordHash } = await cmdb.db
        .selectFrom('ConsoleUser')
        .select('PasswordHash')
        .where('Guid', '=', anna)
        .executeTakeFirstOrThrow();
      expect(PasswordHash).to.match(/m=19456,t=2,p=1/);
      expect(await attempt(PASSWORD)).to.deep.equal({ userGuid: anna });
    });
  });
});

/** As an older version with a lower cost would have kept it. */
async function weakHash(password: string): Promise<string> {
  const { argon2Sync, randomBytes } = await import('node:crypto');
  const salt = randomBytes(16);
  const key = argon2Sync('argon2id', {
    message: password,
    nonce: salt,
    memory: 8192,
    passes: 1,
    parallelism: 1,
    tagLength: 32,
  });
  const text = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');
  return `$argon2id$v=19$m=8192,t=1,p=1$${text(salt)}$${text(key)}`;
}
