/** Changes of console users. Each is one transaction with its audit record. */
import { newGuid, type Guid } from '../../wire/guid.ts';
import { recordAudit, type Actor } from '../audit/audit.ts';
import { utc, type Clock } from '../clock.ts';
import { isUniqueViolation } from '../cmdb/sql.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';
import { rejectFaults } from './faults.ts';
import { hashPassword, passwordFault } from './passwords.ts';
import { listRoles, readPrivileges } from './roles.ts';
import { liftLocks } from './signInAddresses.ts';
import { endSessionsOf } from './sessions.ts';
import { findUser, getUser, MUST_CHANGE_PASSWORD } from './users.ts';

export interface UserInput {
  name: string;
  displayName: string;
  roleGuid: string;
  isEnabled: boolean;
}

const NAME = /^[\p{L}\p{N}][\p{L}\p{N}._@\\-]{0,63}$/u;

async function inputFaults(
  session: Session,
  input: UserInput,
  self: Guid | undefined,
): Promise<Record<string, string>> {
  const faults: Record<string, string> = {};
  if (!NAME.test(input.name)) {
    faults.name = 'Use 1 to 64 letters, digits and . _ @ \\ - and begin with a letter or digit.';
  } else {
    const namesake = await findUser(session, input.name);
    if (namesake !== undefined && namesake.guid !== self)
      faults.name = `There is already a user named ${namesake.name}.`;
  }
  if (input.displayName.length > 255) faults.displayName = 'Use at most 255 characters.';
  if (!(await listRoles(session)).some((role) => role.guid === input.roleGuid)) faults.roleGuid = 'Choose a role.';
  return faults;
}

/**
 * Makes a user. With `mustChange` the password opens only the page that changes it.
 * @throws InvalidInput with the fields `name`, `displayName`, `roleGuid`, `password`
 */
export async function createUser(
  cmdb: Cmdb,
  clock: Clock,
  actor: Actor,
  input: UserInput & { password: string; mustChange: boolean },
): Promise<Guid> {
  const fault = passwordFault(input.password, input.name);
  rejectFaults({
    ...(await inputFaults(cmdb, input, undefined)),
    ...(fault === undefined ? {} : { password: fault }),
  });
  const hash = await hashPassword(input.password);
  const guid = newGuid();
  const now = utc(clock.now());
  try {
    await cmdb.transaction(async (session) => {
      await session.db
        .insertInto('ConsoleUser')
        .values({
          Guid: guid,
          ...columnsOf(input),
          PasswordHash: hash,
          FailedSignIns: 0,
          LockedUntilAt: null,
          LastSignInAt: null,
          PasswordChangedAt: input.mustChange ? MUST_CHANGE_PASSWORD : now,
          CreatedAt: now,
        })
        .execute();
      await audit(session, clock, actor, 'create', guid, input.name, { after: await described(session, guid) });
    });
  } catch (error) {
    // Somebody made the same name between the look and the write.
    if (isUniqueViolation(error)) rejectFaults({ name: `There is already a user named ${input.name}.` });
    throw error;
  }
  return guid;
}

/** @throws InvalidInput as createUser; false when there is no such user */
export async function updateUser(
  cmdb: Cmdb,
  clock: Clock,
  actor: Actor,
  guid: Guid,
  input: UserInput,
): Promise<boolean> {
  rejectFaults(await inputFaults(cmdb, input, guid));
  return cmdb.transaction(async (session) => {
    await lockRoles(session);
    const before = await described(session, guid);
    if (before === undefined) return false;
    await session.db.updateTable('ConsoleUser').set(columnsOf(input)).where('Guid', '=', guid).execute();
    await keepAnAdministrator(session);
    if (!input.isEnabled) await endSessionsOf(session, guid);
    await audit(session, clock, actor, 'update', guid, input.name, { before, after: await described(session, guid) });
    return true;
  });
}

/**
 * Sets a password, lifts a lock and ends the user's sessions, `keepSessionId` excepted. @throws InvalidInput `password`;
 * false when there is no such user
 */
export async function setPassword(
  cmdb: Cmdb,
  clock: Clock,
  actor: Actor,
  guid: Guid,
  password: string,
  options: { mustChange: boolean; keepSessionId?: string },
): Promise<boolean> {
  const user = await getUser(cmdb, guid);
  if (user === undefined) return false;
  const fault = passwordFault(password, user.name);
  if (fault !== undefined) rejectFaults({ password: fault });
  const hash = await hashPassword(password);
  await cmdb.transaction(async (session) => {
    await session.db
      .updateTable('ConsoleUser')
      .set({
        PasswordHash: hash,
        PasswordChangedAt: options.mustChange ? MUST_CHANGE_PASSWORD : utc(clock.now()),
        FailedSignIns: 0,
        LockedUntilAt: null,
      })
      .where('Guid', '=', guid)
      .execute();
    await liftLocks(session, guid);
    await endSessionsOf(session, guid, options.keepSessionId);
    await audit(session, clock, actor, options.mustChange ? 'reset password' : 'change password', guid, user.name, {});
  });
  return true;
}

/** Lifts a lock before its time. */
export async function unlockUser(cmdb: Cmdb, clock: Clock, actor: Actor, guid: Guid): Promise<boolean> {
  return cmdb.transaction(async (session) => {
    const user = await getUser(session, guid);
    if (user === undefined) return false;
    await session.db
      .updateTable('ConsoleUser')
      .set({ FailedSignIns: 0, LockedUntilAt: null })
      .where('Guid', '=', guid)
      .execute();
    await liftLocks(session, guid);
    await audit(session, clock, actor, 'unlock', guid, user.name, {});
    return true;
  });
}

const columnsOf = (input: UserInput) => ({
  Name: input.name,
  DisplayName: input.displayName,
  RoleGuid: input.roleGuid as Guid,
  IsEnabled: input.isEnabled ? (1 as const) : (0 as const),
});

async function described(session: Session, guid: Guid) {
  const user = await getUser(session, guid);
  return user && { name: user.name, displayName: user.displayName, role: user.roleName, enabled: user.isEnabled };
}

function audit(
  session: Session,
  clock: Clock,
  actor: Actor,
  action: string,
  guid: Guid,
  name: string,
  detail: { before?: unknown; after?: unknown },
): Promise<void> {
  return recordAudit(session, clock, actor, {
    action,
    objectKind: 'user',
    objectGuid: guid,
    objectName: name,
    ...detail,
  });
}

/** Two administrators who disable each other at the same moment take turns: the second sees what the first has done. */
async function lockRoles({ db }: Session): Promise<void> {
  await db
    .updateTable('Role')
    .set((role) => ({ Description: role.ref('Description') }))
    .execute();
}

async function keepAnAdministrator({ db }: Session): Promise<void> {
  const rows = await db
    .selectFrom('ConsoleUser')
    .innerJoin('Role', 'Role.Guid', 'ConsoleUser.RoleGuid')
    .select(['Role.Privileges'])
    .where('ConsoleUser.IsEnabled', '=', 1)
    .execute();
  if (rows.some((row) => readPrivileges(row.Privileges).includes('security'))) return;
  return rejectFaults({
    roleGuid: 'This is the last enabled user who may manage users: nobody could undo the change.',
  });
}
