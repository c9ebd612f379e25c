/** Console users as pages and commands see them; the password hash never leaves models/security. */
import type { SelectQueryBuilder } from 'kysely';
import type { Guid } from '../../wire/guid.ts';
import type { Schema, Utc } from '../cmdb/schema.ts';
import { contains, page } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';
import { readPrivileges, type Privilege } from './roles.ts';

export interface ConsoleUser {
  guid: Guid;
  name: string;
  displayName: string;
  roleGuid: Guid;
  roleName: string;
  privileges: readonly Privilege[];
  isEnabled: boolean;
  /** The latest lock, for everybody or for one address. */
  lockedUntilAt: Utc | null;
  lastSignInAt: Utc | null;
  /** The epoch: the password was handed out and must be changed at the next sign-in. */
  passwordChangedAt: Utc;
  createdAt: Utc;
}

/** PasswordChangedAt of a password that somebody else chose. */
export const MUST_CHANGE_PASSWORD: Utc = '1970-01-01T00:00:00.000Z';

export function mustChangePassword(user: Pick<ConsoleUser, 'passwordChangedAt'>): boolean {
  return Date.parse(user.passwordChangedAt) === 0;
}

export type UserState = 'enabled' | 'locked' | 'disabled';

export function userState(user: Pick<ConsoleUser, 'isEnabled' | 'lockedUntilAt'>, now: number): UserState {
  if (!user.isEnabled) return 'disabled';
  return user.lockedUntilAt !== null && Date.parse(user.lockedUntilAt) > now ? 'locked' : 'enabled';
}

const users = ({ db }: Session) =>
  db
    .selectFrom('ConsoleUser')
    .innerJoin('Role', 'Role.Guid', 'ConsoleUser.RoleGuid')
    .select([
      'ConsoleUser.Guid',
      'ConsoleUser.Name',
      'ConsoleUser.DisplayName',
      'ConsoleUser.RoleGuid',
      'Role.Name as RoleName',
      'Role.Privileges',
      'ConsoleUser.IsEnabled',
      'ConsoleUser.LockedUntilAt',
      'ConsoleUser.LastSignInAt',
      'ConsoleUser.PasswordChangedAt',
      'ConsoleUser.CreatedAt',
      (is) =>
        is
          .selectFrom('SignInAddress')
          .select((of) => of.fn.max('SignInAddress.LockedUntilAt').as('LockedUntilAt'))
          .whereRef('SignInAddress.UserGuid', '=', 'ConsoleUser.Guid')
          .as('AddressLockedUntilAt'),
    ]);

type UserRow = Awaited<ReturnType<ReturnType<typeof users>['executeTakeFirstOrThrow']>>;

const toUser = (row: UserRow): ConsoleUser => ({
  guid: row.Guid,
  name: row.Name,
  displayName: row.DisplayName,
  roleGuid: row.RoleGuid,
  roleName: row.RoleName,
  privileges: readPrivileges(row.Privileges),
  isEnabled: row.IsEnabled === 1,
  lockedUntilAt: later(row.LockedUntilAt, row.AddressLockedUntilAt),
  lastSignInAt: row.LastSignInAt,
  passwordChangedAt: row.PasswordChangedAt,
  createdAt: row.CreatedAt,
});

function later(one: Utc | null, other: Utc | null): Utc | null {
  return one === null || (other !== null && other > one) ? other : one;
}

export async function getUser(session: Session, guid: Guid): Promise<ConsoleUser | undefined> {
  const row = await users(session).where('ConsoleUser.Guid', '=', guid).executeTakeFirst();
  return row && toUser(row);
}

/** By name, in any letter case. */
export async function findUser(session: Session, name: string): Promise<ConsoleUser | undefined> {
  const row = await users(session).where('ConsoleUser.Name', '=', name).executeTakeFirst();
  return row && toUser(row);
}

export interface UserQuery {
  offset: number;
  limit: number;
  sort: string;
  descending: boolean;
  /** Finds the text in name and full name. */
  search: string;
  /** By filter name: `state` (enabled, disabled), `role` (GUID). */
  filters: Readonly<Record<string, string>>;
}

const SORT_COLUMNS = {
  name: 'ConsoleUser.Name',
  displayName: 'ConsoleUser.DisplayName',
  role: 'Role.Name',
  state: 'ConsoleUser.IsEnabled',
  lastSignIn: 'ConsoleUser.LastSignInAt',
  passwordChanged: 'ConsoleUser.PasswordChangedAt',
  created: 'ConsoleUser.CreatedAt',
} as const;

type UserTables = Pick<Schema, 'ConsoleUser' | 'Role'>;

function narrowed<O>(
  session: Session,
  query: SelectQueryBuilder<UserTables, 'ConsoleUser' | 'Role', O>,
  { search, filters }: UserQuery,
): SelectQueryBuilder<UserTables, 'ConsoleUser' | 'Role', O> {
  let narrow = query;
  if (search !== '') {
    const holds = (column: string) => contains(session, column, search);
    narrow = narrow.where((is) => is.or([holds('ConsoleUser.Name'), holds('ConsoleUser.DisplayName')]));
  }
  if (filters.state !== undefined) {
    narrow = narrow.where('ConsoleUser.IsEnabled', '=', filters.state === 'enabled' ? 1 : 0);
  }
  if (filters.role !== undefined) narrow = narrow.where('ConsoleUser.RoleGuid', '=', filters.role as Guid);
  return narrow;
}

export async function listUsers(session: Session, query: UserQuery): Promise<{ rows: ConsoleUser[]; total: number }> {
  const column = SORT_COLUMNS[query.sort as keyof typeof SORT_COLUMNS] ?? SORT_COLUMNS.name;
  const ordered = narrowed(session, users(session), query).orderBy(column, query.descending ? 'desc' : 'asc');
  const unambiguous = column === SORT_COLUMNS.name ? ordered : ordered.orderBy('ConsoleUser.Name');
  const rows = await page(session, unambiguous, query.offset, query.limit).execute();
  const counted = session.db
    .selectFrom('ConsoleUser')
    .innerJoin('Role', 'Role.Guid', 'ConsoleUser.RoleGuid')
    .select((is) => is.fn.countAll().as('Total'));
  const { Total } = await narrowed(session, counted, query).executeTakeFirstOrThrow();
  return { rows: rows.map(toUser), total: Number(Total) };
}
