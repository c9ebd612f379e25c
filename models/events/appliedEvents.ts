/** The marks that make applying exactly once: sender and msgId, in the transaction of the effects. */
import type { Guid } from '../../wire/guid.ts';
import { utc, type Clock } from '../clock.ts';
import { top } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';

export interface Mark {
  sender: Guid;
  msgId: Guid;
  bodyHash: string;
}

export type MarkState = 'new' | 'repeated' | 'conflict';

const markKey = (sender: Guid, msgId: Guid): string => `${sender} ${msgId}`;

/**
 * Tells for each event, in order, whether it is new, a repetition (same body), or another event under a used id, and
 * marks the new ones. On SQL Server another node may mark the same id at the same moment: then the insert violates the
 * key, the caller's transaction is undone and run again, and finds the mark.
 */
export async function markApplied(session: Session, clock: Clock, marks: readonly Mark[]): Promise<MarkState[]> {
  const rows = await session.db
    .selectFrom('AppliedEvent')
    .select(['SenderGuid', 'MsgId', 'BodyHash'])
    .where('SenderGuid', 'in', [...new Set(marks.map((mark) => mark.sender))])
    .where('MsgId', 'in', [...new Set(marks.map((mark) => mark.msgId))])
    .execute();
  const known = new Map(rows.map((row) => [markKey(row.SenderGuid, row.MsgId), row.BodyHash]));
  const AppliedAt = utc(clock.now());
  const fresh: object[] = [];
  const states = marks.map(({ sender, msgId, bodyHash }): MarkState => {
    const hash = known.get(markKey(sender, msgId));
    if (hash !== undefined) return hash === bodyHash ? 'repeated' : 'conflict';
    known.set(markKey(sender, msgId), bodyHash);
    fresh.push({ SenderGuid: sender, MsgId: msgId, BodyHash: bodyHash, AppliedAt });
    return 'new';
  });
  await session.insertMany('AppliedEvent', fresh);
  return states;
}

/** Agents keep an event whose answer was lost for weeks at most: older marks guard nothing. */
const MARKS_KEPT = 90 * 24 * 3600_000;
const TRIM_BATCH = 500;

/** Removes a batch of marks that have served; true when there may be more. */
export async function trimMarks(session: Session, clock: Clock): Promise<boolean> {
  const query = session.db
    .selectFrom('AppliedEvent')
    .select(['SenderGuid', 'MsgId'])
    .where('AppliedAt', '<', utc(clock.now() - MARKS_KEPT))
    .orderBy('AppliedAt');
  const old = await top(session, query, TRIM_BATCH).execute();
  if (old.length === 0) return false;
  await session.db
    .deleteFrom('AppliedEvent')
    .where('SenderGuid', 'in', [...new Set(old.map((row) => row.SenderGuid))])
    .where(
      'MsgId',
      'in',
      old.map((row) => row.MsgId),
    )
    .where('AppliedAt', '<', utc(clock.now() - MARKS_KEPT))
    .execute();
  return old.length === TRIM_BATCH;
}
