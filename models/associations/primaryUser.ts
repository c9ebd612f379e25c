/** Who uses a computer most: its own word (AeX AC Primary User), else what was computed from log-ons. */
import { sql } from 'kysely';
import type { Guid } from '../../wire/guid.ts';
import { ASSOCIATION_TYPE } from '../../wire/wellKnown.ts';
import { guidParam, type Session } from '../cmdb/types.ts';

export interface PrimaryUser {
  user: string;
  domain: string;
  /** 1 to 12, and the year; 0 when the row does not say. */
  month: number;
  year: number;
  /** Computed here from log-on events; false: the computer said so itself. */
  isServerGenerated: boolean;
  /** The user as a resource, once one was computed. */
  resource: { guid: Guid; name: string } | undefined;
}

export interface PrimaryUserRow {
  Month: string | null;
  Year: string | null;
  User: string | null;
  Domain: string | null;
  'Server Generated': string | null;
}

export const isServerGenerated = (row: PrimaryUserRow): boolean =>
  /^(1|true|yes)$/i.test(row['Server Generated'] ?? '');
const monthOf = (row: PrimaryUserRow): number => (Number(row.Year) || 0) * 12 + (Number(row.Month) || 0);

/** The newest month counts; within it the computer's own word before ours. */
export async function readPrimaryUser(session: Session, computer: Guid): Promise<PrimaryUser | undefined> {
  const { rows } = await sql<PrimaryUserRow>`
    select ${sql.id('Month')}, ${sql.id('Year')}, ${sql.id('User')}, ${sql.id('Domain')}, ${sql.id('Server Generated')}
    from Inv_AeX_AC_Primary_User where ${sql.ref('_ResourceGuid')} = ${guidParam(computer)}`.execute(session.db);
  const [row] = rows
    .filter((each) => (each.User ?? '') !== '')
    .sort((a, b) => monthOf(b) - monthOf(a) || Number(isServerGenerated(a)) - Number(isServerGenerated(b)));
  if (row === undefined) return undefined;
  return {
    user: row.User!,
    domain: row.Domain ?? '',
    month: Number(row.Month) || 0,
    year: Number(row.Year) || 0,
    isServerGenerated: isServerGenerated(row),
    resource: await userResource(session, computer),
  };
}

async function userResource({ db }: Session, computer: Guid): Promise<{ guid: Guid; name: string } | undefined> {
  return db
    .selectFrom('ResourceAssociation as a')
    .innerJoin('Resource as r', 'r.Guid', 'a.ChildResourceGuid')
    .select(['r.Guid as guid', 'r.Name as name'])
    .where('a.ResourceAssociationTypeGuid', '=', ASSOCIATION_TYPE.primaryUser)
    .where('a.ParentResourceGuid', '=', computer)
    .where('r.DeletedAt', 'is', null)
    .orderBy('a.CreatedAt', 'desc')
    .executeTakeFirst();
}
