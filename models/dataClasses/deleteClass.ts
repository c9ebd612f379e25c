/**
 * Deletes an own class with its data. First it is marked, so that events for it are refused; then what refers to it goes
 * in short transactions; the table and the definition go last. Killed in between, it is found marked and can be deleted
 * again.
 */
import type { Guid } from '../../wire/guid.ts';
import { recordAudit, type Actor } from '../audit/audit.ts';
import { recordChange } from '../changes/changeLog.ts';
import type { Clock } from '../clock.ts';
import { top } from '../cmdb/sql.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';
import { InvalidInput } from '../fieldErrors.ts';
import { useOfClass } from './listClasses.ts';
import { readClass, type DataClassDetail } from './readClass.ts';
import { dropTable } from './tableText.ts';

export const DELETING = 'deleting';
/** Of rows, which go in about 10 ms on SQLite: nobody else who writes waits longer. */
const BATCH = 1000;

export interface DeletedClass {
  computers: number;
  changes: number;
}

/** What goes with it. */
export async function countForDelete(
  session: Session,
  found: DataClassDetail,
): Promise<DeletedClass & { rows: number }> {
  const { rows, computers = 0 } = await useOfClass(session, found);
  const history = await session.db
    .selectFrom('InventoryHistory')
    .select((is) => is.fn.countAll<number>().as('changes'))
    .where('InventoryClassGuid', '=', found.guid)
    .executeTakeFirstOrThrow();
  return { computers, rows, changes: Number(history.changes) };
}

/** Why it cannot be deleted; `undefined` when it can. */
export function whyKept({ isBuiltIn, kind }: Pick<DataClassDetail, 'isBuiltIn' | 'kind'>): string | undefined {
  if (kind === 'event') return 'Classes of events belong to their capture items.';
  return isBuiltIn ? 'Built-in classes stay: agents send them, and pages and reports read them.' : undefined;
}

/** Answers what went; `undefined` when there is no such class. @throws InvalidInput for one that is built in */
export async function deleteClass(
  cmdb: Cmdb,
  clock: Clock,
  actor: Actor,
  guid: Guid,
): Promise<DeletedClass | undefined> {
  const found = await readClass(cmdb, guid);
  if (found === undefined) return undefined;
  const kept = whyKept(found);
  if (kept !== undefined) throw new InvalidInput([{ field: '', message: kept }]);
  await cmdb.transaction(async (session) => {
    await session.db.updateTable('DataClass').set({ Kind: DELETING }).where('Guid', '=', guid).execute();
    await recordChange(session, clock, 'dataClass', guid);
  });
  const changes = await inBatches(cmdb, (session) => deleteHistory(session, guid));
  const computers = await inBatches(cmdb, (session) => deleteUpdates(session, guid));
  await cmdb.transaction((session) => finish(session, clock, actor, found, { computers, changes }));
  return { computers, changes };
}

async function finish(
  session: Session,
  clock: Clock,
  actor: Actor,
  found: DataClassDetail,
  deleted: DeletedClass,
): Promise<void> {
  const { guid, name, table } = found;
  // A thread that processes events knows its classes for some seconds: what it wrote meanwhile goes, too.
  await session.db.deleteFrom('InventoryHistory').where('InventoryClassGuid', '=', guid).execute();
  await session.db.deleteFrom('ResourceUpdate').where('InventoryClassGuid', '=', guid).execute();
  await dropTable(session, table);
  await session.db.deleteFrom('DataClassColumn').where('DataClassGuid', '=', guid).execute();
  await session.db.deleteFrom('DataClass').where('Guid', '=', guid).execute();
  await recordAudit(session, clock, actor, {
    action: 'delete',
    objectKind: 'data class',
    objectGuid: guid,
    objectName: name,
    before: { ...found, ...deleted },
  });
  await recordChange(session, clock, 'dataClass', guid);
}

async function inBatches(cmdb: Cmdb, batch: (session: Session) => Promise<number>): Promise<number> {
  for (let total = 0; ;) {
    const deleted = await cmdb.transaction(batch);
    total += deleted;
    if (deleted === 0) return total;
  }
}

async function deleteHistory(session: Session, guid: Guid): Promise<number> {
  const some = session.db.selectFrom('InventoryHistory').select('Id').where('InventoryClassGuid', '=', guid);
  const ids = (await top(session, some, BATCH).execute()).map((row) => row.Id);
  if (ids.length === 0) return 0;
  await session.db.deleteFrom('InventoryHistory').where('Id', 'in', ids).execute();
  return ids.length;
}

async function deleteUpdates(session: Session, guid: Guid): Promise<number> {
  const some = session.db.selectFrom('ResourceUpdate').select('ResourceGuid').where('InventoryClassGuid', '=', guid);
  const resources = (await top(session, some, BATCH).execute()).map((row) => row.ResourceGuid);
  if (resources.length === 0) return 0;
  await session.db
    .deleteFrom('ResourceUpdate')
    .where('InventoryClassGuid', '=', guid)
    .where('ResourceGuid', 'in', resources)
    .execute();
  return resources.length;
}
