/**
 * Deletes computers into the recycle bin: out of every list and count, their agents shut out, and everything kept so that
 * it can be restored.
 */
import type { Guid } from '../../wire/guid.ts';
import { RESOURCE_TYPE } from '../../wire/wellKnown.ts';
import type { AgentDirectory } from '../agents/directory.ts';
import { recordAudit, type Actor } from '../audit/audit.ts';
import { utc, type Clock } from '../clock.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';
import { addToTimeline } from '../computers/timeline.ts';
import { closeConflicts } from './conflicts.ts';
import { pack } from './keptRows.ts';
import { lockResources } from './merge.ts';
import { noteChanges } from './noteChanges.ts';
import { takeRows, type Recycled } from './recycledRows.ts';

/** Few at once, and fewer of those with much inventory: on SQLite events wait for as long as it takes. */
const MOST_COMPUTERS = 20;
const MOST_ROWS = 1000;

export const DELETED_REASON = 'The computer was deleted.';

interface Deps {
  cmdb: Cmdb;
  clock: Clock;
  agents: AgentDirectory;
}

/** Deletes those that are there; answers how many. `reason`: a sentence for the recycle bin and the audit log. */
export async function deleteComputers(
  { cmdb, clock, agents }: Deps,
  actor: Actor,
  computers: readonly Guid[],
  reason: string,
): Promise<number> {
  let deleted = 0;
  for (const batch of await batches(cmdb, computers)) {
    const gone = await cmdb.transaction((session) => deleteSome(session, clock, actor, batch, reason));
    // At once here; other nodes hear of it by the change log.
    for (const guid of gone) await agents.refresh(cmdb, guid);
    deleted += gone.length;
  }
  return deleted;
}

async function batches(session: Session, computers: readonly Guid[]): Promise<Guid[][]> {
  const result: Guid[][] = [];
  let batch: Guid[] = [];
  let rows = 0;
  for (const [guid, size] of await inventorySizes(session, computers)) {
    if (batch.length === MOST_COMPUTERS || (batch.length > 0 && rows + size > MOST_ROWS)) {
      result.push(batch);
      [batch, rows] = [[], 0];
    }
    batch.push(guid);
    rows += size;
  }
  return batch.length === 0 ? result : [...result, batch];
}

/** Rows of inventory of each computer. */
async function inventorySizes({ db }: Session, computers: readonly Guid[]): Promise<Map<Guid, number>> {
  const sizes = new Map<Guid, number>(computers.map((guid) => [guid, 0]));
  for (let at = 0; at < computers.length; at += 500) {
    const rows = await db
      .selectFrom('ResourceUpdate')
      .select((row) => ['ResourceGuid', row.fn.sum<number>('RowCount').as('total')])
      .where('ResourceGuid', 'in', computers.slice(at, at + 500))
      .groupBy('ResourceGuid')
      .execute();
    for (const row of rows) sizes.set(row.ResourceGuid, Number(row.total));
  }
  return sizes;
}

async function deleteSome(
  session: Session,
  clock: Clock,
  actor: Actor,
  batch: readonly Guid[],
  reason: string,
): Promise<Guid[]> {
  const { db } = session;
  const at = utc(clock.now());
  const by = actor.name.slice(0, 255);
  await lockResources(session, batch);
  const present = db.selectFrom('Resource').where('Guid', 'in', batch).where('DeletedAt', 'is', null);
  const rows = await present
    .select(['Guid', 'Name', 'RetiredAt'])
    .where('ResourceTypeGuid', '=', RESOURCE_TYPE.computer)
    .execute();
  if (rows.length === 0) return [];
  const guids = rows.map((row) => row.Guid);
  await db
    .updateTable('Resource')
    .set({ DeletedAt: at, DeletedBy: by, IsManaged: 0 })
    .where('Guid', 'in', guids)
    .execute();
  const taken = await takeRows(session, rows);
  await session.insertMany(
    'RecycledResource',
    rows.map((row) => ({
      ResourceGuid: row.Guid,
      Name: row.Name,
      Domain: textOf(taken.get(row.Guid)!, 'Computer', 'Domain') ?? '',
      LastContactAt: textOf(taken.get(row.Guid)!, 'ComputerContact', 'LastContactAt'),
      DeletedAt: at,
      DeletedBy: by,
      Reason: reason.slice(0, 400),
      IsPurging: 0,
      Kept: pack(taken.get(row.Guid)!),
    })),
  );
  await shutOut(session, by, at, guids);
  await closeConflicts(session, clock, actor.name, DELETED_REASON, guids);
  const detail = `Deleted by ${actor.name}: ${reason}`;
  await addToTimeline(
    session,
    guids.map((computer) => ({ computer, at: clock.now(), kind: 'deleted', detail })),
  );
  await recordAudit(session, clock, actor, {
    action: 'delete',
    objectKind: 'computer',
    objectGuid: rows.length === 1 ? guids[0]! : null,
    objectName: rows.length === 1 ? rows[0]!.Name : `${rows.length} computers`,
    before: { computers: rows.map(({ Guid: guid, Name: name }) => ({ guid, name })) },
    after: { reason, count: rows.length, restorable: true },
  });
  await noteChanges(session, clock, ['registration', 'computer'], guids);
  return guids;
}

const textOf = ({ rows }: Recycled, table: string, column: string): string | null =>
  (rows[table]?.[0]?.[column] as string | null | undefined) ?? null;

/** Its key opens nothing any more; bearers and download tokens end with it. */
async function shutOut({ db }: Session, by: string, at: string, guids: readonly Guid[]): Promise<void> {
  await db
    .updateTable('AgentRegistration')
    .set({ State: 'revoked', Reason: DELETED_REASON, DecidedBy: by, DecidedAt: at })
    .where('ResourceGuid', 'in', guids)
    .where('State', '=', 'allowed')
    .execute();
}
