/**
 * Takes a merge back: both computers are as they were, except for what is newer than the merge, which stays where it came.
 * Row by row: what is still as the merge left it becomes what it was before.
 */
import { sql } from 'kysely';
import type { Guid } from '../../wire/guid.ts';
import { onceMore } from '../agents/onceMore.ts';
import { recordAudit, type Actor } from '../audit/audit.ts';
import { recordChange } from '../changes/changeLog.ts';
import { utc, type Clock } from '../clock.ts';
import { guidParam, timeParam, type Session } from '../cmdb/types.ts';
import { untyped } from '../cmdb/untyped.ts';
import { addToTimeline } from '../computers/timeline.ts';
import { InvalidInput } from '../fieldErrors.ts';
import { identityChange, type IdentityChange } from './identityChanges.ts';
import { putBack, rowText, unpack, type Row } from './keptRows.ts';
import { lockResources, overtaken, type IdentityDeps } from './merge.ts';
import { readMergeState, type MergeRecord, type MergeState } from './mergeRecord.ts';
import { rowsThatFit } from './fittingRows.ts';
import { inventoryTables, logTables } from './resourceTables.ts';
import { registrationsDecidedAnew, restoreRegistrations } from './undoRegistrations.ts';

/** Why a merge cannot be undone, in a sentence; `undefined` when it can. */
export async function whyNotUndone(session: Session, change: IdentityChange): Promise<string | undefined> {
  const { db } = session;
  if (change.undoneAt !== null) return 'It was undone already.';
  if (change.kept === null) return 'It was too long ago: what it took away is not kept any more.';
  const alias = await db
    .selectFrom('ResourceAlias as a')
    .innerJoin('Resource as r', 'r.Guid', 'a.ResourceGuid')
    .select(['r.Guid', 'r.Name', 'r.DeletedAt'])
    .where('a.AliasGuid', '=', change.otherGuid)
    .executeTakeFirst();
  if (alias === undefined) return `${change.resourceName} is not there any more.`;
  if (alias.Guid !== change.resourceGuid)
    return `${change.resourceName} itself was merged into ${alias.Name} since: undo that first.`;
  if (alias.DeletedAt !== null) return `${alias.Name} lies in the recycle bin: restore it first.`;
  const record = unpack<MergeRecord>(change.kept);
  const decided = await registrationsDecidedAnew(session, change.resourceGuid, record.after);
  if (decided !== undefined) return decided;
  return undefined;
}

/** @throws InvalidInput with the sentence of `whyNotUndone` */
export async function undoMerge(deps: IdentityDeps, actor: Actor, changeGuid: Guid): Promise<IdentityChange> {
  const { cmdb, clock, agents } = deps;
  const change = await onceMore(() =>
    cmdb.transaction((session) => undo(session, clock, actor, changeGuid)).catch(overtaken),
  );
  for (const guid of [change.resourceGuid, change.otherGuid]) await agents.refresh(cmdb, guid);
  return change;
}

async function undo(session: Session, clock: Clock, actor: Actor, changeGuid: Guid): Promise<IdentityChange> {
  const found = await identityChange(session, changeGuid);
  if (found?.kind !== 'merge') throw new InvalidInput([{ field: '', message: 'There is no such merge.' }]);
  await lockResources(session, [found.resourceGuid]);
  // Another may have undone it while we waited.
  const change = (await identityChange(session, changeGuid))!;
  const reason = await whyNotUndone(session, change);
  if (reason !== undefined) throw new InvalidInput([{ field: '', message: reason }]);
  const record = unpack<MergeRecord>(change.kept!);
  await restore(session, change, record);
  await reopen(session, record.conflictGuids);
  await session.db
    .updateTable('IdentityChange')
    .set({ UndoneAt: utc(clock.now()), UndoneBy: actor.name.slice(0, 255), Kept: null })
    .where('Guid', '=', changeGuid)
    .execute();
  await tell(session, clock, actor, change);
  return change;
}

async function restore(session: Session, change: IdentityChange, { before, after, logs }: MergeRecord): Promise<void> {
  const { resourceGuid: winner, otherGuid: loser } = change;
  const now = await readMergeState(session, { winner, loser, classes: [] });
  await restoreResources(session, winner, loser, { before, after, now });
  const restoredClasses = await restoreTables(session, { before, after, now }, winner);
  await restoreInventory(session, before, { winner, loser, restoredClasses });
  await restoreRegistrations(session, before, { winner, loser });
  await restoreLogs(session, logs, { winner, loser });
  await restoreMarks(session, change);
}

interface Versions {
  before: MergeState;
  after: MergeState;
  now: MergeState;
}

async function restoreResources(session: Session, winner: Guid, loser: Guid, versions: Versions): Promise<void> {
  const row = (state: MergeState, guid: Guid): Row => state.rows.Resource!.find(({ Guid: own }) => own === guid)!;
  await putBack(session, 'Resource', [row(versions.before, loser)]);
  if (rowText(row(versions.now, winner)) !== rowText(row(versions.after, winner))) return;
  await untyped(session).updateTable('Resource').set(row(versions.before, winner)).where('Guid', '=', winner).execute();
}

/** By what a row is known in its table. */
const KEYS: Record<string, readonly string[]> = {
  ResourceKey: ['ResourceGuid', 'KeyName', 'KeyValue'],
  ResourceAlias: ['AliasGuid'],
  ResourceUpdate: ['ResourceGuid', 'InventoryClassGuid'],
  Computer: ['ResourceGuid'],
  ComputerContact: ['ResourceGuid'],
  TargetMember: ['TargetGuid', 'ResourceGuid'],
  Delivery: ['PolicyGuid', 'ResourceGuid'],
  HardwareSeen: ['ResourceGuid', 'KeysHash'],
  ResourceAssociation: ['ResourceAssociationTypeGuid', 'ParentResourceGuid', 'ChildResourceGuid'],
};

/** Answers the data classes of the winner whose row of ResourceUpdate was put back. */
async function restoreTables(session: Session, versions: Versions, winner: Guid): Promise<Set<unknown>> {
  const restored = new Set<unknown>();
  for (const [table, key] of Object.entries(KEYS)) {
    const { remove, add } = difference(versions, table, key);
    for (const row of remove) await removeRow(session, table, key, row);
    await putBack(session, table, await rowsThatFit(session, table, add));
    if (table !== 'ResourceUpdate') continue;
    for (const row of [...remove, ...add]) if (row.ResourceGuid === winner) restored.add(row.InventoryClassGuid);
  }
  return restored;
}

/** What is as the merge left it goes back to what it was; what changed since stays. */
function difference({ before, after, now }: Versions, table: string, key: readonly string[]) {
  const index = (state: MergeState) =>
    new Map(
      (state.rows[table] ?? []).map((row) => [
        key
          .map((column) => row[column])
          .join('\n')
          .toLowerCase(),
        row,
      ]),
    );
  const [was, left, is] = [index(before), index(after), index(now)];
  const remove: Row[] = [];
  const add: Row[] = [];
  for (const id of new Set([...was.keys(), ...left.keys(), ...is.keys()])) {
    const [old, merged, current] = [was.get(id), left.get(id), is.get(id)].map((row) => row && rowText(row));
    if (current !== merged || current === old) continue;
    if (current !== undefined) remove.push(is.get(id)!);
    if (old !== undefined) add.push(was.get(id)!);
  }
  return { remove, add };
}

async function removeRow(session: Session, table: string, key: readonly string[], row: Row): Promise<void> {
  let query = untyped(session).deleteFrom(table);
  for (const column of key) query = query.where(column, '=', row[column]);
  await query.execute();
}

interface Restoring {
  winner: Guid;
  loser: Guid;
}

async function restoreInventory(
  session: Session,
  before: MergeState,
  { winner, loser, restoredClasses }: Restoring & { restoredClasses: Set<unknown> },
): Promise<void> {
  for (const { table, classGuid } of await inventoryTables(session)) {
    const rows = before.inventory[table];
    if (rows === undefined) continue;
    const own = rows.filter((row) => row._ResourceGuid === winner);
    if (restoredClasses.has(classGuid)) {
      await untyped(session).deleteFrom(table).where('_ResourceGuid', '=', winner).execute();
      await putBack(session, table, own);
    }
    await putBack(
      session,
      table,
      rows.filter((row) => row._ResourceGuid === loser),
    );
  }
}

const IDS_A_STATEMENT = 500;

/** Rows that retention has taken meanwhile are gone. */
async function restoreLogs(session: Session, logs: Record<string, number[]>, { winner, loser }: Restoring) {
  for (const { table, column, id } of await logTables(session)) {
    const ids = logs[table] ?? [];
    for (let at = 0; at < ids.length; at += IDS_A_STATEMENT) {
      await untyped(session)
        .updateTable(table)
        .set({ [column]: loser })
        .where(id, 'in', ids.slice(at, at + IDS_A_STATEMENT))
        .where(column, '=', winner)
        .execute();
    }
  }
}

/** Copies of the loser's marks go; marks since the merge are known to both, for its events came under the winner. */
async function restoreMarks({ db }: Session, { resourceGuid, otherGuid, madeAt }: IdentityChange): Promise<void> {
  const [winner, loser, at] = [guidParam(resourceGuid), guidParam(otherGuid), timeParam(madeAt)];
  await sql`
    DELETE FROM AppliedEvent
    WHERE SenderGuid = ${winner} AND AppliedAt <= ${at} AND EXISTS (
      SELECT 1 FROM AppliedEvent AS o
      WHERE o.SenderGuid = ${loser} AND o.MsgId = AppliedEvent.MsgId AND o.AppliedAt = AppliedEvent.AppliedAt)`.execute(
    db,
  );
  await sql`
    INSERT INTO AppliedEvent (SenderGuid, MsgId, BodyHash, AppliedAt)
    SELECT ${loser}, m.MsgId, m.BodyHash, m.AppliedAt
    FROM AppliedEvent AS m
    WHERE m.SenderGuid = ${winner} AND m.AppliedAt >= ${at}
      AND NOT EXISTS (SELECT 1 FROM AppliedEvent AS o WHERE o.SenderGuid = ${loser} AND o.MsgId = m.MsgId)`.execute(db);
}

async function reopen({ db }: Session, conflicts: readonly Guid[]): Promise<void> {
  if (conflicts.length === 0) return;
  await db
    .updateTable('IdentityConflict')
    .set({ State: 'open', DecidedAt: null, DecidedBy: null, Decision: '' })
    .where('Guid', 'in', conflicts)
    .where('State', '=', 'resolved')
    .execute();
}

async function tell(session: Session, clock: Clock, actor: Actor, change: IdentityChange): Promise<void> {
  const { resourceGuid, resourceName, otherGuid, otherName } = change;
  const at = clock.now();
  await addToTimeline(session, [
    {
      computer: resourceGuid,
      at,
      kind: 'mergeUndone',
      detail: `The merge of ${otherName} into this computer was undone by ${actor.name}.`,
    },
    {
      computer: otherGuid,
      at,
      kind: 'mergeUndone',
      detail: `The merge into ${resourceName} was undone by ${actor.name}.`,
    },
  ]);
  await recordAudit(session, clock, actor, {
    action: 'undo merge',
    objectKind: 'computer',
    objectGuid: resourceGuid,
    objectName: resourceName,
    before: { guid: resourceGuid, change: change.guid },
    after: { winner: resourceGuid, loser: { guid: otherGuid, name: otherName } },
  });
  for (const guid of [otherGuid, resourceGuid]) {
    await recordChange(session, clock, 'registration', guid);
    await recordChange(session, clock, 'computer', guid);
  }
}
