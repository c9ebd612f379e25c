/** Deletes computers of the recycle bin for good, in transactions so short that events never wait. */
import { sql } from 'kysely';
import type { Guid } from '../../wire/guid.ts';
import { recordAudit, type Actor } from '../audit/audit.ts';
import { recordChange } from '../changes/changeLog.ts';
import { utc, type Clock } from '../clock.ts';
import { top } from '../cmdb/sql.ts';
import { guidParam, type Cmdb, type Session } from '../cmdb/types.ts';
import { untyped } from '../cmdb/untyped.ts';
import { removeServiceRows } from '../packageServers/serviceRows.ts';
import { inventoryTables, logTables, RELATION_TABLES, STATE_TABLES } from './resourceTables.ts';

/** Rows in one transaction. */
const SLICE = 500;

interface Deps {
  cmdb: Cmdb;
  clock: Clock;
}

/** Computers that have lain in the bin since before an instant, or whose purge was broken off; at most `limit`. */
export async function dueForPurge(session: Session, before: number, limit: number): Promise<Guid[]> {
  const query = session.db
    .selectFrom('RecycledResource')
    .select('ResourceGuid')
    .where((row) => row.or([row('DeletedAt', '<', utc(before)), row('IsPurging', '=', 1)]))
    .orderBy('DeletedAt');
  return (await top(session, query, limit).execute()).map((row) => row.ResourceGuid);
}

/** Purges those that lie in the bin; answers how many. Stops between two slices when the signal aborts. */
export async function purgeComputers(
  { cmdb, clock }: Deps,
  actor: Actor,
  computers: readonly Guid[],
  signal?: AbortSignal,
): Promise<number> {
  let purged = 0;
  for (const guid of computers) {
    if (signal?.aborted) break;
    // From here on it cannot be restored: what is half gone must not come back.
    const claimed = await cmdb.db
      .updateTable('RecycledResource')
      .set({ IsPurging: 1 })
      .where('ResourceGuid', '=', guid)
      .executeTakeFirst();
    if (Number(claimed.numUpdatedRows) === 0) continue;
    if (!(await removeLogs(cmdb, guid, signal))) break;
    if (await cmdb.transaction((session) => removeRest(session, clock, actor, guid))) purged++;
  }
  return purged;
}

/** False when it was broken off. */
async function removeLogs(cmdb: Cmdb, computer: Guid, signal: AbortSignal | undefined): Promise<boolean> {
  for (const { table, column, id } of await logTables(cmdb)) {
    for (;;) {
      if (signal?.aborted) return false;
      const query = untyped(cmdb).selectFrom(table).select(id).where(column, '=', computer);
      const rows = (await top(cmdb, query, SLICE).execute()) as unknown as Record<string, number>[];
      if (rows.length === 0) break;
      await untyped(cmdb)
        .deleteFrom(table)
        .where(
          id,
          'in',
          rows.map((row) => row[id]),
        )
        .execute();
    }
  }
  return true;
}

async function removeRest(session: Session, clock: Clock, actor: Actor, computer: Guid): Promise<boolean> {
  const { db } = session;
  const bin = await db
    .selectFrom('RecycledResource')
    .select(['Name', 'DeletedAt', 'DeletedBy', 'Reason'])
    .where('ResourceGuid', '=', computer)
    .executeTakeFirst();
  // Another node was as quick.
  if (bin === undefined) return false;
  for (const { table } of await inventoryTables(session)) {
    await untyped(session).deleteFrom(table).where('_ResourceGuid', '=', computer).execute();
  }
  for (const [table, column] of Object.entries(STATE_TABLES)) {
    await untyped(session).deleteFrom(table).where(column, '=', computer).execute();
  }
  for (const [table, columns] of Object.entries(RELATION_TABLES)) {
    for (const column of columns) await untyped(session).deleteFrom(table).where(column, '=', computer).execute();
  }
  // What came between is a few rows at most.
  for (const { table, column } of await logTables(session)) {
    await untyped(session).deleteFrom(table).where(column, '=', computer).execute();
  }
  await removeIdentity(session, computer);
  await removeServiceRows(session, clock, computer);
  await db.deleteFrom('EventSenderRight').where('ResourceGuid', '=', computer).execute();
  await db.deleteFrom('Resource').where('Guid', '=', computer).execute();
  await recordAudit(session, clock, actor, {
    action: 'delete for good',
    objectKind: 'computer',
    objectGuid: computer,
    objectName: bin.Name,
    before: { deletedAt: bin.DeletedAt, deletedBy: bin.DeletedBy, reason: bin.Reason },
  });
  await recordChange(session, clock, 'registration', computer);
  return true;
}

async function removeIdentity({ db }: Session, computer: Guid): Promise<void> {
  await db.deleteFrom('AgentRegistration').where('ResourceGuid', '=', computer).execute();
  await db
    .updateTable('AgentRegistration')
    .set({ DuplicateOfGuid: null })
    .where('DuplicateOfGuid', '=', computer)
    .execute();
  const own = guidParam(computer);
  for (const table of ['IdentityConflict', 'IdentityChange']) {
    await sql`DELETE FROM ${sql.table(table)} WHERE ResourceGuid = ${own} OR OtherGuid = ${own}`.execute(db);
  }
  await db.deleteFrom('ResourceSplit').where('ResourceGuid', '=', computer).execute();
}
