/** Associations of one resource, from both of their ends. A place may have those of every computer. */
import { sql } from 'kysely';
import type { Guid } from '../../wire/guid.ts';
import type { Utc } from '../cmdb/schema.ts';
import { page } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';

/** Which end the other resource is. */
export type AssociationEnd = 'parent' | 'child';

export interface AssociationRow {
  associationGuid: Guid;
  associationName: string;
  end: AssociationEnd;
  guid: Guid;
  name: string;
  typeGuid: Guid;
  typeName: string;
  /** The other resource lies in the recycle bin. */
  isDeleted: boolean;
  createdAt: Utc;
}

export interface AssociationQuery {
  associationGuid?: Guid | undefined;
  end?: AssociationEnd | undefined;
  offset: number;
  limit: number;
}

/** So many are sorted by name; more come in the order of the index, for every page would sort all of them. */
const MOST_SORTED = 1000;

/** By kind of association, then by name as long as they are not too many. */
export async function readAssociations(
  session: Session,
  resource: Guid,
  query: AssociationQuery,
): Promise<{ rows: AssociationRow[]; total: number }> {
  const counts = (await countAssociations(session, resource)).filter(
    (each) =>
      (query.associationGuid ?? each.associationGuid) === each.associationGuid && (query.end ?? each.end) === each.end,
  );
  const total = counts.reduce((sum, each) => sum + each.total, 0);
  const keys = keysOf(session, resource, query);
  const ordered = total <= MOST_SORTED ? byName(keys) : keys.orderBy('pair.associationGuid').orderBy('pair.other');
  const found = await page(session, ordered, query.offset, query.limit).execute();
  return { rows: await readRows(session, resource, found), total };
}

interface AssociationKey {
  associationGuid: Guid;
  end: AssociationEnd;
  other: Guid;
}

function keysOf({ db }: Session, resource: Guid, { associationGuid, end }: Partial<AssociationQuery>) {
  // Two halves with an index each: an OR over both columns would have none.
  const children = db
    .selectFrom('ResourceAssociation')
    .select([
      'ResourceAssociationTypeGuid as associationGuid',
      'ChildResourceGuid as other',
      sql<AssociationEnd>`'child'`.as('end'),
    ])
    .where('ParentResourceGuid', '=', resource);
  const parents = db
    .selectFrom('ResourceAssociation')
    .select([
      'ResourceAssociationTypeGuid as associationGuid',
      'ParentResourceGuid as other',
      sql<AssociationEnd>`'parent'`.as('end'),
    ])
    .where('ChildResourceGuid', '=', resource);
  const both = end === undefined ? children.unionAll(parents) : end === 'child' ? children : parents;
  const keys = db.selectFrom(both.as('pair')).select(['pair.associationGuid', 'pair.end', 'pair.other']);
  return associationGuid === undefined ? keys : keys.where('pair.associationGuid', '=', associationGuid);
}

function byName(keys: ReturnType<typeof keysOf>) {
  return keys
    .innerJoin('ResourceAssociationType as s', 's.Guid', 'pair.associationGuid')
    .innerJoin('Resource as r', 'r.Guid', 'pair.other')
    .orderBy('s.Name')
    .orderBy('pair.end')
    .orderBy('r.Name')
    .orderBy('pair.other');
}

/** What else is shown of them, for a page of keys only. */
async function readRows(session: Session, resource: Guid, keys: readonly AssociationKey[]): Promise<AssociationRow[]> {
  if (keys.length === 0) return [];
  const { db } = session;
  const others = [...new Set(keys.map(({ other }) => other))];
  const resources = await db
    .selectFrom('Resource as r')
    .innerJoin('ResourceType as t', 't.Guid', 'r.ResourceTypeGuid')
    .select([
      'r.Guid as guid',
      'r.Name as name',
      'r.DeletedAt as deletedAt',
      't.Guid as typeGuid',
      't.Name as typeName',
    ])
    .where('r.Guid', 'in', others)
    .execute();
  const byGuid = new Map(resources.map((row) => [row.guid, row]));
  const types = await db.selectFrom('ResourceAssociationType').select(['Guid', 'Name']).execute();
  const names = new Map(types.map((row) => [row.Guid, row.Name]));
  const times = await readTimes(session, resource, others);
  return keys.flatMap(({ associationGuid, end, other }) => {
    const found = byGuid.get(other);
    if (found === undefined) return [];
    const { deletedAt, ...shown } = found;
    return {
      ...shown,
      associationGuid,
      end,
      associationName: names.get(associationGuid) ?? '',
      isDeleted: deletedAt !== null,
      createdAt: times.get(`${associationGuid} ${end} ${other}`) ?? '',
    };
  });
}

async function readTimes({ db }: Session, resource: Guid, others: readonly Guid[]): Promise<Map<string, Utc>> {
  const columns = ['ResourceAssociationTypeGuid as kind', 'CreatedAt as at'] as const;
  const children = await db
    .selectFrom('ResourceAssociation')
    .select([...columns, 'ChildResourceGuid as other'])
    .where('ParentResourceGuid', '=', resource)
    .where('ChildResourceGuid', 'in', others)
    .execute();
  const parents = await db
    .selectFrom('ResourceAssociation')
    .select([...columns, 'ParentResourceGuid as other'])
    .where('ChildResourceGuid', '=', resource)
    .where('ParentResourceGuid', 'in', others)
    .execute();
  return new Map([
    ...children.map(({ kind, at, other }) => [`${kind} child ${other}`, at] as const),
    ...parents.map(({ kind, at, other }) => [`${kind} parent ${other}`, at] as const),
  ]);
}

export interface AssociationCount {
  associationGuid: Guid;
  name: string;
  end: AssociationEnd;
  total: number;
}

/** How many of each kind, for what can be filtered; from the indexes alone. */
export async function countAssociations(session: Session, resource: Guid): Promise<AssociationCount[]> {
  const { db } = session;
  const count = async (own: 'ParentResourceGuid' | 'ChildResourceGuid', end: AssociationEnd) => {
    const rows = await db
      .selectFrom('ResourceAssociation')
      .select((row) => ['ResourceAssociationTypeGuid as associationGuid', row.fn.countAll<number>().as('total')])
      .where(own, '=', resource)
      .groupBy('ResourceAssociationTypeGuid')
      .execute();
    return rows.map((row) => ({ ...row, end, total: Number(row.total) }));
  };
  const counts = [...(await count('ParentResourceGuid', 'child')), ...(await count('ChildResourceGuid', 'parent'))];
  const types = await db.selectFrom('ResourceAssociationType').select(['Guid', 'Name']).execute();
  const names = new Map(types.map((row) => [row.Guid, row.Name]));
  return counts
    .map((each) => ({ ...each, name: names.get(each.associationGuid) ?? '' }))
    .sort((a, b) => a.name.localeCompare(b.name) || a.end.localeCompare(b.end));
}
