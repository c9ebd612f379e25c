/**
 * Targets: whom policies apply to. "All Computers" is every managed computer; a list names its computers one by one. A
 * list that was made for one policy only is `ad hoc`: it shows in no picker and goes with its policy.
 */
import type { Guid } from '../../wire/guid.ts';
import type { Utc } from '../cmdb/schema.ts';
import type { Session } from '../cmdb/types.ts';

export type TargetKind = 'all' | 'list';

/** Bit of `Item.Attributes`. */
export const AD_HOC = 1;

export interface Target {
  guid: Guid;
  name: string;
  description: string;
  kind: TargetKind;
  isAdHoc: boolean;
  createdAt: Utc;
  createdBy: string;
  modifiedAt: Utc;
  modifiedBy: string;
  /** Managed computers in it. */
  computers: number;
  policies: { guid: Guid; name: string }[];
}

export async function getTarget(session: Session, guid: Guid): Promise<Target | undefined> {
  const row = await session.db
    .selectFrom('Target as t')
    .innerJoin('Item as i', 'i.Guid', 't.Guid')
    .select(['i.Name', 'i.Description', 'i.Attributes', 't.Kind'])
    .select(['i.CreatedAt', 'i.CreatedBy', 'i.ModifiedAt', 'i.ModifiedBy'])
    .where('t.Guid', '=', guid)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    guid,
    name: row.Name,
    description: row.Description,
    kind: row.Kind as TargetKind,
    isAdHoc: (row.Attributes & AD_HOC) !== 0,
    createdAt: row.CreatedAt,
    createdBy: row.CreatedBy,
    modifiedAt: row.ModifiedAt,
    modifiedBy: row.ModifiedBy,
    computers: row.Kind === 'all' ? await countManagedComputers(session) : await countMembers(session, guid),
    policies: await policiesOf(session, guid),
  };
}

async function policiesOf({ db }: Session, target: Guid): Promise<{ guid: Guid; name: string }[]> {
  const rows = await db
    .selectFrom('PolicyTarget as p')
    .innerJoin('Item as i', 'i.Guid', 'p.PolicyGuid')
    .select(['p.PolicyGuid', 'i.Name'])
    .where('p.TargetGuid', '=', target)
    .orderBy('i.Name')
    .execute();
  return rows.map(({ PolicyGuid, Name }) => ({ guid: PolicyGuid, name: Name }));
}

async function countMembers({ db }: Session, target: Guid): Promise<number> {
  const { count } = await db
    .selectFrom('TargetMember as m')
    .innerJoin('Computer as c', 'c.ResourceGuid', 'm.ResourceGuid')
    .innerJoin('Resource as r', 'r.Guid', 'c.ResourceGuid')
    .select((row) => row.fn.countAll<number>().as('count'))
    .where('m.TargetGuid', '=', target)
    .where('r.IsManaged', '=', 1)
    .executeTakeFirstOrThrow();
  return Number(count);
}

export async function countManagedComputers({ db }: Session): Promise<number> {
  const { count } = await db
    .selectFrom('Computer as c')
    .innerJoin('Resource as r', 'r.Guid', 'c.ResourceGuid')
    .select((row) => row.fn.countAll<number>().as('count'))
    .where('r.IsManaged', '=', 1)
    .executeTakeFirstOrThrow();
  return Number(count);
}
