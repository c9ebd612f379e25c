import { expect } from 'chai';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { InvalidInput } from '../../models/fieldErrors.ts';
import { createUser, setPassword, unlockUser, updateUser } from '../../models/security/changeUsers.ts';
import { ensureFirstAdministrator } from '../../models/security/firstAdministrator.ts';
import { changeOwnPassword } from '../../models/security/ownPassword.ts';
import { addSession, readSession } from '../../models/security/sessions.ts';
import { signIn } from '../../models/security/signIn.ts';
import { findUser, getUser, listUsers, mustChangePassword, userState } from '../../models/security/users.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { actor, auditActions, makeUser, PASSWORD, roleNamed, TestClock } from './support.ts';

/** The fields that a refused change complains about. */
async function faultsOf(change: Promise<unknown>): Promise<string[]> {
  try {
    await change;
  } catch (error) {
    if (error instanceof InvalidInput) return error.errors.map(({ field }) => field);
    throw error;
  }
  return [];
}

describe('console users', () => {
  forEachEngine((_engine, open) => {
    let cmdb: AnyCmdb;
    let clock: TestClock;
    let administrators: Guid;
    let viewers: Guid;
    beforeEach(async () => {
      cmdb = await open();
      clock = new TestClock();
      administrators = await roleNamed(cmdb, 'Administrators');
      viewers = await roleNamed(cmdb, 'Viewers');
    });
    afterEach(() => cmdb.close());

    const input = (name: string, changes: object = {}) => ({
      name,
      displayName: `${name} the tester`,
      roleGuid: administrators as string,
      isEnabled: true,
      password: PASSWORD,
      mustChange: false,
      ...changes,
    });
    const sessionOf = async (user: Guid, id: string): Promise<void> =>
      addSession(cmdb, id, { data: '{}', expiresAt: clock.now() + 1000, userGuid: user });

    it('are made with a role, and the making is in the audit log', async () => {
      const guid = await createUser(cmdb, clock, actor, input('anna', { roleGuid: viewers }));
      const user = (await getUser(cmdb, guid))!;
      expect(user).to.include({ name: 'anna', displayName: 'anna the tester', roleName: 'Viewers', isEnabled: true });
      expect(user.privileges).to.deep.equal(['read', 'reports']);
      expect(userState(user, clock.now())).to.equal('enabled');
      expect(await auditActions(cmdb)).to.deep.equal(['create user anna']);
    });

    it('are refused with a taken name, a bad name, a weak password or no role, and nothing is written', async () => {
      await createUser(cmdb, clock, actor, input('anna'));
      expect(await faultsOf(createUser(cmdb, clock, actor, input('ANNA')))).to.deep.equal(['name']);
      expect(await faultsOf(createUser(cmdb, clock, actor, input('')))).to.deep.equal(['name']);
      expect(await faultsOf(createUser(cmdb, clock, actor, input('<script>')))).to.deep.equal(['name']);
      expect(await faultsOf(createUser(cmdb, clock, actor, input('eve', { password: 'short' })))).to.deep.equal([
        'password',
      ]);
      expect(await faultsOf(createUser(cmdb, clock, actor, input('eve', { roleGuid: newGuid() })))).to.deep.equal([
        'roleGuid',
      ]);
      expect(await findUser(cmdb, 'eve')).to.equal(undefined);
      expect(await auditActions(cmdb)).to.deep.equal(['create user anna']);
    });

    it('made twice at the same moment are one user and one refusal', async () => {
      const outcomes = await Promise.allSettled([1, 2].map(() => createUser(cmdb, clock, actor, input('anna'))));
      expect(outcomes.map((outcome) => outcome.status).sort()).to.deep.equal(['fulfilled', 'rejected']);
      const refusal = outcomes.find((outcome) => outcome.status === 'rejected') as PromiseRejectedResult;
      expect(refusal.reason).to.be.instanceOf(InvalidInput);
    });

    it('are changed with before and after in the audit log', async () => {
      await createUser(cmdb, clock, actor, input('root'));
      const guid = await createUser(cmdb, clock, actor, input('anna'));
      expect(await updateUser(cmdb, clock, actor, guid, input('anna', { roleGuid: viewers }))).to.equal(true);
      const { Detail } = await cmdb.db
        .selectFrom('AuditEntry')
        .select('Detail')
        .where('Action', '=', 'update')
        .executeTakeFirstOrThrow();
      const { before, after } = JSON.parse(Detail!) as { before: { role: string }; after: { role: string } };
      expect([before.role, after.role]).to.deep.equal(['Administrators', 'Viewers']);
      expect(Detail).not.to.contain('argon2');
    });

    it('lose their sessions when they are disabled', async () => {
      await createUser(cmdb, clock, actor, input('root'));
      const guid = await createUser(cmdb, clock, actor, input('anna'));
      await sessionOf(guid, 'session of anna');
      await updateUser(cmdb, clock, actor, guid, input('anna', { isEnabled: false }));
      expect(await readSession(cmdb, clock, 'session of anna')).to.equal(undefined);
    });

    it('always leave one who can manage users', async () => {
      const guid = await createUser(cmdb, clock, actor, input('root'));
      expect(await faultsOf(updateUser(cmdb, clock, actor, guid, input('root', { isEnabled: false })))).to.deep.equal([
        'roleGuid',
      ]);
      expect(await faultsOf(updateUser(cmdb, clock, actor, guid, input('root', { roleGuid: viewers })))).to.deep.equal([
        'roleGuid',
      ]);
      expect(await getUser(cmdb, guid)).to.include({ isEnabled: true, roleName: 'Administrators' });
    });

    it('leave one who can manage users even when two disable each other at once', async () => {
      const both = [
        await createUser(cmdb, clock, actor, input('one')),
        await createUser(cmdb, clock, actor, input('two')),
      ];
      const names = ['one', 'two'];
      await Promise.allSettled(
        both.map((guid, index) => updateUser(cmdb, clock, actor, guid, input(names[index]!, { isEnabled: false }))),
      );
      const enabled = (await Promise.all(both.map((guid) => getUser(cmdb, guid)))).filter((user) => user!.isEnabled);
      expect(enabled).to.have.length(1);
    });

    it('have other sessions ended by a new password of their own, but not this one', async () => {
      const guid = await createUser(cmdb, clock, actor, input('anna', { mustChange: true }));
      expect(mustChangePassword((await getUser(cmdb, guid))!)).to.equal(true);
      await sessionOf(guid, 'this');
      await sessionOf(guid, 'other');
      await changeOwnPassword(cmdb, clock, actor, guid, {
        current: PASSWORD,
        password: 'another long sentence',
        again: 'another long sentence',
        sessionId: 'this',
      });
      expect(await readSession(cmdb, clock, 'this')).not.to.equal(undefined);
      expect(await readSession(cmdb, clock, 'other')).to.equal(undefined);
      expect(mustChangePassword((await getUser(cmdb, guid))!)).to.equal(false);
    });

    it('cannot change their password without the current one, nor to the same, nor with a slip', async () => {
      const guid = await createUser(cmdb, clock, actor, input('anna'));
      const change = (current: string, password: string, again: string) =>
        faultsOf(changeOwnPassword(cmdb, clock, actor, guid, { current, password, again, sessionId: 's' }));
      expect(await change('guess', 'another long sentence', 'another long sentence')).to.deep.equal(['current']);
      expect(await change(PASSWORD, PASSWORD, PASSWORD)).to.deep.equal(['password']);
      expect(await change(PASSWORD, 'another long sentence', 'another long sentense')).to.deep.equal(['again']);
      expect(await signIn(cmdb, clock, { name: 'anna', password: PASSWORD, address: '' })).to.deep.equal({
        userGuid: guid,
      });
    });

    it('are unlocked by hand', async () => {
      const guid = await makeUser(cmdb, clock, 'anna');
      for (let failure = 0; failure < 5; failure++)
        await signIn(cmdb, clock, { name: 'anna', password: 'wrong', address: '' });
      expect(userState((await getUser(cmdb, guid))!, clock.now())).to.equal('locked');
      await unlockUser(cmdb, clock, actor, guid);
      expect(userState((await getUser(cmdb, guid))!, clock.now())).to.equal('enabled');
    });

    it('that are not there are said to be not there', async () => {
      expect(await updateUser(cmdb, clock, actor, newGuid(), input('ghost'))).to.equal(false);
      expect(await setPassword(cmdb, clock, actor, newGuid(), PASSWORD, { mustChange: false })).to.equal(false);
    });

    it('are listed by page, order, search and filter', async () => {
      for (const name of ['carol', 'anna', 'bob', '100%_sure']) {
        await createUser(cmdb, clock, actor, { ...input('x'), name: name.replace(/[%_]/g, '.'), displayName: name });
      }
      const all = { offset: 0, limit: 50, sort: 'name', descending: false, search: '', filters: {} };
      const names = async (changes: object) => {
        const { rows, total } = await listUsers(cmdb, { ...all, ...changes });
        return `${rows.map((row) => row.name).join(' ')} of ${total}`;
      };
      expect(await names({})).to.equal('100..sure anna bob carol of 4');
      expect(await names({ descending: true, limit: 2, offset: 1 })).to.equal('bob anna of 4');
      expect(await names({ search: 'AN' })).to.equal('anna of 1');
      expect(await names({ search: '%_' })).to.equal('100..sure of 1');
      expect(await names({ filters: { state: 'disabled' } })).to.equal(' of 0');
      expect(await names({ filters: { role: administrators }, sort: 'role' })).to.equal(
        '100..sure anna bob carol of 4',
      );
    });
  });
});

describe('the first administrator', () => {
  forEachEngine((_engine, open) => {
    let cmdb: AnyCmdb;
    const clock = new TestClock();
    beforeEach(async () => (cmdb = await open()));
    afterEach(() => cmdb.close());

    it('gets the password of the settings', async () => {
      expect(await ensureFirstAdministrator(cmdb, clock, 'from settings')).to.deep.equal({ user: 'admin' });
      const result = await signIn(cmdb, clock, { name: 'admin', password: 'from settings', address: '' });
      const user = (await getUser(cmdb, (result as { userGuid: Guid }).userGuid))!;
      expect(user.privileges).to.include('security');
      expect(mustChangePassword(user)).to.equal(false);
    });

    it('gets a one-time password without settings, once', async () => {
      const made = (await ensureFirstAdministrator(cmdb, clock, ''))!;
      const password = made.oneTimePassword!;
      const result = await signIn(cmdb, clock, { name: 'admin', password, address: '' });
      expect(mustChangePassword((await getUser(cmdb, (result as { userGuid: Guid }).userGuid))!)).to.equal(true);
      expect(await ensureFirstAdministrator(cmdb, clock, '')).to.equal(undefined);
      expect(await ensureFirstAdministrator(cmdb, clock, 'another')).to.equal(undefined);
    });

    it('is made by one of two nodes that start at once', async () => {
      const made = await Promise.all([
        ensureFirstAdministrator(cmdb, clock, ''),
        ensureFirstAdministrator(cmdb, clock, ''),
      ]);
      expect(made.filter((result) => result !== undefined)).to.have.length(1);
    });

    it('is not made where there is any user', async () => {
      await makeUser(cmdb, clock, 'somebody');
      expect(await ensureFirstAdministrator(cmdb, clock, 'password')).to.equal(undefined);
      expect(await findUser(cmdb, 'admin')).to.equal(undefined);
    });
  });
});
