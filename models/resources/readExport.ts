/** A resource as the event that would make it: what was received of it can be sent again, to this server or another. */
import { sql } from 'kysely';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { NSE_CLASS_END, NSE_END, nseClassStart, nseHead, nseRow } from '../../wire/nseParts.ts';
import { CAPTURE_ITEM, RESOURCE_TYPE } from '../../wire/wellKnown.ts';
import type { Clock } from '../clock.ts';
import type { Session } from '../cmdb/types.ts';
import { DataClasses, type DataClass } from '../inventory/dataClasses.ts';
import { columnsOf, listInventoryClasses } from '../inventory/inventoryView.ts';
import type { ClassRow } from '../inventory/inventoryRows.ts';
import { readAssociations } from './readAssociations.ts';
import type { ResourceDetail } from './readResource.ts';

/** Every row stands as an element: a thousand make a piece of some hundred kilobytes at most. */
const ROWS_A_PIECE = 1000;
const ASSOCIATIONS_AT_ONCE = 1000;

/**
 * The resource as an NSE message, form A, piece by piece: its keys, associations and every data class with all rows, in
 * their order. `PostEvent` takes it in again, for the resource itself or from a sender that may write about others.
 * Each class is read by one statement, so that rows of two inventories never mix.
 */
export async function* exportResource(
  session: Session,
  clock: Clock,
  resource: ResourceDetail,
): AsyncGenerator<string, void> {
  const keys = await session.db
    .selectFrom('ResourceKey')
    .select(['KeyName as name', 'KeyValue as value'])
    .where('ResourceGuid', '=', resource.guid)
    .orderBy('KeyName')
    .orderBy('KeyValue')
    .execute();
  yield nseHead({
    to: resource.typeGuid === RESOURCE_TYPE.computer ? CAPTURE_ITEM.basicInventory : CAPTURE_ITEM.asset,
    priority: 1,
    msgId: newGuid(),
    time: new Date(clock.now()),
    resource: { ...resource, keys },
    associations: await allAssociations(session, resource.guid),
  });
  const classes = await DataClasses.load(session);
  for (const { guid, name } of await listInventoryClasses(session, resource.guid)) {
    const dataClass = classes.get(guid);
    if (dataClass === undefined) continue;
    yield nseClassStart(guid, name);
    yield* rowPieces(await allRows(session, resource.guid, dataClass), dataClass);
    yield NSE_CLASS_END;
  }
  yield NSE_END;
}

async function allAssociations(session: Session, resource: Guid) {
  const all: { typeGuid: Guid; parent: Guid; child: Guid }[] = [];
  for (;;) {
    const { rows, total } = await readAssociations(session, resource, {
      offset: all.length,
      limit: ASSOCIATIONS_AT_ONCE,
    });
    for (const { associationGuid, end, guid } of rows) {
      const [parent, child] = end === 'child' ? [resource, guid] : [guid, resource];
      all.push({ typeGuid: associationGuid, parent, child });
    }
    if (rows.length === 0 || all.length >= total) return all;
  }
}

function allRows(session: Session, resource: Guid, dataClass: DataClass): Promise<ClassRow[]> {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  const db = session.db as any;
  return db
    .selectFrom(dataClass.table)
    .select(columnsOf(dataClass).map(({ name }) => sql`${sql.id(name)}`.as(name)))
    .where('_ResourceGuid', '=', resource)
    .orderBy('_id')
    .execute();
}

function* rowPieces(rows: readonly ClassRow[], { columns }: DataClass): Generator<string, void> {
  for (let at = 0; at < rows.length; at += ROWS_A_PIECE) {
    let piece = '';
    for (const row of rows.slice(at, at + ROWS_A_PIECE)) {
      piece += nseRow(
        columns.map((column) => (column === undefined ? null : wireValue(row[column.name], column.dataType))),
      );
    }
    yield piece;
  }
}

/** As a row carries it: times as `YYYY-MM-DD hh:mm:ss.fff`, here in UTC. */
function wireValue(value: string | number | null | undefined, dataType: string): string | null {
  if (value === null || value === undefined) return null;
  return dataType === 'time' ? String(value).replace('T', ' ').replace('Z', '') : String(value);
}
