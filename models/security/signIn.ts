/**
 * Signing in by name and password. Repeated failures lock the account for the address they come from; many from many
 * addresses lock it for every address that nobody has signed in from before.
 */
import type { Guid } from '../../wire/guid.ts';
import { recordAudit } from '../audit/audit.ts';
import { utc, type Clock } from '../clock.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';
import { hashPassword, needsRehash, verifyNothing, verifyPassword } from './passwords.ts';
import { addressState, LOCK_MS, networkOf, noteFailure, noteSuccess } from './signInAddresses.ts';

/** Failures from all addresses together, since the last success. */
const FAILURES_UNTIL_ACCOUNT_LOCK = 50;
const LONGEST_PASSWORD = 1024;

export interface SignInAttempt {
  name: string;
  password: string;
  /** Client address: for its own lock, and for the audit log. */
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
  const network = networkOf(attempt.address);
  const { isLocked, isKnown } = await addressState(session, clock, account.Guid, network);
  if (isLocked) return { refused: 'locked or disabled' };
  let update = session.db
    .updateTable('ConsoleUser')
    .set({ FailedSignIns: 0, LockedUntilAt: null, LastSignInAt: now, PasswordHash: passwordHash })
    .where('Guid', '=', account.Guid)
    .where('PasswordHash', '=', account.PasswordHash)
    .where('IsEnabled', '=', 1);
  if (!isKnown) update = update.where((is) => is.or([is('LockedUntilAt', 'is', null), is('LockedUntilAt', '<=', now)]));
  const { numUpdatedRows } = await update.executeTakeFirst();
  if (Number(numUpdatedRows) === 0) return { refused: 'locked or disabled' };
  await noteSuccess(session, clock, account.Guid, network);
  await note(session, clock, attempt, account, 'sign in');
  return { userGuid: account.Guid };
}

async function fail(session: Session, clock: Clock, attempt: SignInAttempt, account: Account): Promise<SignInResult> {
  const now = utc(clock.now());
  const network = networkOf(attempt.address);
  const { isKnown } = await addressState(session, clock, account.Guid, network);
  if (!(await isOpen(session, account.Guid, now, isKnown))) return { refused: 'locked or disabled' };
  const counted = await noteFailure(session, clock, account.Guid, network);
  if (counted === undefined) return { refused: 'locked or disabled' };
  const isAccountLocked = await countForAccount(session, clock, account.Guid);
  await note(session, clock, attempt, account, isAccountLocked ? 'lock' : ACTIONS[counted]);
  return { refused: 'wrong password' };
}

const ACTIONS = { counted: 'sign-in failed', locked: 'lock for an address' } as const;

/** Whether an account may be tried from an address: it is enabled, and not locked for strangers. */
async function isOpen({ db }: Session, guid: Guid, now: string, isKnown: boolean): Promise<boolean> {
  const user = await db
    .selectFrom('ConsoleUser')
    .select(['IsEnabled', 'LockedUntilAt'])
    .where('Guid', '=', guid)
    .executeTakeFirst();
  if (user === undefined || user.IsEnabled === 0) return false;
  return isKnown || user.LockedUntilAt === null || user.LockedUntilAt <= now;
}

/** True when this failure locks the account for all addresses that are not known. */
async function countForAccount({ db }: Session, clock: Clock, guid: Guid): Promise<boolean> {
  await db
    .updateTable('ConsoleUser')
    .set((user) => ({ FailedSignIns: user('FailedSignIns', '+', 1) }))
    .where('Guid', '=', guid)
    .execute();
  const locked = await db
    .updateTable('ConsoleUser')
    .set({ FailedSignIns: 0, LockedUntilAt: utc(clock.now() + LOCK_MS) })
    .where('Guid', '=', guid)
    .where('FailedSignIns', '>=', FAILURES_UNTIL_ACCOUNT_LOCK)
    .executeTakeFirst();
  return Number(locked.numUpdatedRows) > 0;
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
