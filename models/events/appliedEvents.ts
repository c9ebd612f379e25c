/** The marks that make applying exactly once: sender and msgId, in the transaction of the effects. */
import type { Guid } from '../../wire/guid.ts';
import { utc, type Clock } from '../clock.ts';
import { insertMissing, readMatching } from '../cmdb/bulk.ts';
import type { Session } from '../cmdb/types.ts';

export interface Mark {
  sender: Guid;
  msgId: Guid;
  bodyHash: string;
}

export type MarkState = 'new' | 'repeated' | 'conflict';

const markKey = (sender: string, msgId: string): string => `${sender} ${msgId}`;

const COLUMNS = ['SenderGuid', 'MsgId', 'BodyHash', 'AppliedAt'] as const;
const KEY = ['SenderGuid', 'MsgId'] as const;
type MarkRow = Record<(typeof COLUMNS)[number], string>;

/**
 * Tells for each event, in order, whether it is new, a repetition (same body), or another event under a used id, and
 * marks the new ones. On SQL Server another node may mark the same id at the same moment: then the insert violates the
 * key, the caller's transaction is undone and run again, and finds the mark.
 */
export async function markApplied(session: Session, clock: Clock, marks: readonly Mark[]): Promise<MarkState[]> {
  const appliedAt = utc(clock.now());
  const rows = new Map<string, [string, string, string, string]>();
  for (const { sender, msgId, bodyHash } of marks) {
    const key = markKey(sender, msgId);
    if (!rows.has(key)) rows.set(key, [sender, msgId, bodyHash, appliedAt]);
  }
  const written = await insertMissing<MarkRow>(session, 'AppliedEvent', COLUMNS, KEY, [...rows.values()]);
  const fresh = new Set(written.map((row) => markKey(row.SenderGuid, row.MsgId)));
  const missing = [...rows].filter(([key]) => !fresh.has(key)).map(([, [sender, msgId]]) => [sender, msgId]);
  const known = await readMatching<MarkRow>(session, 'AppliedEvent', COLUMNS, KEY, missing);
  const hashes = new Map(known.map((row) => [markKey(row.SenderGuid, row.MsgId), row.BodyHash]));
  return marks.map(({ sender, msgId, bodyHash }) => {
    const key = markKey(sender, msgId);
    // The first of a slice; those after it are held against it.
    if (fresh.delete(key)) return 'new';
    const hash = hashes.get(key) ?? rows.get(key)![2];
    return hash === bodyHash ? 'repeated' : 'conflict';
  });
}
