/** Associations of one resource, from both of their ends. */
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
  createdAt: Utc;
}

export interface AssociationQuery {
  associationGuid?: Guid | undefined;
  end?: AssociationEnd | undefined;
  offset: number;
  limit: number;
}

/** By kind of association, then by name. A resource that is deleted is left out: its associations wait with it. */
export async function readAssociations(
  session: Session,
  resource: Guid,
  query: AssociationQuery,
): Promise<{ rows: AssociationRow[]; total: number }> {
  const { total } = await joined(session, resource, query)
    .select((row) => row.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  const sorted = joined(session, resource, query)
    .select([
      's.Guid as associationGuid',
      's.Name as associationName',
      'a.end as end',
      'r.Guid as guid',
      'r.Name as name',
      't.Guid as typeGuid',
      't.Name as typeName',
      'a.createdAt as createdAt',
    ])
    .orderBy('s.Name')
    .orderBy('a.end')
    .orderBy('r.Name')
    .orderBy('r.Guid');
  return { rows: await page(session, sorted, query.offset, query.limit).execute(), total: Number(total) };
}

function joined(session: Session, resource: Guid, { associationGuid, end }: AssociationQuery) {
  const found = session.db
    .selectFrom(bothEnds(session, resource).as('a'))
    .innerJoin('ResourceAssociationType as s', 's.Guid', 'a.associationGuid')
    .innerJoin('Resource as r', 'r.Guid', 'a.other')
    .innerJoin('ResourceType as t', 't.Guid', 'r.ResourceTypeGuid')
    .where('r.DeletedAt', 'is', null);
  const ofKind = associationGuid === undefined ? found : found.where('a.associationGuid', '=', associationGuid);
  return end === undefined ? ofKind : ofKind.where('a.end', '=', end);
}

/** Two halves with an index each: an OR over both columns would have none. */
function bothEnds({ db }: Session, resource: Guid) {
  const children = db
    .selectFrom('ResourceAssociation')
    .select([
      'ResourceAssociationTypeGuid as associationGuid',
      'ChildResourceGuid as other',
      sql<AssociationEnd>`'child'`.as('end'),
      'CreatedAt as createdAt',
    ])
    .where('ParentResourceGuid', '=', resource);
  const parents = db
    .selectFrom('ResourceAssociation')
    .select([
      'ResourceAssociationTypeGuid as associationGuid',
      'ParentResourceGuid as other',
      sql<AssociationEnd>`'parent'`.as('end'),
      'CreatedAt as createdAt',
    ])
    .where('ChildResourceGuid', '=', resource);
  return children.unionAll(parents);
}

export interface AssociationCount {
  associationGuid: Guid;
  name: string;
  end: AssociationEnd;
  total: number;
}

/** How many of each kind, for the summary and for what can be filtered. */
export async function countAssociations(session: Session, resource: Guid): Promise<AssociationCount[]> {
  const rows = await joined(session, resource, { offset: 0, limit: 0 })
    .select((row) => [
      's.Guid as associationGuid',
      's.Name as name',
      'a.end as end',
      row.fn.countAll<number>().as('total'),
    ])
    .groupBy(['s.Guid', 's.Name', 'a.end'])
    .orderBy('s.Name')
    .orderBy('a.end')
    .execute();
  return rows.map((row) => ({ ...row, total: Number(row.total) }));
}
