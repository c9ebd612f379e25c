/** A resource as the event that would make it: what was received of it can be sent again, to this server or another. */
import { newGuid, type Guid } from '../../wire/guid.ts';
import { NSE_CLASS_END, NSE_END, nseClassStart, nseHead, nseRow, type NseResourcePart } from '../../wire/nseParts.ts';
import { CAPTURE_ITEM } from '../../wire/wellKnown.ts';
import type { Clock } from '../clock.ts';
import type { Session } from '../cmdb/types.ts';
import { DataClasses, type DataClass } from '../inventory/dataClasses.ts';
import { listInventoryClasses } from '../inventory/inventoryView.ts';
import type { ClassRow, ClassValue } from '../inventory/inventoryRows.ts';
import { classRowsOf } from '../inventory/storedRows.ts';
import { readAssociations, type AssociationRow } from './readAssociations.ts';
import type { ResourceDetail } from './readResource.ts';

/** Every row stands as an element: a thousand make a piece of some hundred kilobytes at most. */
const ROWS_A_PIECE = 1000;
const ASSOCIATIONS_AT_ONCE = 500;
/** An event may describe 2,000 resources; what is beyond is named by GUID. */
const MOST_DESCRIBED = 1900;

/**
 * The resource as an NSE message, form A, piece by piece: its keys, every data class with all rows in their order, and the
 * associations that lead from it, with the resources at their other end; those that lead to it are part of the others'
 * exports. `PostEvent` takes it as asset data, from the resource itself or from a sender that may write about others.
 * Each class is read by one statement, so that rows of two inventories never mix.
 */
export async function* exportResource(
  session: Session,
  clock: Clock,
  resource: ResourceDetail,
): AsyncGenerator<string, void> {
  const own = await ownAssociations(session, resource.guid);
  const others = new Map(own.slice(0, MOST_DESCRIBED).map((row) => [row.guid, row]));
  others.delete(resource.guid);
  yield nseHead({
    to: CAPTURE_ITEM.asset,
    priority: 1,
    msgId: newGuid(),
    time: new Date(clock.now()),
    resources: await withKeys(session, [resource, ...others.values()]),
    associations: own.map((row) => ({ typeGuid: row.associationGuid, parent: resource.guid, child: row.guid })),
  });
  const classes = await DataClasses.load(session);
  for (const { guid, name } of await listInventoryClasses(session, resource.guid)) {
    const dataClass = classes.get(guid);
    if (dataClass === undefined) continue;
    yield nseClassStart(guid, name);
    yield* rowPieces((await classRowsOf(session, dataClass, [resource.guid])).get(resource.guid) ?? [], dataClass);
    yield NSE_CLASS_END;
  }
  yield NSE_END;
}

async function ownAssociations(session: Session, resource: Guid): Promise<AssociationRow[]> {
  const own: AssociationRow[] = [];
  for (let read = 0; ;) {
    const query = { end: 'child', offset: read, limit: ASSOCIATIONS_AT_ONCE } as const;
    const { rows, total } = await readAssociations(session, resource, query);
    read += rows.length;
    own.push(...rows.filter(({ isDeleted }) => !isDeleted));
    if (rows.length === 0 || read >= total) return own;
  }
}

type Described = Pick<NseResourcePart, 'guid' | 'typeGuid' | 'name'>;

async function withKeys({ db }: Session, resources: readonly Described[]): Promise<NseResourcePart[]> {
  const described: NseResourcePart[] = [];
  for (let at = 0; at < resources.length; at += ASSOCIATIONS_AT_ONCE) {
    const some = resources.slice(at, at + ASSOCIATIONS_AT_ONCE);
    const keys = await db
      .selectFrom('ResourceKey')
      .select(['ResourceGuid', 'KeyName as name', 'KeyValue as value'])
      .where(
        'ResourceGuid',
        'in',
        some.map(({ guid }) => guid),
      )
      .orderBy('KeyName')
      .orderBy('KeyValue')
      .execute();
    described.push(
      ...some.map((each) => ({ ...each, keys: keys.filter(({ ResourceGuid }) => ResourceGuid === each.guid) })),
    );
  }
  return described;
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
function wireValue(value: ClassValue | undefined, dataType: string): string | null {
  if (value === null || value === undefined) return null;
  return dataType === 'time' ? String(value).replace('T', ' ').replace('Z', '') : String(value);
}
