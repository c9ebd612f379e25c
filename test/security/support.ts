/** A clock that tests move, and a user to act on. */
import type { Actor } from '../../models/audit/audit.ts';
import type { Clock } from '../../models/clock.ts';
import type { Cmdb } from '../../models/cmdb/types.ts';
import { createUser } from '../../models/security/changeUsers.ts';
import { listRoles } from '../../models/security/roles.ts';
import type { Guid } from '../../wire/guid.ts';

export const NOON = Date.parse('2026-11-21T12:00:00.000Z');
export const MINUTE = 60_000;
export const PASSWORD = 'a quiet long sentence';
export const actor: Actor = { name: 'tester', address: '192.0.2.7' };

export class TestClock implements Clock {
  at = NOON;
  now(): number {
    return this.at;
  }
  pass(milliseconds: number): void {
    this.at += milliseconds;
  }
}

export async function roleNamed(cmdb: Cmdb, name: string): Promise<Guid> {
  return (await listRoles(cmdb)).find((role) => role.name === name)!.guid;
}

export async function makeUser(cmdb: Cmdb, clock: Clock, name: string, role = 'Administrators'): Promise<Guid> {
  const roleGuid = await roleNamed(cmdb, role);
  const input = { name, displayName: '', roleGuid, isEnabled: true, password: PASSWORD, mustChange: false };
  return createUser(cmdb, clock, actor, input);
}

export async function auditActions(cmdb: Cmdb): Promise<string[]> {
  const rows = await cmdb.db
    .selectFrom('AuditEntry')
    .select(['Action', 'ObjectKind', 'ObjectName'])
    .orderBy('Id')
    .execute();
  return rows.map((row) => `${row.Action} ${row.ObjectKind} ${row.ObjectName}`);
}
