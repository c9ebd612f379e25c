/** The first user of an empty CMDB. */
import { newGuid } from '../../wire/guid.ts';
import { recordAudit, systemActor } from '../audit/audit.ts';
import { utc, type Clock } from '../clock.ts';
import { insertIfMissing, top } from '../cmdb/sql.ts';
import type { Cmdb } from '../cmdb/types.ts';
import { hashPassword, randomPassword } from './passwords.ts';
import { listRoles } from './roles.ts';
import { MUST_CHANGE_PASSWORD } from './users.ts';

export interface FirstAdministrator {
  user: 'admin';
  /** Made up here: print it once; it opens only the page that changes it. Undefined when the settings gave the password. */
  oneTimePassword?: string;
}

/**
 * Makes the user `admin` while there is no user at all; undefined when there is one.
 * @param passwordFromSettings NS_ADMIN_PASSWORD; empty makes a one-time password
 */
export async function ensureFirstAdministrator(
  cmdb: Cmdb,
  clock: Clock,
  passwordFromSettings: string,
): Promise<FirstAdministrator | undefined> {
  const existing = top(cmdb, cmdb.db.selectFrom('ConsoleUser').select('Guid'), 1);
  if ((await existing.executeTakeFirst()) !== undefined) return undefined;

  const password = passwordFromSettings === '' ? randomPassword() : passwordFromSettings;
  const hash = await hashPassword(password);
  const role = (await listRoles(cmdb)).find((candidate) => candidate.privileges.includes('security'))!;
  const now = utc(clock.now());
  const made = await cmdb.transaction(async (session) => {
    const guid = newGuid();
    // Of two nodes that start on an empty CMDB one makes the user, and only that one prints a password.
    const inserted = await insertIfMissing(session, 'ConsoleUser', ['Name'], {
      Guid: guid,
      Name: 'admin',
      DisplayName: 'Administrator',
      PasswordHash: hash,
      RoleGuid: role.guid,
      IsEnabled: 1,
      FailedSignIns: 0,
      LockedUntilAt: null,
      LastSignInAt: null,
      PasswordChangedAt: passwordFromSettings === '' ? MUST_CHANGE_PASSWORD : now,
      CreatedAt: now,
    });
    if (inserted) {
      await recordAudit(session, clock, systemActor, {
        action: 'create',
        objectKind: 'user',
        objectGuid: guid,
        objectName: 'admin',
      });
    }
    return inserted;
  });
  if (!made) return undefined;
  return passwordFromSettings === '' ? { user: 'admin', oneTimePassword: password } : { user: 'admin' };
}
