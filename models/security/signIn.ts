/** Signing in by name and password, with a lock after repeated failures. */
import type { Guid } from '../../wire/guid.ts';
import { recordAudit } from '../audit/audit.ts';
import { utc, type Clock } from '../clock.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';
import { hashPassword, needsRehash, verifyNothing, verifyPassword } from './passwords.ts';

const FAILURES_UNTIL_LOCK = 5;
const LOCK_MS = 15 * 60_000;
const LONGEST_PASSWORD = 1024;

export interface SignInAttempt {
  name: string;
  password: string;
  /** Client address, for the audit log. */
  address: string;
}

/** Why is for the log only: the person is told the same whatever it was. */
export type SignInResult = { userGuid: Guid } | { refused: 'unknown user' | 'wrong password' | 'locked or disabled' };

interface Account {
  Guid: Guid;
  Name: string;
  PasswordHash: string;
}

/** Checks name and password and keeps count. @throws ProtocolError serverBusy */
export async function signIn(cmdb: Cmdb, clock: Clock, attempt: SignInAttempt): Promise<SignInResult> {
  const password = attempt.password.slice(0, LONGEST_PASSWORD);
  const account = await cmdb.db
    .selectFrom('ConsoleUser')
    .select(['Guid', 'Name', 'PasswordHash'])
    .where('Name', '=', attempt.name.slice(0, 255))
    .executeTakeFirst();
  if (account === undefined) {
    await verifyNothing(password);
    return { refused: 'unknown user' };
  }
  const matches = await verifyPassword(password, account.PasswordHash);
  const renewed = matches && needsRehash(account.PasswordHash) ? await hashPassword(password) : account.PasswordHash;
  return cmdb.transaction((session) =>
    matches ? succeed(session, clock, attempt, account, renewed) : fail(session, clock, attempt, account),
  );
}

/** The lock is looked at here, after the slow check: of many guesses sent at once the right one comes too late. */
async function succeed(
  session: Session,
  clock: Clock,
  attempt: SignInAttempt,
  account: Account,
  passwordHash: string,
): Promise<SignInResult> {
  const now = utc(clock.now());
  const { numUpdatedRows } = await session.db
    .updateTable('ConsoleUser')
    .set({ FailedSignIns: 0, LockedUntilAt: null, LastSignInAt: now, PasswordHash: passwordHash })
    .where('Guid', '=', account.Guid)
    .where('PasswordHash', '=', account.PasswordHash)
    .where('IsEnabled', '=', 1)
    .where((is) => is.or([is('LockedUntilAt', 'is', null), is('LockedUntilAt', '<=', now)]))
    .executeTakeFirst();
  if (Number(numUpdatedRows) === 0) return { refused: 'locked or disabled' };
  await note(session, clock, attempt, account, 'sign in');
  return { userGuid: account.Guid };
}

async function fail(session: Session, clock: Clock, attempt: SignInAttempt, account: Account): Promise<SignInResult> {
  const now = utc(clock.now());
  const { numUpdatedRows } = await session.db
    .updateTable('ConsoleUser')
    .set((user) => ({ FailedSignIns: user('FailedSignIns', '+', 1), LockedUntilAt: null }))
    .where('Guid', '=', account.Guid)
    .where('IsEnabled', '=', 1)
    .where((is) => is.or([is('LockedUntilAt', 'is', null), is('LockedUntilAt', '<=', now)]))
    .executeTakeFirst();
  // Guesses during a lock neither lengthen it nor fill the audit log.
  if (Number(numUpdatedRows) === 0) return { refused: 'locked or disabled' };
  const locked = await session.db
    .updateTable('ConsoleUser')
    .set({ FailedSignIns: 0, LockedUntilAt: utc(clock.now() + LOCK_MS) })
    .where('Guid', '=', account.Guid)
    .where('FailedSignIns', '>=', FAILURES_UNTIL_LOCK)
    .executeTakeFirst();
  await note(session, clock, attempt, account, Number(locked.numUpdatedRows) > 0 ? 'lock' : 'sign-in failed');
  return { refused: 'wrong password' };
}

function note(session: Session, clock: Clock, attempt: SignInAttempt, account: Account, action: string): Promise<void> {
  const actor = { name: account.Name, address: attempt.address };
  return recordAudit(session, clock, actor, {
    action,
    objectKind: 'user',
    objectGuid: account.Guid,
    objectName: account.Name,
  });
}
