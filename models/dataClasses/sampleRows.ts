/** The newest rows of a class, to see that its columns hold what they should. */
import { sql } from 'kysely';
import type { Guid } from '../../wire/guid.ts';
import { top } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';
import { untyped } from '../cmdb/untyped.ts';
import { eventTableOf } from '../events/eventTables.ts';
import type { DataClassDetail } from './readClass.ts';

export interface SampleRow {
  guid: Guid;
  name: string;
  isComputer: boolean;
  values: (string | number | null)[];
}

export interface Sample {
  columns: string[];
  rows: SampleRow[];
}

const INVENTORY_KEY = '_ResourceGuid';

/** @param computerType the type of computers, whose pages are others than those of users and assets */
export async function sampleRows(
  session: Session,
  dataClass: DataClassDetail,
  count: number,
  computerType: Guid,
): Promise<Sample> {
  const isEvent = dataClass.kind === 'event';
  const table = isEvent ? eventTableOf(dataClass.table) : dataClass.table;
  if (table === undefined) return { columns: [], rows: [] };
  const all = untyped(session).selectFrom(table).selectAll();
  const newest = await top(session, all.orderBy(isEvent ? 'Id' : '_id', 'desc'), count).execute();
  const key = isEvent ? 'ResourceGuid' : INVENTORY_KEY;
  const columns = isEvent
    ? Object.keys(newest[0] ?? {}).filter((name) => name !== 'Id' && name !== key)
    : dataClass.columns.map(({ name }) => name);
  const resources = await namesOf(
    session,
    newest.map((row) => row[key] as Guid),
  );
  return {
    columns,
    rows: newest.map((row) => {
      const guid = row[key] as Guid;
      const resource = resources.get(guid);
      return {
        guid,
        name: resource?.name ?? guid,
        isComputer: resource?.type === computerType,
        values: columns.map((column) => (row[column] ?? null) as string | number | null),
      };
    }),
  };
}

async function namesOf(
  { db }: Session,
  guids: readonly Guid[],
): Promise<ReadonlyMap<Guid, { name: string; type: Guid }>> {
  if (guids.length === 0) return new Map();
  const rows = await db
    .selectFrom('Resource')
    .select([sql.ref<Guid>('Guid').as('guid'), 'Name as name', 'ResourceTypeGuid as type'])
    .where('Guid', 'in', [...new Set(guids)])
    .execute();
  return new Map(rows.map(({ guid, name, type }) => [guid, { name, type }]));
}
