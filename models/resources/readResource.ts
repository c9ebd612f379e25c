/** One resource of any type: what its page shows first. */
import type { Guid } from '../../wire/guid.ts';
import type { Utc } from '../cmdb/schema.ts';
import type { Session } from '../cmdb/types.ts';

export interface ResourceDetail {
  guid: Guid;
  name: string;
  typeGuid: Guid;
  typeName: string;
  isManaged: boolean;
  createdAt: Utc;
  modifiedAt: Utc;
  deletedAt: Utc | null;
}

/** The resource, or that which a merge put in its place; `undefined` when there is none. */
export async function readResource({ db }: Session, resource: Guid): Promise<ResourceDetail | undefined> {
  const alias = await db
    .selectFrom('ResourceAlias')
    .select('ResourceGuid')
    .where('AliasGuid', '=', resource)
    .executeTakeFirst();
  const row = await db
    .selectFrom('Resource as r')
    .innerJoin('ResourceType as t', 't.Guid', 'r.ResourceTypeGuid')
    .select([
      'r.Guid as guid',
      'r.Name as name',
      't.Guid as typeGuid',
      't.Name as typeName',
      'r.IsManaged',
      'r.CreatedAt as createdAt',
      'r.ModifiedAt as modifiedAt',
      'r.DeletedAt as deletedAt',
    ])
    .where('r.Guid', '=', alias?.ResourceGuid ?? resource)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { IsManaged, ...detail } = row;
  return { ...detail, isManaged: IsManaged === 1 };
}
