/**
 * Merges two computers into one, in one transaction: the loser's rows move to the winner, and where only one row can be,
 * the newer stays. What was there before is kept, so that the merge can be undone (undoMerge.ts).
 */
import { newGuid, type Guid } from '../../wire/guid.ts';
import type { AgentDirectory } from '../agents/directory.ts';
import { onceMore, Overtaken } from '../agents/onceMore.ts';
import { recordAudit, type Actor } from '../audit/audit.ts';
import { recordChange } from '../changes/changeLog.ts';
import { utc, type Clock } from '../clock.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';
import { addToTimeline } from '../computers/timeline.ts';
import { moveServiceRows } from '../packageServers/serviceRows.ts';
import { closeConflicts } from './conflicts.ts';
import { pack } from './keptRows.ts';
import { readMergeState, type MergeRecord } from './mergeRecord.ts';
import { planMerge, type MergePair, type MergePlan } from './mergePlan.ts';
import { mergeRegistrations } from './mergeRegistrations.ts';
import { moveInventory, moveLogs, moveRelations, moveState } from './mergeRows.ts';

export interface IdentityDeps {
  cmdb: Cmdb;
  clock: Clock;
  agents: AgentDirectory;
}

export interface Merged {
  /** By it the merge can be undone. */
  changeGuid: Guid;
  winnerName: string;
  loserName: string;
}

const FOREIGN_KEY_VIOLATED = 547;

/** @throws InvalidInput when the two are no two computers (any more) */
export async function mergeComputers(deps: IdentityDeps, actor: Actor, pair: MergePair): Promise<Merged> {
  const { cmdb, clock, agents } = deps;
  const merged = await onceMore(() =>
    cmdb.transaction((session) => merge(session, clock, actor, pair)).catch(overtaken),
  );
  for (const guid of [pair.loser, pair.winner]) await agents.refresh(cmdb, guid);
  return merged;
}

/** An event of the loser was applied between our moving and our deleting: SQL Server says so, and we look again. */
export function overtaken(error: unknown): never {
  if ((error as { number?: number }).number === FOREIGN_KEY_VIOLATED) throw new Overtaken('rows came meanwhile');
  throw error;
}

async function merge(session: Session, clock: Clock, actor: Actor, pair: MergePair): Promise<Merged> {
  await lockResources(session, [pair.winner, pair.loser]);
  const plan = await planMerge(session, pair);
  const before = await readMergeState(session, plan);
  const conflictGuids = await openConflictsBetween(session, pair);
  const logs = await moveLogs(session, plan);
  await mergeRegistrations(session, clock, plan);
  await moveInventory(session, plan);
  await moveState(session, plan);
  await moveRelations(session, plan);
  const hadRight = await endRight(session, plan);
  const service = await moveServiceRows(session, clock, plan);
  await session.db
    .insertInto('ResourceAlias')
    .values({ AliasGuid: plan.loser, ResourceGuid: plan.winner, CreatedAt: utc(clock.now()) })
    .execute();
  const decision = `${plan.loserName} was merged into ${plan.winnerName}.`;
  await closeConflicts(session, clock, actor.name, decision, [plan.loser]);
  await joinResources(session, clock, plan);
  const after = await readMergeState(session, { ...plan, classes: [] });
  const record: MergeRecord = { before, after, logs, conflictGuids };
  const changeGuid = await keepRecord(session, clock, actor, plan, record);
  await tell(session, clock, actor, plan, changeGuid);
  if (hadRight) await tellOfRight(session, clock, plan);
  if (service !== 'none') await tellOfService(session, clock, plan, service === 'moved');
  return { changeGuid, winnerName: plan.winnerName, loserName: plan.loserName };
}

/**
 * Keeps other merges and events away from both until the end: in one order, so that two merges of the same pair wait for
 * each other and do not block each other.
 */
export async function lockResources({ db }: Session, guids: readonly Guid[]): Promise<void> {
  for (const guid of [...guids].sort()) {
    await db
      .updateTable('Resource')
      .set((row) => ({ ModifiedAt: row.ref('ModifiedAt') }))
      .where('Guid', '=', guid)
      .execute();
  }
}

async function openConflictsBetween({ db }: Session, { loser }: MergePair): Promise<Guid[]> {
  const rows = await db
    .selectFrom('IdentityConflict')
    .select('Guid')
    .where('State', '=', 'open')
    .where((row) => row.or([row('ResourceGuid', '=', loser), row('OtherGuid', '=', loser)]))
    .execute();
  return rows.map((row) => row.Guid);
}

/** One resource is left, as old as the older and managed if either was. */
async function joinResources({ db }: Session, clock: Clock, { winner, loser, computerRow }: MergePlan): Promise<void> {
  const rows = await db.selectFrom('Resource').selectAll().where('Guid', 'in', [winner, loser]).execute();
  const ours = rows.find((row) => row.Guid === winner)!;
  const theirs = rows.find((row) => row.Guid === loser)!;
  await db
    .updateTable('Resource')
    .set({
      Name: computerRow === 'loser' ? theirs.Name : ours.Name,
      CreatedAt: theirs.CreatedAt < ours.CreatedAt ? theirs.CreatedAt : ours.CreatedAt,
      IsManaged: ours.IsManaged === 1 || theirs.IsManaged === 1 ? 1 : 0,
      ModifiedAt: utc(clock.now()),
      RetiredAt: ours.RetiredAt === null || theirs.RetiredAt === null ? null : ours.RetiredAt,
    })
    .where('Guid', '=', winner)
    .execute();
  await db.deleteFrom('Resource').where('Guid', '=', loser).execute();
}

async function keepRecord(
  session: Session,
  clock: Clock,
  actor: Actor,
  plan: MergePlan,
  record: MergeRecord,
): Promise<Guid> {
  const guid = newGuid();
  await session.db
    .insertInto('IdentityChange')
    .values({
      Guid: guid,
      Kind: 'merge',
      ResourceGuid: plan.winner,
      OtherGuid: plan.loser,
      ResourceName: plan.winnerName,
      OtherName: plan.loserName,
      ConflictGuid: record.conflictGuids[0] ?? null,
      MadeAt: utc(clock.now()),
      MadeBy: actor.name.slice(0, 255),
      UndoneAt: null,
      UndoneBy: null,
      Kept: pack(record),
    })
    .execute();
  return guid;
}

/** Somebody gave it to this very computer: it is given anew, or it is not; a merge can come about by itself. */
async function endRight({ db }: Session, { loser }: MergePlan): Promise<boolean> {
  const ended = await db.deleteFrom('EventSenderRight').where('ResourceGuid', '=', loser).executeTakeFirst();
  return Number(ended.numDeletedRows) > 0;
}

async function tellOfRight(session: Session, clock: Clock, { winner, loserName }: MergePlan): Promise<void> {
  const detail = `The right of ${loserName} to send data of other computers ended with the merge: give it to this computer if it is to go on.`;
  await addToTimeline(session, [{ computer: winner, at: clock.now(), kind: 'merged', detail }]);
}

async function tellOfService(
  session: Session,
  clock: Clock,
  { winner, loser, loserName }: MergePlan,
  isMoved: boolean,
): Promise<void> {
  const what = isMoved ? 'goes on as that of this computer' : 'ended, for this computer has one of its own';
  const detail = `The package service of ${loserName} ${what}; taking the merge back does not change that.`;
  await addToTimeline(session, [{ computer: winner, at: clock.now(), kind: 'merged', detail }]);
  for (const guid of [loser, winner]) await recordChange(session, clock, 'packageServer', guid);
}

async function tell(session: Session, clock: Clock, actor: Actor, plan: MergePlan, changeGuid: Guid): Promise<void> {
  const { winner, loser, winnerName, loserName } = plan;
  const detail = `${loserName} (${loser}) was merged into this computer by ${actor.name}.`;
  await addToTimeline(session, [{ computer: winner, at: clock.now(), kind: 'merged', detail }]);
  const kept = (side: 'winner' | 'loser') =>
    plan.classes.filter(({ keeps }) => keeps === side).map((dataClass) => dataClass.name);
  await recordAudit(session, clock, actor, {
    action: 'merge',
    objectKind: 'computer',
    objectGuid: winner,
    objectName: winnerName,
    before: { winner: { guid: winner, name: winnerName }, loser: { guid: loser, name: loserName } },
    after: {
      guid: winner,
      change: changeGuid,
      keyOf: plan.liveSide ?? 'neither',
      dataOfWinner: kept('winner'),
      dataOfLoser: kept('loser'),
    },
  });
  for (const guid of [loser, winner]) {
    await recordChange(session, clock, 'registration', guid);
    await recordChange(session, clock, 'computer', guid);
  }
}
