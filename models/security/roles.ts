/** Roles and what they allow. Two are seeded: Administrators (everything) and Viewers (read and run reports). */
import type { Guid } from '../../wire/guid.ts';
import type { Session } from '../cmdb/types.ts';

/**
 * read: see pages; write: change what agents get; security: users, tokens and their rights; reports: run saved reports;
 * sql: write the SQL of reports.
 */
export type Privilege = 'read' | 'write' | 'security' | 'reports' | 'sql';
export const PRIVILEGES: readonly Privilege[] = ['read', 'write', 'security', 'reports', 'sql'];

export interface Role {
  guid: Guid;
  name: string;
  description: string;
  privileges: readonly Privilege[];
}

export function readPrivileges(json: string): Privilege[] {
  const names = JSON.parse(json) as string[];
  return PRIVILEGES.filter((privilege) => names.includes(privilege));
}

/** All roles by name: there are few. */
export async function listRoles({ db }: Session): Promise<Role[]> {
  const rows = await db
    .selectFrom('Role')
    .select(['Guid', 'Name', 'Description', 'Privileges'])
    .orderBy('Name')
    .execute();
  return rows.map((row) => ({
    guid: row.Guid,
    name: row.Name,
    description: row.Description,
    privileges: readPrivileges(row.Privileges),
  }));
}
