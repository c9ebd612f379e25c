/** Users, assets and whatever else is no computer: the list by type, paged, sorted and searched by the database. */
import { parseGuid, type Guid } from '../../wire/guid.ts';
import { RESOURCE_TYPE } from '../../wire/wellKnown.ts';
import type { Utc } from '../cmdb/schema.ts';
import { contains, page } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';

export interface ResourceRow {
  guid: Guid;
  name: string;
  typeGuid: Guid;
  typeName: string;
  createdAt: Utc;
  modifiedAt: Utc;
}

export interface ResourcesQuery {
  typeGuid?: Guid | undefined;
  /** Finds in names; a whole GUID finds that resource, a whole key value the resources that have it. */
  search?: string;
  sort: 'Name' | 'CreatedAt' | 'ModifiedAt';
  descending: boolean;
  offset: number;
  limit: number;
}

export interface ResourceTypeCount {
  guid: Guid;
  name: string;
  resources: number;
}

/** Every type of resource but computers, which have a list of their own, with its number of resources. */
export async function readResourceTypes({ db }: Session): Promise<ResourceTypeCount[]> {
  const rows = await db
    .selectFrom('ResourceType as t')
    .leftJoin('Resource as r', (join) => join.onRef('r.ResourceTypeGuid', '=', 't.Guid').on('r.DeletedAt', 'is', null))
    .select((row) => ['t.Guid as guid', 't.Name as name', row.fn.count<number>('r.Guid').as('resources')])
    .where('t.Guid', '<>', RESOURCE_TYPE.computer)
    .groupBy(['t.Guid', 't.Name'])
    .orderBy('t.Name')
    .execute();
  return rows.map((row) => ({ ...row, resources: Number(row.resources) }));
}

export async function readResources(
  session: Session,
  query: ResourcesQuery,
): Promise<{ rows: ResourceRow[]; total: number }> {
  const types = query.typeGuid === undefined ? await otherTypes(session) : [query.typeGuid];
  if (types.length === 0) return { rows: [], total: 0 };
  const found = matching(session, types, query.search ?? '');
  const { total } = await found.select((row) => row.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
  const direction = query.descending ? 'desc' : 'asc';
  const sorted = found
    .select([
      'r.Guid as guid',
      'r.Name as name',
      't.Guid as typeGuid',
      't.Name as typeName',
      'r.CreatedAt as createdAt',
      'r.ModifiedAt as modifiedAt',
    ])
    .orderBy(`r.${query.sort}`, direction)
    .orderBy('r.Guid', direction);
  return { rows: await page(session, sorted, query.offset, query.limit).execute(), total: Number(total) };
}

/** Types by name, and not "all but computers": the index by type then skips the many computers. */
async function otherTypes({ db }: Session): Promise<Guid[]> {
  const rows = await db.selectFrom('ResourceType').select('Guid').where('Guid', '<>', RESOURCE_TYPE.computer).execute();
  return rows.map((row) => row.Guid);
}

function matching(session: Session, types: readonly Guid[], search: string) {
  const found = session.db
    .selectFrom('Resource as r')
    .innerJoin('ResourceType as t', 't.Guid', 'r.ResourceTypeGuid')
    .where('r.ResourceTypeGuid', 'in', types)
    .where('r.DeletedAt', 'is', null);
  const text = search.trim();
  const guid = parseGuid(text);
  if (guid !== undefined) return found.where('r.Guid', '=', guid);
  if (text === '') return found;
  return found.where((row) =>
    row.or([
      contains(session, 'r.Name', text),
      row.exists(
        row
          .selectFrom('ResourceKey as k')
          .select('k.ResourceGuid')
          .whereRef('k.ResourceGuid', '=', 'r.Guid')
          .where('k.KeyValue', '=', text),
      ),
    ]),
  );
}
