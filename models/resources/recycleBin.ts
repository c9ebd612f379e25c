/** The recycle bin: what lies in it, and how a computer comes back. */
import type { Guid } from '../../wire/guid.ts';
import type { AgentDirectory } from '../agents/directory.ts';
import { recordAudit, type Actor } from '../audit/audit.ts';
import { utc, type Clock } from '../clock.ts';
import type { Utc } from '../cmdb/schema.ts';
import { contains, page } from '../cmdb/sql.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';
import { addToTimeline } from '../computers/timeline.ts';
import { DELETED_REASON } from './deleteComputers.ts';
import { unpack } from './keptRows.ts';
import { noteChanges } from './noteChanges.ts';
import { noteDuplicatesOf } from './noteDuplicates.ts';
import { putRowsBack, type Recycled } from './recycledRows.ts';

export interface RecycledRow {
  guid: Guid;
  name: string;
  domain: string;
  lastContactAt: Utc | null;
  deletedAt: Utc;
  deletedBy: string;
  reason: string;
  /** It is being deleted for good: too late to restore it. */
  isPurging: boolean;
}

export interface RecycledQuery {
  search?: string;
  sort: 'Name' | 'Domain' | 'DeletedAt' | 'DeletedBy' | 'LastContactAt';
  descending: boolean;
  offset: number;
  limit: number;
}

export async function listRecycled(
  session: Session,
  { search = '', sort, descending, offset, limit }: RecycledQuery,
): Promise<{ rows: RecycledRow[]; total: number }> {
  let found = session.db.selectFrom('RecycledResource as r');
  const text = search.trim();
  if (text !== '')
    found = found.where((row) => row.or([contains(session, 'r.Name', text), contains(session, 'r.Domain', text)]));
  const { total } = await found.select((row) => row.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
  const direction = descending ? 'desc' : 'asc';
  const query = found
    .select([
      'r.ResourceGuid as guid',
      'r.Name as name',
      'r.Domain as domain',
      'r.LastContactAt as lastContactAt',
      'r.DeletedAt as deletedAt',
      'r.DeletedBy as deletedBy',
      'r.Reason as reason',
      'r.IsPurging as purging',
    ])
    .orderBy(`r.${sort}`, direction)
    .orderBy('r.ResourceGuid', direction);
  const rows = await page(session, query, offset, limit).execute();
  return { rows: rows.map(({ purging, ...row }) => ({ ...row, isPurging: purging === 1 })), total: Number(total) };
}

/** A computer that lies in the bin. */
export async function recycledComputer(
  { db }: Session,
  guid: Guid,
): Promise<Pick<RecycledRow, 'name' | 'deletedAt' | 'deletedBy'> | undefined> {
  return db
    .selectFrom('RecycledResource')
    .select(['Name as name', 'DeletedAt as deletedAt', 'DeletedBy as deletedBy'])
    .where('ResourceGuid', '=', guid)
    .executeTakeFirst();
}

interface Deps {
  cmdb: Cmdb;
  clock: Clock;
  agents: AgentDirectory;
}

/** Restores those that lie in the bin, with their agents' keys; answers how many. */
export async function restoreComputers(deps: Deps, actor: Actor, computers: readonly Guid[]): Promise<number> {
  const { cmdb, clock, agents } = deps;
  let restored = 0;
  for (const guid of computers) {
    const name = await cmdb.transaction((session) => restore(session, clock, actor, guid));
    if (name === undefined) continue;
    await agents.refresh(cmdb, guid);
    restored++;
  }
  return restored;
}

async function restore(session: Session, clock: Clock, actor: Actor, guid: Guid): Promise<string | undefined> {
  const out = await takeOut(session, clock, guid);
  if (out === undefined) return undefined;
  await letInAgain(session, out.kept);
  const detail = `Restored from the recycle bin by ${actor.name}; it was deleted on ${out.deletedAt.slice(0, 10)} by ${out.deletedBy}.`;
  await addToTimeline(session, [{ computer: guid, at: clock.now(), kind: 'cameBack', detail }]);
  await recordAudit(session, clock, actor, {
    action: 'restore',
    objectKind: 'computer',
    objectGuid: guid,
    objectName: out.name,
    before: { deletedAt: out.deletedAt, deletedBy: out.deletedBy, reason: out.reason },
  });
  await noteChanges(session, clock, ['registration', 'computer'], [guid]);
  await noteDuplicatesOf(session, clock, guid);
  return out.name;
}

export interface TakenOut {
  name: string;
  deletedAt: Utc;
  deletedBy: string;
  reason: string;
  kept: Recycled;
}

/**
 * Takes a computer out of the bin, with all its rows; its agent's key stays revoked. `undefined` when it does not lie there,
 * or is being deleted for good.
 */
export async function takeOut(session: Session, clock: Clock, guid: Guid): Promise<TakenOut | undefined> {
  const { db } = session;
  const removed = await db
    .updateTable('RecycledResource')
    .set((row) => ({ Reason: row.ref('Reason') }))
    .where('ResourceGuid', '=', guid)
    .where('IsPurging', '=', 0)
    .executeTakeFirst();
  // Locked, if it is there: two who restore at once take turns.
  if (Number(removed.numUpdatedRows) === 0) return undefined;
  const row = await db.selectFrom('RecycledResource').selectAll().where('ResourceGuid', '=', guid).executeTakeFirst();
  if (row === undefined) return undefined;
  const kept = unpack<Recycled>(row.Kept);
  await db
    .updateTable('Resource')
    .set({
      DeletedAt: null,
      DeletedBy: null,
      RetiredAt: kept.retiredAt,
      IsManaged: kept.retiredAt === null ? 1 : 0,
      ModifiedAt: utc(clock.now()),
    })
    .where('Guid', '=', guid)
    .execute();
  await putRowsBack(session, guid, kept);
  await db.deleteFrom('RecycledResource').where('ResourceGuid', '=', guid).execute();
  return { name: row.Name, deletedAt: row.DeletedAt, deletedBy: row.DeletedBy, reason: row.Reason, kept };
}

/** Only what the deletion revoked, and nobody decided about since. */
async function letInAgain({ db }: Session, { registrations }: Recycled): Promise<void> {
  for (const { Guid: guid, State, Reason, DecidedBy, DecidedAt } of registrations) {
    await db
      .updateTable('AgentRegistration')
      .set({ State, Reason, DecidedBy, DecidedAt } as { State: string; Reason: string })
      .where('Guid', '=', guid as Guid)
      .where('State', '=', 'revoked')
      .where('Reason', '=', DELETED_REASON)
      .execute();
  }
}
