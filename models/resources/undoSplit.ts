/** Takes a split back, as long as no other machine has got its own GUID. */
import type { Guid } from '../../wire/guid.ts';
import { recordAudit, type Actor } from '../audit/audit.ts';
import { utc, type Clock } from '../clock.ts';
import type { Session } from '../cmdb/types.ts';
import { addToTimeline } from '../computers/timeline.ts';
import { InvalidInput } from '../fieldErrors.ts';
import { identityChange, type IdentityChangeRow } from './identityChanges.ts';
import { lockResources, type IdentityDeps } from './merge.ts';
import { bind, splitsOf } from './split.ts';

const refused = (message: string): never => {
  throw new InvalidInput([{ field: '', message }]);
};

/** Why a split cannot be undone, in a sentence; `undefined` when it can. */
export async function whySplitStays(session: Session, change: IdentityChangeRow): Promise<string | undefined> {
  if (change.undoneAt !== null) return 'It was undone already.';
  const splits = (await splitsOf(session, change.resourceGuid)).filter(({ changeGuid }) => changeGuid === change.guid);
  if (splits.length === 0) return 'The computer is not there any more.';
  const done = splits.find(({ doneAt }) => doneAt !== null);
  if (done === undefined) return undefined;
  return `The other machine has registered as ${done.newGuid} already: merge the two computers instead.`;
}

/** @throws InvalidInput with the sentence of `whySplitStays` */
export async function undoSplit(deps: IdentityDeps, actor: Actor, changeGuid: Guid): Promise<IdentityChangeRow> {
  const { cmdb, clock, agents } = deps;
  const change = await cmdb.transaction(async (session) => {
    const found = await identityChange(session, changeGuid);
    if (found?.kind !== 'split') return refused('There is no such split.');
    await lockResources(session, [found.resourceGuid]);
    const current = (await identityChange(session, changeGuid))!;
    const reason = await whySplitStays(session, current);
    if (reason !== undefined) return refused(reason);
    await takeBack(session, clock, actor, current);
    return current;
  });
  await agents.refresh(cmdb, change.resourceGuid);
  return change;
}

async function takeBack(session: Session, clock: Clock, actor: Actor, change: IdentityChangeRow): Promise<void> {
  const { db } = session;
  await db.deleteFrom('ResourceSplit').where('ChangeGuid', '=', change.guid).execute();
  await bind(session, clock, change.resourceGuid, null);
  await db
    .updateTable('IdentityChange')
    .set({ UndoneAt: utc(clock.now()), UndoneBy: actor.name.slice(0, 255) })
    .where('Guid', '=', change.guid)
    .execute();
  if (change.conflictGuid !== null) {
    await db
      .updateTable('IdentityConflict')
      .set({ State: 'open', DecidedAt: null, DecidedBy: null, Decision: '' })
      .where('Guid', '=', change.conflictGuid)
      .where('State', '=', 'resolved')
      .execute();
  }
  const detail = `The split was undone by ${actor.name}, before another machine had registered.`;
  await addToTimeline(session, [{ computer: change.resourceGuid, at: clock.now(), kind: 'split', detail }]);
  await recordAudit(session, clock, actor, {
    action: 'undo split',
    objectKind: 'computer',
    objectGuid: change.resourceGuid,
    objectName: change.resourceName,
    before: { change: change.guid },
  });
}
