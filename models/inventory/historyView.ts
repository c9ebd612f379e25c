/** What changed in a resource's inventory, and when: for pages that show it. */
import { sql } from 'kysely';
import type { Guid } from '../../wire/guid.ts';
import type { Utc } from '../cmdb/schema.ts';
import { page } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';
import type { InventoryDifference } from './history/changeOf.ts';

export interface HistoryEntry {
  /** Undefined for the first data of a class, which is no row of history. */
  id: number | undefined;
  classGuid: Guid;
  className: string;
  /** When it was applied. */
  at: Utc;
  /** When the event was sent that changed it; undefined for the first data. */
  eventAt: Utc | undefined;
  /** Undefined for the first data, and for a change that this server cannot read. */
  difference: InventoryDifference | undefined;
}

export interface HistoryQuery {
  classGuid?: Guid | undefined;
  since?: Utc | undefined;
  offset: number;
  limit: number;
}

/** Changes of all classes, or of one, newest first, with the first data of each class as the oldest entry. */
export async function listHistory(
  session: Session,
  resource: Guid,
  query: HistoryQuery,
): Promise<{ rows: HistoryEntry[]; total: number }> {
  const keys = historyKeys(session, resource, query);
  const { total } = await session.db
    .selectFrom(keys.as('keys'))
    .select((row) => row.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  const sorted = session.db
    .selectFrom(keys.as('keys'))
    .innerJoin('DataClass as d', 'd.Guid', 'keys.classGuid')
    .select(['keys.id as id', 'keys.classGuid as classGuid', 'keys.at as at', 'd.Name as className'])
    .orderBy('keys.at', 'desc')
    .orderBy('keys.id', 'desc');
  // Keys first: skipping and sorting then move no JSON, and the index on resource, class and time holds all they need.
  const found = await page(session, sorted, query.offset, query.limit).execute();
  const changes = await readChanges(
    session,
    found.map((row) => row.id).filter((id) => id !== null),
  );
  const rows = found.map(({ id, ...row }) => ({
    ...row,
    id: id === null ? undefined : Number(id),
    eventAt: undefined,
    difference: undefined,
    ...(id === null ? {} : changes.get(Number(id))),
  }));
  return { rows, total: Number(total) };
}

function historyKeys({ db }: Session, resource: Guid, { classGuid, since }: HistoryQuery) {
  let changes = db
    .selectFrom('InventoryHistory')
    .select([sql<number | null>`Id`.as('id'), 'InventoryClassGuid as classGuid', 'At as at'])
    .where('ResourceGuid', '=', resource);
  let first = db
    .selectFrom('ResourceUpdate as u')
    .innerJoin('DataClass as c', 'c.Guid', 'u.InventoryClassGuid')
    .select([sql<number | null>`null`.as('id'), 'u.InventoryClassGuid as classGuid', 'u.CreatedAt as at'])
    .where('u.ResourceGuid', '=', resource)
    .where('c.HasHistory', '=', 1);
  if (classGuid !== undefined) {
    changes = changes.where('InventoryClassGuid', '=', classGuid);
    first = first.where('u.InventoryClassGuid', '=', classGuid);
  }
  if (since !== undefined) {
    changes = changes.where('At', '>=', since);
    first = first.where('u.CreatedAt', '>=', since);
  }
  return changes.unionAll(first);
}

async function readChanges({ db }: Session, ids: readonly number[]) {
  const changes = new Map<number, Pick<HistoryEntry, 'eventAt' | 'difference'>>();
  if (ids.length === 0) return changes;
  const rows = await db
    .selectFrom('InventoryHistory')
    .select(['Id', 'EventAt', 'Change'])
    .where('Id', 'in', ids)
    .execute();
  for (const row of rows)
    changes.set(Number(row.Id), { eventAt: row.EventAt, difference: parseDifference(row.Change) });
  return changes;
}

/** One change of the resource; `undefined` when there is none of that id. */
export async function readHistoryEntry(
  session: Session,
  resource: Guid,
  id: number,
): Promise<HistoryEntry | undefined> {
  const row = await session.db
    .selectFrom('InventoryHistory as h')
    .innerJoin('DataClass as d', 'd.Guid', 'h.InventoryClassGuid')
    .select([
      'h.InventoryClassGuid as classGuid',
      'd.Name as className',
      'h.At as at',
      'h.EventAt as eventAt',
      'h.Change',
    ])
    .where('h.Id', '=', id)
    .where('h.ResourceGuid', '=', resource)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { Change, ...entry } = row;
  return { ...entry, id, difference: parseDifference(Change) };
}

/** What another version wrote and this one cannot read is shown as an entry without detail, and hides no other. */
export function parseDifference(text: string): InventoryDifference | undefined {
  try {
    const { added = [], removed = [], changed = [], cut } = JSON.parse(text) as Partial<InventoryDifference>;
    return { added, removed, changed, ...(cut === undefined ? {} : { cut }) };
  } catch {
    return undefined;
  }
}
