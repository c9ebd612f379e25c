/** Changing one's own password. */
import type { Guid } from '../../wire/guid.ts';
import type { Actor } from '../audit/audit.ts';
import type { Clock } from '../clock.ts';
import type { Cmdb } from '../cmdb/types.ts';
import { setPassword } from './changeUsers.ts';
import { rejectFaults } from './faults.ts';
import { verifyPassword } from './passwords.ts';

export interface PasswordChange {
  current: string;
  password: string;
  again: string;
  /** The session that goes on; all others of the user end. */
  sessionId: string;
}

/** @throws InvalidInput `current`, `password`, `again` */
export async function changeOwnPassword(
  cmdb: Cmdb,
  clock: Clock,
  actor: Actor,
  user: Guid,
  change: PasswordChange,
): Promise<void> {
  if (change.password !== change.again) rejectFaults({ again: 'The two new passwords differ.' });
  if (change.password === change.current) rejectFaults({ password: 'Choose another password than the current one.' });
  const { PasswordHash } = await cmdb.db
    .selectFrom('ConsoleUser')
    .select('PasswordHash')
    .where('Guid', '=', user)
    .executeTakeFirstOrThrow();
  if (!(await verifyPassword(change.current, PasswordHash)))
    rejectFaults({ current: 'This is not your current password.' });
  await setPassword(cmdb, clock, actor, user, change.password, { mustChange: false, keepSessionId: change.sessionId });
}
